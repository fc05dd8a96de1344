//! The `_name` member that holds id and extensions of a primitive.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "structure/sibling",
    Severity::Error,
    IssueType::Invalid,
    "the `_name` beside a primitive does not fit it",
)
.with_page(include_str!("sibling.md"));
