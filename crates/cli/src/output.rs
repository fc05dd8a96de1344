//! What commands print: data on stdout, all else on stderr, both with a reader that may go away.

use std::io::{self, IsTerminal, Write};

use fhirkit_issue::Issue;
use fhirkit_issue::formats::terminal::Terminal;

use crate::args::ColorChoice;
use crate::exit::Failure;

/// Whether a stream gets colours: the choice, then `NO_COLOR`, then `CLICOLOR_FORCE`, then whether it is a
/// terminal. `TERM=dumb` is none.
pub(crate) fn colors(
    choice: ColorChoice,
    is_terminal: bool,
    variable: impl Fn(&str) -> Option<String>,
) -> bool {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if set("NO_COLOR").is_some() => false,
        ColorChoice::Auto if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        ColorChoice::Auto => is_terminal && set("TERM").is_none_or(|term| term != "dumb"),
    }
}

/// stderr, as this run prints on it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stderr {
    /// How issues look.
    pub(crate) terminal: Terminal,
    /// Whether a person looks on.
    pub(crate) is_terminal: bool,
    /// Whether only issues are printed.
    pub(crate) quiet: bool,
}

impl Stderr {
    /// Looks at the environment.
    pub(crate) fn new(choice: ColorChoice, quiet: bool) -> Stderr {
        let is_terminal = io::stderr().is_terminal();
        let variable = |name: &str| std::env::var(name).ok();
        let in_ci = variable("CI").is_some_and(|value| !value.is_empty() && value != "false");
        let terminal = Terminal {
            color: colors(choice, is_terminal, variable),
            // A log outlives the eyes it was meant for: values are shown to a person at a terminal only.
            show_values: is_terminal && !in_ci,
        };
        Stderr { terminal, is_terminal, quiet }
    }

    /// Prints an issue; a closed stderr is nobody's business.
    pub(crate) fn issue(&self, issue: &Issue) {
        let _ = io::stderr().write_all(self.terminal.render(issue).as_bytes());
    }

    /// Prints a line that `-q` leaves out.
    pub(crate) fn say(&self, line: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr(), "{line}");
        }
    }
}

/// Writes `text` to stdout and flushes.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| Failure::stdout(&error))
}

/// Writes a value as indented JSON to stdout.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::stdout(&error.into()))?;
    print(&(text + "\n"))
}

/// Rows as aligned columns, two spaces apart; the last column is never padded.
pub(crate) fn aligned(rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        for (at, cell) in row.iter().enumerate() {
            let width = cell.chars().count();
            match widths.get_mut(at) {
                Some(known) => *known = width.max(*known),
                None => widths.push(width),
            }
        }
    }
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count()) + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auto(is_terminal: bool, variables: &[(&str, &str)]) -> bool {
        colors(ColorChoice::Auto, is_terminal, |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn colour_follows_the_choice_then_the_environment_then_the_terminal() {
        assert!(auto(true, &[]));
        assert!(!auto(false, &[]));
        assert!(!auto(true, &[("NO_COLOR", "1")]));
        assert!(auto(true, &[("NO_COLOR", "")]));
        assert!(auto(false, &[("CLICOLOR_FORCE", "1")]));
        assert!(!auto(false, &[("CLICOLOR_FORCE", "0")]));
        assert!(!auto(false, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
        assert!(!auto(true, &[("TERM", "dumb")]));
        assert!(colors(ColorChoice::Always, false, |_| Some("1".to_owned())));
        assert!(!colors(ColorChoice::Never, true, |_| None));
    }

    #[test]
    fn columns_are_aligned_and_lines_have_no_tail() {
        let rows = [["a", "b"], ["long", "c"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(aligned(&rows), "a     b\nlong  c\n");
    }
}
