//! An entry without `fullUrl` where one is needed.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "bundle/full-url-missing",
    Severity::Error,
    IssueType::Required,
    "an entry has no fullUrl where one is needed",
)
.with_page(include_str!("full-url-missing.md"));
