//! A `fullUrl` that is not absolute.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule =
    Rule::new("bundle/full-url-relative", Severity::Error, IssueType::Invalid, "a fullUrl is not absolute")
        .with_page(include_str!("full-url-relative.md"));
