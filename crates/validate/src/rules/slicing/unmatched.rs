//! Items that closed slicing does not allow.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "slicing/unmatched",
    Severity::Error,
    IssueType::Structure,
    "an item is in none of the slices, and the slicing is closed",
)
.with_page(include_str!("unmatched.md"));
