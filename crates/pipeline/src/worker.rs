//! One chunk of entries to pieces of tables: parsed once, every chosen view run over it.

use std::sync::Arc;

use fhirkit_issue::Issue;
use fhirkit_sink::Piece;
use fhirkit_source::{Chunk, Document, Event, Input, Reject, Surroundings};
use fhirkit_tape::Tape;
use fhirkit_view::{Rows, Scratch};
use twox_hash::XxHash3_64;

use crate::Error;
use crate::cells::{self, PendingCell};
use crate::envelopes::Pages;
use crate::gate::Gate;
use crate::ledger::Ledger;
use crate::tables::Tables;
use crate::validate::found::{FoundIssue, Issues};
use crate::visit::Visit;

/// Above this a chunk holds one large entry, and what the worker grew for it is given back.
const LARGE: usize = 16 << 20;

/// What a thread reuses from chunk to chunk.
pub(crate) struct Worker {
    tape: Tape,
    surroundings: Surroundings,
    /// For what stands around the entries of a Bundle.
    envelope: Tape,
    rows: Vec<Rows>,
    scratch: Scratch,
    checks: fhirkit_validate::Scratch,
    max_depth: usize,
}

/// What one chunk gave, to be taken in input order.
pub(crate) struct Outcome {
    pub(crate) input: Arc<Input>,
    pub(crate) consumed: u64,
    /// The chunk's pieces of tables, by table.
    pub(crate) pieces: Vec<(usize, Piece)>,
    /// Cells that are null although the data has something there, in the order of their resources.
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
    /// The Bundles among them.
    pub(crate) pages: Pages,
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
        Worker {
            tape: Tape::with_max_depth(max_depth),
            surroundings: Surroundings::new(max_depth),
            envelope: Tape::with_max_depth(max_depth),
            rows,
            scratch: Scratch::new(),
            checks,
            max_depth,
        }
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
        let (mut outcome, documents) = self.visit(&chunk, tables, gate);
        self.pieces(&chunk, tables, &documents, &mut outcome)?;
        outcome.events = chunk.events;
        merge_rejects(&mut outcome.rejects, chunk.rejects);
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

    /// Walks the chunk, whose bytes the tape has: its resources become rows here.
    fn visit(&mut self, chunk: &Chunk, tables: &Tables, gate: Option<&Gate>) -> (Outcome, Vec<Document>) {
        let mut findings = Issues::held();
        let mut visit = Visit::new(chunk, tables, gate.map(|gate| (gate, &mut self.checks)), &mut findings);
        for entry in &chunk.entries {
            match self.surroundings.parse(&mut self.tape, entry) {
                Ok(root) => visit.entry(&self.tape, root, entry, &mut self.rows, &mut self.scratch),
                Err(fault) => visit.broken(&self.tape, entry, &fault),
            }
        }
        for event in &chunk.events {
            visit.event(&mut self.tape, &mut self.envelope, event);
        }
        let Visit {
            documents,
            rejects,
            mut issues,
            failed,
            ledger,
            pages,
            unresolved_keys,
            not_r4,
            r4,
            fatal_outcome,
            ..
        } = visit;
        issues.sort_by_key(|issue| issue.byte);
        let findings = findings.into_held();
        let overflow = findings.is_none().then(|| Box::new(chunk.clone()));
        let outcome = Outcome {
            input: Arc::clone(&chunk.input),
            consumed: chunk.consumed,
            pieces: Vec::new(),
            cells: Vec::new(),
            rejects,
            issues,
            findings: findings.unwrap_or_default(),
            overflow,
            failed,
            events: Vec::new(),
            pages,
            ledger,
            unresolved_keys,
            not_r4,
            r4,
            fatal_outcome,
            content: Some(self.tape.bytes()).filter(|bytes| !bytes.is_empty()).map(XxHash3_64::oneshot),
            buffer: Vec::new(),
        };
        (outcome, documents)
    }

    /// Makes pieces of the rows.
    fn pieces(
        &mut self,
        chunk: &Chunk,
        tables: &Tables,
        documents: &[Document],
        outcome: &mut Outcome,
    ) -> Result<(), Error> {
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
                cells::pending(&mut piece, at, &row_entry, tables.at(at), &self.tape, chunk, documents);
            outcome.cells.extend(found);
            outcome.pieces.push((at, piece));
        }
        // By resource, as wherever the chunk ends: within it the tables stand one after the other.
        outcome.cells.sort_by_key(PendingCell::order);
        Ok(())
    }
}

/// The reader's rejects and the worker's, in the order of their places.
fn merge_rejects(ours: &mut Vec<Reject>, theirs: Vec<Reject>) {
    ours.extend(theirs);
    ours.sort_by_key(|reject| reject.byte);
}
