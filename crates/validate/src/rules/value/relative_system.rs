//! The system of a coding is an absolute URI.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "value/relative-system",
    Severity::Error,
    IssueType::CodeInvalid,
    "the system of a coding is not an absolute URI",
)
.with_page(include_str!("relative-system.md"));
