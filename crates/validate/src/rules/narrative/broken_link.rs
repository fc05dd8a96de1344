//! A link within the narrative to a name that nothing has.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "narrative/broken-link",
    Severity::Error,
    IssueType::Invalid,
    "a link within the narrative points to nothing",
)
.with_page(include_str!("broken-link.md"));
