//! A narrative that says nothing: `txt-2`.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "narrative/empty",
    Severity::Error,
    IssueType::Invariant,
    "the narrative has neither text nor image",
)
.with_page(include_str!("empty.md"));
