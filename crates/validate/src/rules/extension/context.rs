//! Where an extension may stand.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "extension/context",
    Severity::Error,
    IssueType::Extension,
    "an extension stands where its definition does not allow it",
)
.with_page(include_str!("context.md"));
