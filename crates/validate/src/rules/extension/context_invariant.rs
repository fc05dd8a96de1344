//! What must hold of the element that an extension stands in.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "extension/context-invariant",
    Severity::Error,
    IssueType::Extension,
    "an extension stands in an element of which what it asks does not hold",
)
.with_page(include_str!("context-invariant.md"));
