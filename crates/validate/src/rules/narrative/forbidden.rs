//! Scripts, forms, frames, event handlers: `txt-1`.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "narrative/forbidden",
    Severity::Error,
    IssueType::Invalid,
    "the narrative has an element or attribute that is not allowed",
)
.with_page(include_str!("forbidden.md"));
