//! Validation on the way into the tables: what becomes of a resource that breaks a rule.

use std::sync::Arc;

use fhirkit_issue::{Issue, Severity};
use fhirkit_source::{Document, Input};
use fhirkit_tape::Tape;
use fhirkit_validate::{Scratch, Subject, Validator, rules};

/// What `fhirkit export --validate` asks for.
#[derive(Clone)]
pub struct Gate {
    /// Definitions and options.
    pub validator: Arc<Validator>,
    /// Packages that were given; the verdict says so of them.
    pub packages: Vec<fhirkit_definitions::PackageId>,
    /// What becomes of a resource with an error.
    pub on_invalid: OnInvalid,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Gate").field("on_invalid", &self.on_invalid).finish_non_exhaustive()
    }
}

/// What becomes of a resource with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnInvalid {
    /// It goes into the tables like any other; its issues stand in `_issues.ndjson`.
    Keep,
    /// It goes to the rejects, its issues to `_issues.ndjson`.
    #[default]
    Quarantine,
    /// It goes nowhere and is counted; its issues stand in `_issues.ndjson`.
    Drop,
    /// The run ends and nothing is written.
    Fail,
}

/// The first error of a resource.
pub(crate) struct Fault {
    pub(crate) rule: &'static str,
    pub(crate) message: String,
}

impl Gate {
    /// Checks one resource. Its issues are added to `findings`; the first error is returned.
    pub(crate) fn check(
        &self,
        tape: &Tape,
        document: &Document,
        input: &Input,
        scratch: &mut Scratch,
        findings: &mut Vec<Issue>,
    ) -> Option<Fault> {
        let before = findings.len();
        let subject = Subject::new(tape, document, input);
        self.validator.check(&subject, scratch, &mut |issue| findings.push(issue));
        let ours = findings.get_mut(before..).unwrap_or_default();
        ours.sort_by_key(|issue| issue.byte);
        let first = ours.iter().find(|issue| issue.severity.reaches(Severity::Error))?;
        let rule = rules::find(first.rule.as_str()).map_or("structure/invalid", |rule| rule.id.as_str());
        Some(Fault { rule, message: first.message.clone() })
    }
}
