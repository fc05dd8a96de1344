//! An element that may repeat, written without its list.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "structure/expected-array",
    Severity::Error,
    IssueType::Structure,
    "a list was expected and something else was found",
)
.with_page(include_str!("expected-array.md"));
