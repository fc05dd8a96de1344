//! `fhir_comments`, which DSTU2 had and R4 has not.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "structure/comments",
    Severity::Error,
    IssueType::Structure,
    "`fhir_comments` stands in R4 data",
)
.with_page(include_str!("comments.md"));
