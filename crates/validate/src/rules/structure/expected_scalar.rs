//! An element that cannot repeat, written as a list.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "structure/expected-scalar",
    Severity::Error,
    IssueType::Structure,
    "a list stands where one value was expected",
)
.with_page(include_str!("expected-scalar.md"));
