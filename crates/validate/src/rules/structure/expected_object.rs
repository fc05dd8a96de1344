//! A complex value that is no JSON object.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "structure/expected-object",
    Severity::Error,
    IssueType::Structure,
    "an object was expected and something else was found",
)
.with_page(include_str!("expected-object.md"));
