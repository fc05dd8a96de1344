//! A code without a system has no meaning.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

/// The rule.
pub(crate) static RULE: Rule =
    Rule::new("value/no-system", Severity::Warning, IssueType::Invalid, "a coding has a code and no system")
        .with_page(include_str!("no-system.md"));
