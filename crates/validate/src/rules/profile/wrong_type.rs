//! A claimed profile that constrains another type.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "profile/wrong-type",
    Severity::Error,
    IssueType::Structure,
    "a resource claims a profile of another type",
)
.with_page(include_str!("wrong-type.md"));
