//! An id that stands twice in one resource.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "structure/duplicate-id",
    Severity::Error,
    IssueType::BusinessRule,
    "an id stands twice in one resource",
)
.with_page(include_str!("duplicate-id.md"));
