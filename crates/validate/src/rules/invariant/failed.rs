//! An invariant does not hold. One rule for all; the key stands in the message.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule; each invariant brings its own severity.
pub(crate) static RULE: Rule =
    Rule::new("invariant/failed", Severity::Error, IssueType::Invariant, "an invariant does not hold")
        .with_page(include_str!("failed.md"));
