//! What a server answered where a Bundle's entry has no resource: the OperationOutcome in its `response`.
//!
//! Only failures are worth a word. A transaction of ten thousand resources that were all stored may say so ten
//! thousand times.

use std::sync::Arc;

use fhirkit_issue::Issue;
use fhirkit_source::{Chunk, Event};
use fhirkit_tape::{Node, Tape};

use crate::admission::{Outcome, outcome};

/// A failure, and the issue that tells of it.
pub(crate) struct Answer {
    pub(crate) outcome: Outcome,
    pub(crate) issue: Issue,
}

/// Where an entry stands.
pub(crate) struct Place<'a> {
    pub(crate) byte: u64,
    pub(crate) line: Option<u64>,
    /// `entry[3]`.
    pub(crate) path: &'a str,
}

/// What an entry that streamed by says. The tape has the bytes of its chunk.
pub(crate) fn of_event(tape: &mut Tape, event: &Event, chunk: &Chunk) -> Option<Answer> {
    let Event::WithoutResource { index, byte, line, members, .. } = event else { return None };
    // What is no JSON is no answer: the reader only matched its brackets, and nothing of it was asked for.
    let response = tape.parse(members.response?).ok()?;
    let place = Place { byte: *byte, line: Some(*line), path: &format!("entry[{index}]") };
    of_response(tape.node(response), &place, chunk)
}

/// What the `response` of an entry says.
pub(crate) fn of_response(response: Node<'_>, place: &Place<'_>, chunk: &Chunk) -> Option<Answer> {
    let resource = response.get("outcome");
    if !resource.get("resourceType").str_is("OperationOutcome") {
        return None;
    }
    let outcome = Some(outcome(resource)).filter(|outcome| outcome.failed)?;
    let issue = outcome.issue().in_file(Arc::clone(&chunk.input.name)).at_byte(place.byte);
    let mut issue = issue.in_entry(place.path.to_owned());
    issue.line = place.line;
    Some(Answer { outcome, issue })
}
