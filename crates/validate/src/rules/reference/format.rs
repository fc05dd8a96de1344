//! A reference of no known form.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "reference/format",
    Severity::Error,
    IssueType::Invalid,
    "a reference is none of the forms that FHIR knows",
)
.with_page(include_str!("format.md"));
