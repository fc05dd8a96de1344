//! Elements without content.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "structure/empty",
    Severity::Error,
    IssueType::Invalid,
    "an element says nothing: an empty object, list or string",
)
.with_page(include_str!("empty.md"));
