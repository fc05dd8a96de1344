//! Types of values that the definition of an extension allows.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "extension/value-type",
    Severity::Error,
    IssueType::Structure,
    "an extension has a value of a type that its definition does not allow",
)
.with_page(include_str!("value-type.md"));
