//! A code must come from the set.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "binding/required",
    Severity::Error,
    IssueType::CodeInvalid,
    "a code is not in the value set that it must come from",
)
.with_page(include_str!("required.md"));
