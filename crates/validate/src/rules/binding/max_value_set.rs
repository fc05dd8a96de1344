//! The set beyond which no code may go.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "binding/max-value-set",
    Severity::Error,
    IssueType::CodeInvalid,
    "a code is outside the widest value set that the binding allows",
)
.with_page(include_str!("max-value-set.md"));
