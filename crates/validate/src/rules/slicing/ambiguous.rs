//! Items that two slices claim.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "slicing/ambiguous",
    Severity::Error,
    IssueType::Structure,
    "an item is in more than one slice",
)
.with_page(include_str!("ambiguous.md"));
