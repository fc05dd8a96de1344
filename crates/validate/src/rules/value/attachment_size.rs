//! `Attachment.size` against the bytes that stand there.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "value/attachment-size",
    Severity::Error,
    IssueType::Structure,
    "an attachment has another size than it states",
)
.with_page(include_str!("attachment-size.md"));
