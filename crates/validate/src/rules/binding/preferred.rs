//! A code had better come from the set.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "binding/preferred",
    Severity::Information,
    IssueType::CodeInvalid,
    "a code is not in the value set that is recommended",
)
.with_page(include_str!("preferred.md"));
