//! How often an element may stand.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "structure/cardinality",
    Severity::Error,
    IssueType::Structure,
    "an element stands too rarely or too often",
)
.with_page(include_str!("cardinality.md"));
