//! One chunk of entries to pieces of tables: parsed once, every chosen view run over it.

use fhirkit_issue::{Issue, from_source, rules};
use fhirkit_sink::Piece;
use fhirkit_source::{Chunk, Document, EntryRef, Event, Found, Reject, expand};
use fhirkit_tape::{NodeId, Span, Tape};
use fhirkit_view::{Place, Rows, Scratch};
use twox_hash::XxHash3_64;

use crate::Error;
use crate::admission::{Admission, admit};
use crate::cells::{self, PendingCell};
use crate::gate::{Gate, OnInvalid};
use crate::ledger::{Fate, Ledger};
use crate::place;
use crate::tables::Tables;
use crate::validate::found::{FoundIssue, Issues};

/// Above this a chunk holds one large entry, and what the worker grew for it is given back.
const LARGE: usize = 16 << 20;

/// What a thread reuses from chunk to chunk.
pub(crate) struct Worker {
    tape: Tape,
    rows: Vec<Rows>,
    scratch: Scratch,
    checks: fhirkit_validate::Scratch,
    max_depth: usize,
}

/// What one chunk gave, to be taken in input order.
pub(crate) struct Outcome {
    pub(crate) input: std::sync::Arc<fhirkit_source::Input>,
    pub(crate) consumed: u64,
    /// The chunk's pieces of tables, by table.
    pub(crate) pieces: Vec<(usize, Piece)>,
    /// Cells that are null although the data has something there, by table and row.
    pub(crate) cells: Vec<PendingCell>,
    pub(crate) rejects: Vec<Reject>,
    pub(crate) issues: Vec<Issue>,
    /// What validation found.
    pub(crate) findings: Vec<FoundIssue>,
    /// The chunk without its bytes, where validation found more than may be held: it is to be checked again.
    pub(crate) overflow: Option<Box<Chunk>>,
    /// The first resource with an error, where that ends the run.
    pub(crate) failed: Option<Box<Issue>>,
    pub(crate) events: Vec<Event>,
    pub(crate) ledger: Ledger,
    pub(crate) unresolved_keys: u64,
    /// Of this chunk: resources refused because they are not R4, and resources that passed.
    pub(crate) not_r4: u64,
    pub(crate) r4: u64,
    /// An OperationOutcome says that the record is partial.
    pub(crate) fatal_outcome: Option<String>,
    /// A hash of the chunk's bytes; none where it has none, such as for an input that is only told of.
    pub(crate) content: Option<u64>,
    /// The chunk's buffer, to be read into again.
    pub(crate) buffer: Vec<u8>,
}

impl Worker {
    /// A worker for these tables.
    pub(crate) fn new(tables: &Tables, max_depth: usize) -> Self {
        let rows = tables.iter().map(|_| Rows::new()).collect();
        let checks = fhirkit_validate::Scratch::new();
        Worker { tape: Tape::with_max_depth(max_depth), rows, scratch: Scratch::new(), checks, max_depth }
    }

    /// What validation checked and what it could not.
    pub(crate) fn take_checked(&mut self) -> fhirkit_validate::Checked {
        self.checks.take_checked()
    }

    /// Works one chunk.
    pub(crate) fn work(
        &mut self,
        mut chunk: Chunk,
        tables: &Tables,
        gate: Option<&Gate>,
    ) -> Result<Outcome, Error> {
        self.tape.load(std::mem::take(&mut chunk.bytes));
        let mut findings = Issues::held();
        let mut visit = Visit::new(&chunk, tables, gate.map(|gate| (gate, &mut self.checks)), &mut findings);
        for entry in &chunk.entries {
            match self.tape.parse(entry.span) {
                Ok(root) => visit.entry(&self.tape, root, entry, &mut self.rows, &mut self.scratch),
                Err(error) => visit.broken(&self.tape, entry, &error),
            }
        }
        let Visit { documents, rejects, issues, failed, ledger, not_r4, r4, fatal_outcome, .. } = visit;
        let findings = findings.into_held();
        let overflow = findings.is_none().then(|| Box::new(chunk.clone()));
        let mut outcome = Outcome {
            input: std::sync::Arc::clone(&chunk.input),
            consumed: chunk.consumed,
            pieces: Vec::new(),
            cells: Vec::new(),
            rejects,
            issues,
            findings: findings.unwrap_or_default(),
            overflow,
            failed,
            events: std::mem::take(&mut chunk.events),
            ledger,
            unresolved_keys: self.scratch.take_unresolved_count(),
            not_r4,
            r4,
            fatal_outcome,
            content: Some(self.tape.bytes()).filter(|bytes| !bytes.is_empty()).map(XxHash3_64::oneshot),
            buffer: Vec::new(),
        };
        for (at, rows) in self.rows.iter_mut().enumerate() {
            if rows.row_count() == 0 {
                rows.rest();
                continue;
            }
            let batch = rows
                .finish(&tables.at(at).view, &self.tape)
                .map_err(|error| Error::internal(error.to_string()))?;
            let row_entry = batch.row_entry;
            let misfits = batch.misfits.into_iter().map(cells::for_sink).collect();
            let mut piece = tables.sink().convert(at, batch.record, misfits)?;
            let found =
                cells::pending(&mut piece, at, &row_entry, tables.at(at), &self.tape, &chunk, &documents);
            outcome.cells.extend(found);
            outcome.pieces.push((at, piece));
        }
        outcome.issues.sort_by_key(|issue| issue.byte);
        merge_rejects(&mut outcome.rejects, std::mem::take(&mut chunk.rejects));
        outcome.buffer = self.tape.take();
        if outcome.buffer.capacity() > LARGE {
            if outcome.overflow.is_none() {
                outcome.buffer = Vec::new();
            }
            let checks = std::mem::take(&mut self.checks);
            *self = Worker { checks, ..Worker::new(tables, self.max_depth) };
        }
        Ok(outcome)
    }
}

/// The reader's rejects and the worker's, in the order of their places.
fn merge_rejects(ours: &mut Vec<Reject>, theirs: Vec<Reject>) {
    if !theirs.is_empty() {
        ours.extend(theirs);
        ours.sort_by_key(|reject| reject.byte);
    }
}

/// The walk over the documents of one chunk.
struct Visit<'a> {
    chunk: &'a Chunk,
    tables: &'a Tables,
    gate: Option<(&'a Gate, &'a mut fhirkit_validate::Scratch)>,
    documents: Vec<Document>,
    rejects: Vec<Reject>,
    issues: Vec<Issue>,
    findings: &'a mut Issues<'static>,
    failed: Option<Box<Issue>>,
    ledger: Ledger,
    place: Place,
    not_r4: u64,
    r4: u64,
    fatal_outcome: Option<String>,
}

impl<'a> Visit<'a> {
    fn new(
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
            place: Place { source: std::sync::Arc::clone(&chunk.input.name), ..Place::default() },
            not_r4: 0,
            r4: 0,
            fatal_outcome: None,
        }
    }

    /// One parsed entry: usually one document, several when it is a Bundle or holds one.
    fn entry(
        &mut self,
        tape: &Tape,
        root: NodeId,
        entry: &EntryRef,
        rows: &mut [Rows],
        scratch: &mut Scratch,
    ) {
        if let Some(key) = tape.duplicate_key(root) {
            let at = key.span().start as usize;
            let message =
                format!("expected each key once in an object, found {:?} twice", shortened(&key.as_str()));
            self.reject_entry(tape, entry, "json/duplicate-key", message, at);
            return;
        }
        let input = std::sync::Arc::clone(&self.chunk.input);
        expand(tape, root, &input, entry, &mut |found| match found {
            Found::Document(document) => self.document(tape, document, rows, scratch),
            Found::Reject(reject) => {
                self.ledger.rejected_entries += 1;
                self.issues.push(from_source::reject(&reject));
                self.rejects.push(reject);
            }
            _ => {}
        });
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
                let rule = if outcome.fatal { &rules::IO_PARTIAL } else { &rules::IO_OPERATION_OUTCOME };
                let message = format!("the sender reports: {}", outcome.summary);
                self.issues.push(place::locate(Issue::new(rule, message), self.chunk, &document));
                if outcome.fatal && self.fatal_outcome.is_none() {
                    self.fatal_outcome = Some(outcome.summary);
                }
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
        let fault = gate.check(tape, document, &self.chunk.input, scratch, self.findings)?;
        match on_invalid {
            OnInvalid::Keep => None,
            OnInvalid::Drop => Some(Fate::Dropped),
            OnInvalid::Quarantine => {
                let span = tape.node(document.root).span();
                self.reject(tape, document, span, fault.rule, fault.issue.message);
                Some(Fate::Rejected)
            }
            OnInvalid::Fail => {
                self.failed.get_or_insert(fault.issue);
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
        for &at in self.tables.of_type(found) {
            let table = self.tables.at(at);
            match rows[at].append(&table.view, tape, document.root, &self.place, scratch) {
                Ok(0) => {}
                Ok(_) => {
                    any_row = true;
                    own_row |= table.view.is_one_row_a_resource();
                }
                Err(error) => {
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
                if appended.is_ok() { Fate::OtherResource } else { Fate::Rejected }
            }
            None if any_row => Fate::OwnRow,
            None => Fate::NotSelected,
        }
    }

    /// An entry that is no JSON.
    fn broken(&mut self, tape: &Tape, entry: &EntryRef, error: &fhirkit_tape::Error) {
        self.ledger.rejected_entries += 1;
        self.issues.push(from_source::unparsable(&self.chunk.input.name, tape.bytes(), entry, error));
        self.rejects.push(entry.syntax_reject(&self.chunk.input, tape.bytes(), error));
    }

    fn reject_entry(
        &mut self,
        tape: &Tape,
        entry: &EntryRef,
        rule: &'static str,
        message: String,
        at: usize,
    ) {
        let document = Document::of_entry(NodeId::ABSENT, entry);
        let (line, column) = place::line_column(self.chunk, tape.bytes(), entry, at);
        self.ledger.rejected_entries += 1;
        self.reject(tape, &document, entry.span, rule, message);
        if let Some(found) = rules::find(rule) {
            let text = self.rejects.last().map_or_else(String::new, |reject| reject.message.clone());
            let mut issue = place::locate(Issue::new(found, text), self.chunk, &document);
            issue.line = line;
            issue.column = column;
            issue.byte = Some(self.chunk.base + at as u64);
            self.issues.push(issue);
        }
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

    fn reject(&mut self, tape: &Tape, document: &Document, span: Span, rule: &'static str, message: String) {
        self.rejects.push(Reject {
            input: std::sync::Arc::clone(&self.chunk.input.name),
            byte: document.byte,
            line: document.line,
            entry: place::entry_name(document),
            rule,
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
