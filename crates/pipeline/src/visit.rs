//! The walk of an export over the documents of one chunk: what is let in becomes rows, the rest is told.

use std::borrow::Cow;
use std::sync::Arc;

use fhirkit_issue::{Issue, from_source, rules};
use fhirkit_source::{Chunk, Document, EntryRef, Event, Fault, Found, Reject, expand};
use fhirkit_tape::{NodeId, Span, Tape};
use fhirkit_view::{Place, Rows, Scratch};

use crate::admission::{Admission, admit};
use crate::envelopes::Pages;
use crate::gate::{Gate, OnInvalid};
use crate::ledger::{Fate, Ledger};
use crate::place;
use crate::stubs::{self, Answer, Rejected, Stub};
use crate::tables::Tables;
use crate::validate::found::Issues;

/// The walk over the documents of one chunk.
pub(crate) struct Visit<'a> {
    chunk: &'a Chunk,
    tables: &'a Tables,
    gate: Option<(&'a Gate, &'a mut fhirkit_validate::Scratch)>,
    pub(crate) documents: Vec<Document>,
    pub(crate) rejects: Vec<Reject>,
    pub(crate) issues: Vec<Issue>,
    findings: &'a mut Issues<'static>,
    pub(crate) failed: Option<Box<Issue>>,
    pub(crate) ledger: Ledger,
    /// Bundles, those that stand whole on the tape and those that stream by.
    pub(crate) pages: Pages,
    place: Place,
    /// References behind keys that are null, each once a table.
    pub(crate) unresolved_keys: u64,
    pub(crate) not_r4: u64,
    pub(crate) r4: u64,
    pub(crate) fatal_outcome: Option<String>,
}

impl<'a> Visit<'a> {
    pub(crate) fn new(
        chunk: &'a Chunk,
        tables: &'a Tables,
        gate: Option<(&'a Gate, &'a mut fhirkit_validate::Scratch)>,
        findings: &'a mut Issues<'static>,
    ) -> Self {
        let mut ledger = Ledger::default();
        ledger.rejected_entries += chunk.rejects.len() as u64;
        Visit {
            chunk,
            tables,
            gate,
            documents: Vec::with_capacity(chunk.entries.len()),
            rejects: Vec::new(),
            issues: chunk.rejects.iter().map(from_source::reject).collect(),
            findings,
            failed: None,
            ledger,
            pages: Pages::default(),
            place: Place { source: Arc::clone(&chunk.input.name), ..Place::default() },
            unresolved_keys: 0,
            not_r4: 0,
            r4: 0,
            fatal_outcome: None,
        }
    }

    /// One parsed entry: usually one document, several when it is a Bundle or holds one.
    pub(crate) fn entry(
        &mut self,
        tape: &Tape,
        root: NodeId,
        entry: &EntryRef,
        rows: &mut [Rows],
        scratch: &mut Scratch,
    ) {
        if let Some(key) = tape.duplicate_key(root) {
            self.broken(tape, entry, &Fault::twice(&key));
            return;
        }
        let input = Arc::clone(&self.chunk.input);
        expand(tape, root, &input, entry, &mut |found| match found {
            Found::Document(document) => self.document(tape, document, rows, scratch),
            Found::Reject(reject) => {
                self.rejected(Rejected { issue: from_source::reject(&reject), reject });
            }
            Found::Envelope { root, .. } => self.pages.see_whole(&input.name, tape.node(root)),
            Found::WithoutResource { root, byte, line, path } => {
                self.stub(tape, &Stub { root, byte, line, path });
            }
            _ => {}
        });
    }

    /// What a streamed Bundle has beside its resources: entries without one, and what stands around the entries.
    pub(crate) fn event(&mut self, tape: &mut Tape, envelope: &mut Tape, event: &Event) {
        match stubs::parse(tape, event, self.chunk) {
            Some(Ok(stub)) => self.stub(tape, &stub),
            Some(Err(rejected)) => self.rejected(*rejected),
            None => {
                if let Some(rejected) = self.pages.see(envelope, event, self.chunk) {
                    self.rejected(rejected);
                }
            }
        }
    }

    fn stub(&mut self, tape: &Tape, stub: &Stub) {
        self.answers(stub.answer(tape, self.chunk));
        if let Some(rejected) = stub.lost(tape, self.chunk) {
            self.rejected(rejected);
        }
    }

    fn rejected(&mut self, Rejected { issue, reject }: Rejected) {
        self.ledger.rejected_entries += 1;
        self.issues.push(issue);
        self.rejects.push(reject);
    }

    fn answers(&mut self, answer: Option<Answer>) {
        let Some(Answer { outcome, issue }) = answer else { return };
        self.issues.push(issue);
        if outcome.fatal && self.fatal_outcome.is_none() {
            self.fatal_outcome = Some(outcome.summary);
        }
    }

    fn document(&mut self, tape: &Tape, document: Document, rows: &mut [Rows], scratch: &mut Scratch) {
        let resource = tape.node(document.root);
        match admit(self.tables.definitions(), resource) {
            Admission::Resource(found) => {
                let type_name = self.tables.definitions().types().name(found);
                let fate = match self.invalid(tape, &document) {
                    Some(fate) => fate,
                    None => self.flatten(tape, &document, found, rows, scratch),
                };
                if !matches!(fate, Fate::Rejected | Fate::Dropped) {
                    self.ledger.count_content(type_name, resource);
                }
                self.r4 += 1;
                self.ledger.count(type_name, fate);
                self.documents.push(document);
            }
            Admission::OperationOutcome(outcome) => {
                let issue = place::locate(outcome.issue(), self.chunk, &document);
                self.answers(Some(Answer { outcome, issue }));
                self.ledger.count("OperationOutcome", Fate::OperationOutcome);
            }
            Admission::NotR4(message) => {
                self.not_r4 += 1;
                let name = document.resource_type(tape).unwrap_or_default();
                self.ledger.count(&shortened(&name), Fate::NotR4);
                self.reject_document(tape, &document, "structure/not-r4", message, None);
            }
            Admission::Rejected { rule, message, help } => {
                match document.resource_type(tape) {
                    Some(name) => self.ledger.count(&shortened(&name), Fate::Rejected),
                    None => {
                        self.ledger.rejected_entries += 1;
                        self.ledger.not_resources += 1;
                    }
                }
                self.reject_document(tape, &document, rule, message, help);
            }
        }
    }

    /// What becomes of a resource that may not pass; nothing for one that may.
    fn invalid(&mut self, tape: &Tape, document: &Document) -> Option<Fate> {
        let (gate, scratch) = self.gate.as_mut()?;
        let on_invalid = gate.on_invalid;
        let issue = gate.check(tape, document, &self.chunk.input, scratch, self.findings)?;
        match on_invalid {
            OnInvalid::Keep => None,
            OnInvalid::Drop => Some(Fate::Dropped),
            OnInvalid::Quarantine => {
                let span = tape.node(document.root).span();
                self.reject(tape, document, span, String::from(issue.rule), issue.message);
                Some(Fate::Rejected)
            }
            OnInvalid::Fail => {
                self.failed.get_or_insert_with(|| Box::new(issue));
                Some(Fate::Rejected)
            }
        }
    }

    /// Runs every view of the resource's type; tells what became of it.
    fn flatten(
        &mut self,
        tape: &Tape,
        document: &Document,
        found: fhirkit_definitions::TypeId,
        rows: &mut [Rows],
        scratch: &mut Scratch,
    ) -> Fate {
        self.place.entry = self.documents.len() as u32;
        self.place.line = document.line;
        self.place.index = document.index;
        self.place.offset = document.byte;
        let (mut own_row, mut any_row) = (false, false);
        let of_type = self.tables.of_type(found);
        for (number, &at) in of_type.iter().enumerate() {
            let table = self.tables.at(at);
            let appended = rows[at].append(&table.view, tape, document.root, &self.place, scratch);
            // What a table without a row of it could not resolve is null nowhere.
            let unresolved = scratch.take_unresolved_count();
            match appended {
                Ok(0) => {}
                Ok(_) => {
                    self.unresolved_keys += unresolved;
                    any_row = true;
                    own_row |= table.view.is_one_row_a_resource();
                }
                Err(error) => {
                    // A resource in the rejects has no row anywhere.
                    for &before in of_type.iter().take(number) {
                        rows[before].take_back(&self.tables.at(before).view);
                    }
                    let help = error.hint().map(str::to_owned);
                    self.reject_document(tape, document, error.rule(), error.to_string(), help);
                    return Fate::Rejected;
                }
            }
        }
        if own_row {
            return Fate::OwnRow;
        }
        match self.tables.other_resource() {
            Some(at) => {
                let appended =
                    rows[at].append(&self.tables.at(at).view, tape, document.root, &self.place, scratch);
                self.unresolved_keys += scratch.take_unresolved_count();
                if appended.is_ok() { Fate::OtherResource } else { Fate::Rejected }
            }
            None if any_row => Fate::OwnRow,
            None => Fate::NotSelected,
        }
    }

    /// An entry that is no JSON.
    pub(crate) fn broken(&mut self, tape: &Tape, entry: &EntryRef, fault: &Fault) {
        let issue = from_source::refused(&self.chunk.input.name, tape.bytes(), entry, fault);
        let reject = entry.reject(&self.chunk.input, tape.bytes(), fault);
        self.rejected(Rejected { issue, reject });
    }

    fn reject_document(
        &mut self,
        tape: &Tape,
        document: &Document,
        rule: &'static str,
        message: String,
        help: Option<String>,
    ) {
        if let Some(found) = rules::find(rule) {
            let mut issue = place::locate(Issue::new(found, message.clone()), self.chunk, document);
            if let Some(help) = help {
                issue = issue.with_help(help);
            }
            self.issues.push(issue);
        }
        let span = tape.node(document.root).span();
        self.reject(tape, document, span, rule, message);
    }

    fn reject(
        &mut self,
        tape: &Tape,
        document: &Document,
        span: Span,
        rule: impl Into<Cow<'static, str>>,
        message: String,
    ) {
        self.rejects.push(Reject {
            input: Arc::clone(&self.chunk.input.name),
            byte: document.byte,
            line: document.line,
            column: None,
            entry: document.entry(),
            rule: rule.into(),
            message,
            length: u64::from(span.len()),
            bytes: tape.bytes().get(span.range()).map(<[u8]>::to_vec),
            incomplete: false,
        });
    }
}

/// A name from the input, cut: it may be anything.
fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}
