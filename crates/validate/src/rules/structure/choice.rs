//! More than one of `value[x]`.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule =
    Rule::new("structure/choice", Severity::Error, IssueType::Structure, "a choice has two values at once")
        .with_page(include_str!("choice.md"));
