//! A resource that does not say what it is.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule =
    Rule::new("structure/no-type", Severity::Error, IssueType::Structure, "an object has no `resourceType`")
        .with_page(include_str!("no-type.md"));
