//! Committed lists of what still differs: a run fails for what is new, and for what is gone and still listed.

use std::collections::BTreeSet;

use super::{Failure, root};

/// Compares the lines of a run with those of a committed file; `--bless` among the arguments writes the file.
pub(crate) fn hold(file: &str, header: &str, lines: &[String], arguments: &[String]) -> Result<(), Failure> {
    let path = root().join(file);
    if arguments.iter().any(|argument| argument == "--bless") {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        return Ok(std::fs::write(path, format!("{header}\n{text}"))?);
    }
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
    let known: BTreeSet<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let found: BTreeSet<&str> = lines.iter().map(String::as_str).collect();
    let new = found.difference(&known).map(|line| format!("new:  {line}"));
    let gone = known.difference(&found).map(|line| format!("gone: {line}"));
    let differences: Vec<_> = new.chain(gone).collect();
    if differences.is_empty() {
        return Ok(());
    }
    Err(format!("{file} differs (`--bless` writes it anew):\n{}", differences.join("\n")).into())
}
