//! The system of a coding is a code system, not a value set.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "value/value-set-as-system",
    Severity::Warning,
    IssueType::CodeInvalid,
    "the system of a coding is the URL of a value set",
)
.with_page(include_str!("value-set-as-system.md"));
