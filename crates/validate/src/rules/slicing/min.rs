//! How many items a slice must have.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "slicing/min",
    Severity::Error,
    IssueType::Structure,
    "a slice has fewer items than its profile wants",
)
.with_page(include_str!("min.md"));
