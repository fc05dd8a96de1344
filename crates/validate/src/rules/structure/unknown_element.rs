//! A property that the type does not have.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "structure/unknown-element",
    Severity::Error,
    IssueType::Structure,
    "an object has a property that its type does not have",
)
.with_page(include_str!("unknown-element.md"));
