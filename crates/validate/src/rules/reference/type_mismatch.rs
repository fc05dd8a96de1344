//! `Reference.type` that says something else than the URL.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "reference/type-mismatch",
    Severity::Error,
    IssueType::Structure,
    "the type in a reference's URL is not the one it declares",
)
.with_page(include_str!("type-mismatch.md"));
