//! A resource of a type that R4 does not have.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "structure/unknown-type",
    Severity::Error,
    IssueType::NotSupported,
    "the `resourceType` is not one of R4",
)
.with_page(include_str!("unknown-type.md"));
