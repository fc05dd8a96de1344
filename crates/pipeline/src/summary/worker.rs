//! One thread's work: parse the entries of a chunk, count what they hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use fhirkit_definitions::TypeModel;
use fhirkit_definitions::refused::not_r4;
use fhirkit_issue::{Issue, from_source, rules};
use fhirkit_source::{Chunk, Document, Fault, Found, Surroundings, expand};
use fhirkit_tape::{DEFAULT_MAX_DEPTH, Tape};

use super::counts::Counts;
use super::flight::Flight;
use super::references::References;
use crate::Progress;
use crate::admission::outcome;
use crate::envelopes::Pages;
use crate::stubs::{self, Answer, Rejected, Stub};

/// Issues that are kept for showing; all are counted.
const SHOWN: usize = 10;

/// Rejected entries: how many, and the first of them in input order.
#[derive(Debug, Default)]
pub(super) struct Rejects {
    pub(super) count: u64,
    /// By chunk, byte and what was said there before, so that the first ten are the same whatever the threads did.
    first: BTreeMap<(u64, u64, usize), Issue>,
}

impl Rejects {
    /// Counts a reject and keeps its issue if it is among the first.
    pub(super) fn add(&mut self, place: (u64, u64), issue: impl FnOnce() -> Issue) {
        self.count += 1;
        self.note(place, issue);
    }

    /// Keeps an issue that is about no entry.
    pub(super) fn note(&mut self, place: (u64, u64), issue: impl FnOnce() -> Issue) {
        let (chunk, byte) = place;
        let said = self.first.range((chunk, byte, 0)..=(chunk, byte, usize::MAX)).count();
        let place = (chunk, byte, said);
        let is_early =
            self.first.len() < SHOWN || self.first.keys().next_back().is_some_and(|last| place < *last);
        if is_early {
            self.first.insert(place, issue());
            while self.first.len() > SHOWN {
                self.first.pop_last();
            }
        }
    }

    pub(super) fn merge(&mut self, other: Rejects) {
        self.count += other.count;
        for ((chunk, byte, _), issue) in other.first {
            self.note((chunk, byte), || issue);
        }
    }

    pub(super) fn into_first(self) -> Vec<Issue> {
        self.first.into_values().collect()
    }
}

/// What one worker has counted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) counts: Counts,
    pub(super) references: References,
    pub(super) rejects: Rejects,
    /// Bundles, those that stood whole in entries and those that streamed by.
    pub(super) pages: Pages,
    /// Resources that an export refuses: they are STU3 or DSTU2.
    pub(super) not_r4: u64,
    /// Of the rejects, whole JSON values that are no resource.
    pub(super) not_resources: u64,
    /// An OperationOutcome says that the record is partial.
    pub(super) partial: bool,
}

impl Tally {
    pub(super) fn merge(&mut self, other: Tally) {
        self.counts.merge(other.counts);
        self.references.merge(other.references);
        self.rejects.merge(other.rejects);
        self.pages.append(other.pages);
        self.not_r4 += other.not_r4;
        self.not_resources += other.not_resources;
        self.partial |= other.partial;
    }
}

/// One thread's tape and counts.
pub(super) struct Worker<'m> {
    types: &'m TypeModel,
    tape: Tape,
    surroundings: Surroundings,
    /// For what stands around the entries of a Bundle.
    envelope: Tape,
    tally: Tally,
}

impl<'m> Worker<'m> {
    pub(super) fn new(types: &'m TypeModel) -> Worker<'m> {
        Worker {
            types,
            tape: Tape::new(),
            surroundings: Surroundings::new(DEFAULT_MAX_DEPTH),
            envelope: Tape::new(),
            tally: Tally::default(),
        }
    }

    /// Works until no chunk comes any more.
    pub(super) fn run(mut self, flight: &Flight, progress: &Progress) -> Tally {
        while let Some(mut chunk) = flight.receive() {
            let size = chunk.bytes.len() as u64;
            let before = self.tally.counts.total;
            // The tape gives back the buffer of the chunk before.
            let spare = self.tape.load(std::mem::take(&mut chunk.bytes));
            self.chunk(&chunk);
            flight.done(spare, size);
            let resources = self.tally.counts.total - before;
            progress.add(chunk.consumed, resources, 0);
        }
        self.tally
    }

    fn chunk(&mut self, chunk: &Chunk) {
        for entry in &chunk.entries {
            let parsed = self.surroundings.parse(&mut self.tape, entry);
            // What an export rejects is no resource here either.
            let parsed = parsed.and_then(|root| match self.tape.duplicate_key(root) {
                Some(key) => Err(Fault::twice(&key)),
                None => Ok(root),
            });
            match parsed {
                Ok(root) => {
                    let Worker { types, tape, tally, .. } = self;
                    expand(tape, root, &chunk.input, entry, &mut |found| match found {
                        Found::Document(document) => tally.document(types, tape, chunk, &document),
                        Found::Reject(reject) => {
                            tally.rejects.add((chunk.sequence, reject.byte), || from_source::reject(&reject));
                        }
                        Found::Envelope { root, .. } => {
                            tally.pages.see_whole(&chunk.input.name, tape.node(root))
                        }
                        Found::WithoutResource { root, byte, line, path } => {
                            tally.stub(tape, &Stub { root, byte, line, path }, chunk);
                        }
                        _ => {}
                    });
                }
                Err(fault) => {
                    let (name, bytes) = (&chunk.input.name, self.tape.bytes());
                    self.tally.rejects.add((chunk.sequence, entry.byte), || {
                        from_source::refused(name, bytes, entry, &fault)
                    });
                }
            }
        }
        for event in &chunk.events {
            match stubs::parse(&mut self.tape, event, chunk) {
                Some(Ok(stub)) => self.tally.stub(&self.tape, &stub, chunk),
                Some(Err(rejected)) => self.tally.rejected(*rejected, chunk),
                None => {
                    if let Some(rejected) = self.tally.pages.see(&mut self.envelope, event, chunk) {
                        self.tally.rejected(rejected, chunk);
                    }
                }
            }
        }
    }
}

impl Tally {
    fn document(&mut self, types: &TypeModel, tape: &Tape, chunk: &Chunk, document: &Document) {
        let resource = tape.node(document.root);
        let name = resource.get("resourceType").as_str();
        let known =
            name.as_deref().and_then(|name| types.type_named(name)).filter(|id| types.is_resource(*id));
        if let Some(reason) = not_r4(types, resource) {
            self.not_r4 += 1;
            let issue = Issue::new(&rules::STRUCTURE_NOT_R4, reason.to_string());
            self.rejects.note((chunk.sequence, document.byte), || placed(issue, chunk, document));
        }
        let Some(known) = known else {
            self.not_resources += u64::from(name.is_none());
            self.rejects
                .add((chunk.sequence, document.byte), || unknown(types, name.as_deref(), chunk, document));
            return;
        };
        let name = types.name(known);
        self.counts.add(name, resource);
        self.references.add(name, resource, chunk.input_number, document, tape);
        if name == "OperationOutcome" {
            let outcome = outcome(resource);
            let issue = placed(outcome.issue(), chunk, document);
            self.answers(Some(Answer { outcome, issue }), chunk, document.byte);
        }
    }

    fn stub(&mut self, tape: &Tape, stub: &Stub, chunk: &Chunk) {
        self.answers(stub.answer(tape, chunk), chunk, stub.byte);
        if let Some(rejected) = stub.lost(tape, chunk) {
            self.rejected(rejected, chunk);
        }
    }

    fn rejected(&mut self, Rejected { issue, reject }: Rejected, chunk: &Chunk) {
        self.partial |= reject.incomplete;
        self.rejects.add((chunk.sequence, reject.byte), || issue);
    }

    /// A sender that puts an OperationOutcome among the entries, or answers with one, has something to say; a fatal one
    /// says that entries are missing.
    fn answers(&mut self, answer: Option<Answer>, chunk: &Chunk, byte: u64) {
        let Some(Answer { outcome, issue }) = answer else { return };
        self.partial |= outcome.fatal;
        self.rejects.note((chunk.sequence, byte), || issue);
    }
}

fn unknown(types: &TypeModel, name: Option<&str>, chunk: &Chunk, document: &Document) -> Issue {
    let issue = match name {
        Some(name) => from_source::unknown_type(name, types.nearest_type(name)),
        None => Issue::new(&rules::STRUCTURE_NO_TYPE, "an object without `resourceType` is no resource"),
    };
    placed(issue, chunk, document)
}

fn placed(mut issue: Issue, chunk: &Chunk, document: &Document) -> Issue {
    issue.file = Some(Arc::clone(&chunk.input.name));
    issue.byte = Some(document.byte);
    issue.line = document.line;
    let index = document.index.map(|index| format!("entry[{index}]"));
    issue.entry = document.path.clone().or(index);
    issue
}
