//! A code should come from the set where that has the meaning.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "binding/extensible",
    Severity::Warning,
    IssueType::CodeInvalid,
    "a code is not in the value set that has to be used where it has the meaning",
)
.with_page(include_str!("extensible.md"));
