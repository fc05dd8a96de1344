//! Our verdicts beside those of the HL7 validator: on the official suite, and on the examples of packages.
//!
//! An example of `fhirkit-validate` includes this folder, so that a builder of rules compares without building the
//! rest of the workspace.

pub(crate) mod mutate;
pub(crate) mod oracle;
mod paths;
mod ratchet;
pub(crate) mod suite;

use std::path::PathBuf;

use fhirkit_issue::{Issue, Severity};
use fhirkit_tape::{Span, Tape};
use fhirkit_validate::{Scratch, Subject, Validator};

/// What a comparison ends with.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A folder of the given inputs.
fn shared(path: &str) -> Result<PathBuf, Failure> {
    let found = root().join("../shared").join(path);
    if found.exists() {
        return Ok(found);
    }
    Err(format!("../shared/{path} is absent: the comparison cannot run").into())
}

/// What we say of one file.
struct Judged {
    errors: Vec<Issue>,
    is_bundle: bool,
}

/// Judges one file; nothing where it is no JSON.
fn judge(bytes: &[u8], validator: &Validator, scratch: &mut Scratch) -> Option<Judged> {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut tape = Tape::new();
    tape.load(text.to_vec());
    let root = tape.parse(Span::new(0, u32::try_from(text.len()).ok()?)).ok()?;
    let mut errors = Vec::new();
    validator.check(&Subject::alone(tape.node(root)), scratch, &mut |issue| {
        if issue.severity.reaches(Severity::Error) {
            errors.push(issue);
        }
    });
    let is_bundle = tape.node(root).get("resourceType").str_is("Bundle");
    Some(Judged { errors, is_bundle })
}
