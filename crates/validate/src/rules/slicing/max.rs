//! How many items a slice may have.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "slicing/max",
    Severity::Error,
    IssueType::Structure,
    "a slice has more items than its profile allows",
)
.with_page(include_str!("max.md"));
