//! An element whose maximum is 0.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "structure/prohibited",
    Severity::Error,
    IssueType::Structure,
    "an element stands that the profile forbids",
)
.with_page(include_str!("prohibited.md"));
