//! What the tests share.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use fhirkit_definitions::Definitions;
use fhirkit_issue::Issue;
use fhirkit_tape::{Span, Tape};
use fhirkit_validate::{Options, Scratch, Subject, Validator};

pub(crate) fn validator() -> Validator {
    Validator::new(Definitions::embedded().unwrap(), Options::default())
}

pub(crate) fn check_with(validator: &Validator, scratch: &mut Scratch, json: &str) -> Vec<Issue> {
    let mut tape = Tape::new();
    tape.load(json.as_bytes().to_vec());
    let root = tape.parse(Span::new(0, json.len() as u32)).unwrap();
    let mut issues = Vec::new();
    validator.check(&Subject::alone(tape.node(root)), scratch, &mut |issue| issues.push(issue));
    issues
}

/// The issues as `rule @ expression`.
pub(crate) fn verdict(json: &str) -> Vec<String> {
    let issues = check_with(&validator(), &mut Scratch::new(), json);
    let line =
        |issue: &Issue| format!("{} @ {}", issue.rule, issue.expression.as_deref().unwrap_or_default());
    issues.iter().map(line).collect()
}
