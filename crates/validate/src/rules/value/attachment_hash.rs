//! `Attachment.hash` against the bytes that stand there.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "value/attachment-hash",
    Severity::Error,
    IssueType::Structure,
    "an attachment has another hash than it states",
)
.with_page(include_str!("attachment-hash.md"));
