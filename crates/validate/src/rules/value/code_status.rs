//! Codes that exist and should not be used: retired, deprecated, or only there to group others.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "value/code-status",
    Severity::Warning,
    IssueType::BusinessRule,
    "a code is retired, deprecated or only groups others",
)
.with_page(include_str!("code-status.md"));
