//! `extension` or `modifierExtension`.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "extension/modifier",
    Severity::Error,
    IssueType::Extension,
    "a modifier stands among plain extensions, or a plain one among modifiers",
)
.with_page(include_str!("modifier.md"));
