//! The URL by which an extension is known.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "extension/url",
    Severity::Error,
    IssueType::Invalid,
    "the `url` of an extension is not absolute",
)
.with_page(include_str!("url.md"));
