//! A reference to a contained resource that is not there: `ref-1`.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "reference/not-contained",
    Severity::Error,
    IssueType::Invariant,
    "a reference points to a contained resource that is not there",
)
.with_page(include_str!("not-contained.md"));
