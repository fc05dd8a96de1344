//! A claimed profile that is not at hand.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "profile/unknown",
    Severity::Warning,
    IssueType::NotFound,
    "a resource claims a profile that no package has",
)
.with_page(include_str!("unknown.md"));
