//! One chunk of entries to issues: parsed once, checked once.

use std::sync::Arc;

use fhirkit_issue::{Issue, from_source, rules};
use fhirkit_source::{Chunk, Document, EntryRef, Event, Found, Input, Reject, expand};
use fhirkit_tape::{NodeId, Span, Tape};
use fhirkit_validate::{Checked, Scratch, Subject, Validator};

use super::envelope::{self, ABOUT_ENTRIES};
use super::house::HouseRules;
use crate::admission::{Admission, admit};
use crate::place;

/// Above this a chunk holds one large entry, and what the worker grew for it is given back.
const LARGE: usize = 16 << 20;

/// What a thread reuses from chunk to chunk.
pub(super) struct Worker {
    tape: Tape,
    envelope: Tape,
    scratch: Scratch,
    /// Bundles that were checked without their entries.
    envelopes: u64,
    max_depth: usize,
}

/// What one chunk gave, to be taken in input order.
pub(super) struct Outcome {
    pub(super) input: Arc<Input>,
    pub(super) consumed: u64,
    /// In the order of the input.
    pub(super) issues: Vec<FoundIssue>,
    /// In the order of the input; empty unless the run keeps them.
    pub(super) documents: Vec<Kept>,
    pub(super) rejects: Vec<Reject>,
    pub(super) events: Vec<Event>,
    pub(super) resources: u64,
    /// Of the entries, those that are no resource of R4.
    pub(super) rejected: u64,
    /// An OperationOutcome says that the record is partial.
    pub(super) fatal_outcome: Option<String>,
    /// The chunk's buffer, which documents are spans of.
    pub(super) buffer: Vec<u8>,
}

/// An issue, and which of the chunk's documents it is about.
pub(super) struct FoundIssue {
    pub(super) issue: Issue,
    pub(super) document: Option<usize>,
}

/// Where a document stands, for whoever writes it somewhere else.
pub(super) struct Kept {
    pub(super) span: Span,
    pub(super) byte: u64,
    pub(super) line: Option<u64>,
    pub(super) entry: Option<String>,
}

impl Worker {
    pub(super) fn new(max_depth: usize) -> Self {
        Worker {
            tape: Tape::with_max_depth(max_depth),
            envelope: Tape::with_max_depth(max_depth),
            scratch: Scratch::new(),
            envelopes: 0,
            max_depth,
        }
    }

    /// What it checked and what it could not. A Bundle is an envelope here, not a resource.
    pub(super) fn into_checked(mut self) -> Checked {
        let mut checked = self.scratch.take_checked();
        if let Some(bundles) = checked.resources.get_mut("Bundle") {
            *bundles -= self.envelopes.min(*bundles);
        }
        checked.resources.retain(|_, count| *count > 0);
        if self.envelopes > 0 {
            let name = format!("what Bundles say of their entries together ({})", ABOUT_ENTRIES.join(", "));
            *checked.not_checked.others.entry(name).or_default() += self.envelopes;
        }
        checked
    }

    /// Works one chunk.
    pub(super) fn work(
        &mut self,
        mut chunk: Chunk,
        rules: (&Validator, &HouseRules),
        keeps_documents: bool,
    ) -> Outcome {
        self.tape.load(std::mem::take(&mut chunk.bytes));
        let mut visit = Visit::new(&chunk, rules, &mut self.scratch, &mut self.envelope);
        visit.envelopes = self.envelopes;
        for entry in &chunk.entries {
            match self.tape.parse(entry.span) {
                Ok(root) => visit.entry(&self.tape, root, entry),
                Err(error) => visit.broken(&self.tape, entry, &error),
            }
        }
        for event in &chunk.events {
            if let Event::Envelope { bytes, byte, line, .. } = event {
                visit.envelope(bytes, *byte, Some(*line), None);
            }
        }
        self.envelopes = visit.envelopes;
        let Visit { mut issues, documents, mut rejects, resources, rejected, fatal_outcome, .. } = visit;
        issues.sort_by_key(|found| found.issue.byte);
        let rejected = rejected + chunk.rejects.len() as u64;
        rejects.append(&mut chunk.rejects);
        rejects.sort_by_key(|reject| reject.byte);
        let mut buffer = self.tape.take();
        if buffer.capacity() > LARGE {
            if !keeps_documents {
                buffer = Vec::new();
            }
            self.tape = Tape::with_max_depth(self.max_depth);
        }
        Outcome {
            input: chunk.input,
            consumed: chunk.consumed,
            issues,
            documents: if keeps_documents { documents } else { Vec::new() },
            rejects,
            events: chunk.events,
            resources,
            rejected,
            fatal_outcome,
            buffer,
        }
    }
}

/// The walk over the documents of one chunk.
struct Visit<'a> {
    chunk: &'a Chunk,
    validator: &'a Validator,
    house: &'a HouseRules,
    scratch: &'a mut Scratch,
    envelope: &'a mut Tape,
    issues: Vec<FoundIssue>,
    documents: Vec<Kept>,
    rejects: Vec<Reject>,
    resources: u64,
    rejected: u64,
    envelopes: u64,
    fatal_outcome: Option<String>,
    /// Up to here everything has been checked as part of a Parameters.
    checked_until: u32,
}

impl<'a> Visit<'a> {
    fn new(
        chunk: &'a Chunk,
        (validator, house): (&'a Validator, &'a HouseRules),
        scratch: &'a mut Scratch,
        envelope: &'a mut Tape,
    ) -> Self {
        let issues = chunk.rejects.iter().map(from_source::reject);
        Visit {
            chunk,
            validator,
            house,
            scratch,
            envelope,
            issues: issues.map(|issue| FoundIssue { issue, document: None }).collect(),
            documents: Vec::new(),
            rejects: Vec::new(),
            resources: 0,
            rejected: 0,
            envelopes: 0,
            fatal_outcome: None,
            checked_until: 0,
        }
    }

    fn say(&mut self, issue: Issue) {
        self.issues.push(FoundIssue { issue, document: None });
    }

    /// One parsed entry: usually one document, several when it is a Bundle or holds one.
    fn entry(&mut self, tape: &Tape, root: NodeId, entry: &EntryRef) {
        let input = Arc::clone(&self.chunk.input);
        self.checked_until = 0;
        expand(tape, root, &input, entry, &mut |found| match found {
            Found::Document(document) => self.document(tape, &document),
            Found::Envelope { root, byte, path, .. } => {
                let node = tape.node(root);
                if node.span().start >= self.checked_until {
                    self.envelope(&envelope::without_entries(node), byte, entry.line, path.as_deref());
                }
            }
            Found::Reject(reject) => {
                self.rejected += 1;
                self.say(from_source::reject(&reject));
                self.rejects.push(reject);
            }
            _ => {}
        });
    }

    fn document(&mut self, tape: &Tape, document: &Document) {
        let resource = tape.node(document.root);
        let span = resource.span();
        if span.start < self.checked_until {
            return;
        }
        if resource.get("resourceType").str_is("Parameters") {
            self.checked_until = span.end;
        }
        self.resources += 1;
        let number = self.documents.len();
        self.documents.push(Kept {
            span,
            byte: document.byte,
            line: document.line,
            entry: place::entry_name(document),
        });
        let definitions = self.validator.definitions();
        match admit(definitions, resource) {
            Admission::Resource(_) => {}
            Admission::OperationOutcome(outcome) => {
                let rule = if outcome.fatal { &rules::IO_PARTIAL } else { &rules::IO_OPERATION_OUTCOME };
                let message = format!("the sender reports: {}", outcome.summary);
                self.say(place::locate(Issue::new(rule, message), self.chunk, document));
                if outcome.fatal && self.fatal_outcome.is_none() {
                    self.fatal_outcome = Some(outcome.summary);
                }
            }
            // Checked against R4, it would break a rule with every second element.
            Admission::NotR4(message) => {
                self.rejected += 1;
                let issue = Issue::new(&rules::STRUCTURE_NOT_R4, message);
                let issue = place::locate(issue, self.chunk, document);
                self.issues.push(FoundIssue { issue, document: Some(number) });
                return;
            }
            // What is wrong the validator says better.
            Admission::Rejected { .. } => self.rejected += 1,
        }
        let subject = Subject::new(tape, document, &self.chunk.input);
        let issues = &mut self.issues;
        let mut take = |issue| issues.push(FoundIssue { issue, document: Some(number) });
        self.validator.check(&subject, self.scratch, &mut take);
        self.house.check(&subject, resource, &mut take);
    }

    /// A Bundle without its entries, which are documents of their own.
    fn envelope(&mut self, bytes: &[u8], byte: u64, line: Option<u64>, path: Option<&str>) {
        let place = envelope::Place { file: &self.chunk.input.name, byte, line, path };
        let issues = &mut self.issues;
        let mut take = |issue| issues.push(FoundIssue { issue, document: None });
        self.envelopes +=
            u64::from(envelope::check(bytes, &place, self.validator, self.envelope, self.scratch, &mut take));
    }

    /// An entry that is no JSON.
    fn broken(&mut self, tape: &Tape, entry: &EntryRef, error: &fhirkit_tape::Error) {
        self.rejected += 1;
        self.say(from_source::unparsable(&self.chunk.input.name, tape.bytes(), entry, error));
        self.rejects.push(entry.syntax_reject(&self.chunk.input, tape.bytes(), error));
    }
}
