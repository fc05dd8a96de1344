//! A narrative that is not well-formed XHTML.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "narrative/not-xhtml",
    Severity::Error,
    IssueType::Invalid,
    "the narrative is not well-formed XHTML in a `div`",
)
.with_page(include_str!("not-xhtml.md"));
