//! A number written as a string, a boolean as a string, and the like.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "structure/wrong-type",
    Severity::Error,
    IssueType::Invalid,
    "a value has a JSON type that its element cannot have",
)
.with_page(include_str!("wrong-type.md"));
