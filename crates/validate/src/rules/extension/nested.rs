//! Nested extensions, by their short URLs.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "extension/nested",
    Severity::Error,
    IssueType::Extension,
    "an extension has a nested one that its definition does not know",
)
.with_page(include_str!("nested.md"));
