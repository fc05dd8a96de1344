//! A narrative in another namespace than XHTML's.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "narrative/namespace",
    Severity::Error,
    IssueType::Invalid,
    "the narrative is not in the namespace of XHTML",
)
.with_page(include_str!("namespace.md"));

/// The namespace.
pub(super) const XHTML: &str = "http://www.w3.org/1999/xhtml";
