//! A display is one that the system gives its code.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "value/display",
    Severity::Error,
    IssueType::Invalid,
    "the display of a coding is not one of its code",
)
.with_page(include_str!("display.md"));
