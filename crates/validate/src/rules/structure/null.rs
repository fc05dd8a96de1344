//! `null` outside the lists of primitives, or without its counterpart there.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "structure/null",
    Severity::Error,
    IssueType::Invalid,
    "a `null` stands where FHIR has no place for one",
)
.with_page(include_str!("null.md"));
