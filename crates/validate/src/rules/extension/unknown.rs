//! Extensions that nobody defines.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "extension/unknown",
    Severity::Warning,
    IssueType::Extension,
    "no package defines an extension",
)
.with_page(include_str!("unknown.md"));
