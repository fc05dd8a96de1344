//! A bound concept without any code.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "binding/no-code",
    Severity::Error,
    IssueType::CodeInvalid,
    "a concept has no code where the binding asks for one",
)
.with_page(include_str!("no-code.md"));
