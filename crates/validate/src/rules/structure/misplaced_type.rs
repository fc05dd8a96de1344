//! `resourceType` inside a datatype or backbone.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "structure/misplaced-type",
    Severity::Error,
    IssueType::Structure,
    "a `resourceType` stands in something that is no resource",
)
.with_page(include_str!("misplaced-type.md"));
