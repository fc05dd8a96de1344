//! A RESTful `fullUrl` that names another resource than the one in its entry.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "bundle/full-url-mismatch",
    Severity::Error,
    IssueType::Invalid,
    "a RESTful fullUrl does not end in the type and id of its resource",
)
.with_page(include_str!("full-url-mismatch.md"));
