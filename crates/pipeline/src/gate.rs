//! Validation on the way into the tables: what becomes of a resource that breaks a rule.

use std::sync::Arc;

use fhirkit_issue::{Issue, Severity};
use fhirkit_source::{Chunk, Document, Found, Input, Surroundings, expand};
use fhirkit_tape::Tape;
use fhirkit_validate::{Scratch, Subject, Validator};

use crate::admission::{Admission, admit};
use crate::validate::found::{FoundIssue, Issues};

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

impl Gate {
    /// Checks one resource. Its issues are added to `findings`; the first error is returned.
    pub(crate) fn check(
        &self,
        tape: &Tape,
        document: &Document,
        input: &Input,
        scratch: &mut Scratch,
        findings: &mut Issues<'_>,
    ) -> Option<Issue> {
        let mut first: Option<Issue> = None;
        let subject = Subject::new(tape, document, input);
        self.validator.check(&subject, scratch, &mut |issue| {
            let is_earlier = first.as_ref().is_none_or(|known| issue.byte < known.byte);
            if is_earlier && issue.severity.reaches(Severity::Error) {
                first = Some(issue.clone());
            }
            findings.push(issue, None);
        });
        first
    }

    /// Checks a chunk again that has more issues than may be held, and hands them over while they are found.
    pub(crate) fn again(
        &self,
        chunk: &Chunk,
        buffer: Vec<u8>,
        max_depth: usize,
        take: &mut dyn FnMut(FoundIssue),
    ) -> Vec<u8> {
        let (mut tape, mut scratch) = (Tape::with_max_depth(max_depth), Scratch::new());
        let (mut findings, mut surroundings) = (Issues::handed_to(take), Surroundings::new(max_depth));
        tape.load(buffer);
        for entry in &chunk.entries {
            let Ok(root) = surroundings.parse(&mut tape, entry) else { continue };
            if tape.duplicate_key(root).is_some() {
                continue;
            }
            let (tape, input) = (&tape, &chunk.input);
            expand(tape, root, input, entry, &mut |found| {
                let Found::Document(document) = found else { return };
                let admitted = admit(self.validator.definitions(), tape.node(document.root));
                if matches!(admitted, Admission::Resource(_)) {
                    let _ = self.check(tape, &document, input, &mut scratch, &mut findings);
                }
            });
            findings.hand_over();
        }
        tape.take()
    }
}
