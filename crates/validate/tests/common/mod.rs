//! What the tests share.

use fhirkit_issue::Issue;
use fhirkit_tape::{Span, Tape};
use fhirkit_validate::{Scratch, Subject, Validator};

/// The issues of a resource; nothing for what is no JSON.
pub(crate) fn check_with(validator: &Validator, scratch: &mut Scratch, json: &str) -> Option<Vec<Issue>> {
    let mut tape = Tape::new();
    tape.load(json.as_bytes().to_vec());
    let Ok(root) = tape.parse(Span::new(0, json.len() as u32)) else { return None };
    let mut issues = Vec::new();
    validator.check(&Subject::alone(tape.node(root)), scratch, &mut |issue| issues.push(issue));
    Some(issues)
}
