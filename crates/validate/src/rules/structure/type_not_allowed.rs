//! A type that a profile does not allow.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "structure/type-not-allowed",
    Severity::Error,
    IssueType::Structure,
    "a choice has a type that the profile leaves out",
)
.with_page(include_str!("type-not-allowed.md"));
