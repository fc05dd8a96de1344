//! Two members of one object with the same key: JSON leaves open which counts, FHIR forbids it.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule =
    Rule::new("json/duplicate-key", Severity::Error, IssueType::Invalid, "an object has the same key twice")
        .with_page(include_str!("duplicate-key.md"));
