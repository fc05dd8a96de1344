//! A code exists in its system.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "value/unknown-code",
    Severity::Error,
    IssueType::CodeInvalid,
    "a code system does not have the code",
)
.with_page(include_str!("unknown-code.md"));
