//! Takes the outcomes of chunks in input order and puts everything where it belongs.

use std::collections::BTreeMap;
use std::hash::Hasher;
use std::sync::Arc;

use fhirkit_issue::{Issue, Severity, Verdict, rules};
use fhirkit_sink::{Reason, Writers};
use fhirkit_source::{Event, Reject};
use twox_hash::XxHash64;

use crate::cells::PendingCell;
use crate::gate::Gate;
use crate::intake::Intake;
use crate::ledger::Ledger;
use crate::report::{CellCounts, MixedFile};
use crate::row_numbers::RowNumbers;
use crate::side_files::SideFiles;
use crate::tables::Tables;
use crate::worker::Outcome;
use crate::{Error, rejects};

/// What the collector gathers beside the rows.
pub(crate) struct Collector<'a> {
    tables: &'a Tables,
    pub(crate) ledger: Ledger,
    pub(crate) cells: CellCounts,
    pub(crate) rejected: u64,
    pub(crate) intake: Intake,
    /// What validation checked and found.
    pub(crate) verdict: Verdict,
    pub(crate) mixed_files: Vec<MixedFile>,
    rows: RowNumbers,
    pub(crate) cells_by_column: BTreeMap<(String, String, &'static str), u64>,
    fingerprint: XxHash64,
    /// Of the input at hand: resources refused as not R4, and resources that passed.
    versions: (u64, u64),
    side: SideFiles,
    /// What checks a chunk again, and how deep its JSON may be.
    gate: Option<(&'a Gate, usize)>,
    notice: &'a mut dyn FnMut(Issue),
}

impl<'a> Collector<'a> {
    pub(crate) fn new(
        tables: &'a Tables,
        side: SideFiles,
        gate: Option<(&'a Gate, usize)>,
        notice: &'a mut dyn FnMut(Issue),
    ) -> Self {
        Collector {
            tables,
            ledger: Ledger::default(),
            cells: CellCounts::default(),
            rejected: 0,
            intake: Intake::default(),
            verdict: Verdict::default(),
            mixed_files: Vec::new(),
            rows: RowNumbers::default(),
            cells_by_column: BTreeMap::new(),
            fingerprint: XxHash64::with_seed(0),
            versions: (0, 0),
            side,
            gate,
            notice,
        }
    }

    /// Takes the next outcome. Returns its buffer, to be read into again.
    pub(crate) fn take(&mut self, mut outcome: Outcome, writers: &mut Writers) -> Result<Vec<u8>, Error> {
        self.count(&mut outcome);
        for issue in std::mem::take(&mut outcome.issues) {
            (self.notice)(issue);
        }
        if let Some(issue) = &outcome.failed {
            return Err(Error::invalid(issue));
        }
        let buffer = self.issues(&mut outcome, writers)?;
        for (table, piece) in outcome.pieces {
            self.cells.rounded += piece.counts.rounded;
            self.rows.add(table, &piece);
            writers.push(table, piece)?;
        }
        if let Some(reason) = outcome.fatal_outcome {
            self.intake.fatal_outcome(&outcome.input.name, &reason);
        }
        for reject in &outcome.rejects {
            self.reject(reject, writers)?;
        }
        for event in outcome.events {
            self.event(&outcome.input.name, event);
        }
        Ok(buffer)
    }

    /// Adds up what a chunk counted.
    fn count(&mut self, outcome: &mut Outcome) {
        self.ledger.add(&outcome.ledger);
        self.intake.pages.append(std::mem::take(&mut outcome.pages));
        if let Some(content) = outcome.content {
            self.fingerprint.write(&content.to_le_bytes());
        }
        self.cells.unresolved_keys += outcome.unresolved_keys;
        // A chunk never spans two inputs, so a start in it comes before all of its resources.
        if outcome.events.contains(&Event::InputStart) {
            self.versions = (0, 0);
        }
        self.versions.0 += outcome.not_r4;
        self.versions.1 += outcome.r4;
    }

    /// Cells and findings of a chunk, in the order of the input. Returns the chunk's buffer.
    fn issues(&mut self, outcome: &mut Outcome, writers: &Writers) -> Result<Vec<u8>, Error> {
        let mut cells = std::mem::take(&mut outcome.cells);
        self.rows.number(&mut cells, &outcome.pieces, writers);
        let mut cells = cells.into_iter().peekable();
        let gate = self.gate;
        let mut finding = |issue: Issue| {
            while let Some(cell) = cells.next_if(|cell| cell.byte() <= issue.byte) {
                self.cell(&cell, writers)?;
            }
            self.finding(issue, writers)
        };
        let found = std::mem::take(&mut outcome.findings);
        found.into_iter().try_for_each(|found| finding(found.issue))?;
        let mut buffer = std::mem::take(&mut outcome.buffer);
        if let (Some(chunk), Some((gate, max_depth))) = (outcome.overflow.take(), gate) {
            let mut taken = Ok(());
            buffer = gate.again(&chunk, buffer, max_depth, &mut |found| {
                if taken.is_ok() {
                    taken = finding(found.issue);
                }
            });
            taken?;
        }
        cells.try_for_each(|cell| self.cell(&cell, writers))?;
        Ok(buffer)
    }

    /// A cell that is null although the data has something there.
    fn cell(&mut self, cell: &PendingCell, writers: &Writers) -> Result<(), Error> {
        let (kind, count) = match cell.reason {
            Reason::Ambiguous => ("ambiguous", &mut self.cells.ambiguous),
            _ => ("unfit", &mut self.cells.unfit),
        };
        *count += 1;
        let table = &self.tables.at(cell.table).name;
        *self.cells_by_column.entry((table.clone(), cell.field.clone(), kind)).or_default() += 1;
        match self.side.issues(writers.tree())? {
            Some(out) => cell.write(table, out).map_err(|error| crate::side_files::failed(&error)),
            None => Ok(()),
        }
    }

    /// What validation found stands in `_issues.ndjson`; errors are told besides.
    fn finding(&mut self, issue: Issue, writers: &Writers) -> Result<(), Error> {
        self.verdict.note(&issue);
        if let Some(out) = self.side.issues(writers.tree())? {
            let wrote = serde_json::to_writer(&mut *out, &issue).map_err(std::io::Error::from);
            wrote.and_then(|()| out.write_all(b"\n")).map_err(|error| crate::side_files::failed(&error))?;
        }
        if issue.severity.reaches(Severity::Error) {
            (self.notice)(issue);
        }
        Ok(())
    }

    /// Adds what one thread checked.
    pub(crate) fn checked(&mut self, checked: fhirkit_validate::Checked) {
        checked.add_to(&mut self.verdict);
    }

    fn reject(&mut self, reject: &Reject, writers: &Writers) -> Result<(), Error> {
        self.rejected += 1;
        self.intake.reject(reject);
        if let Some(out) = self.side.rejects(writers.tree())? {
            rejects::write(reject, out).map_err(|error| crate::side_files::failed(&error))?;
        }
        Ok(())
    }

    fn event(&mut self, file: &Arc<str>, event: Event) {
        match event {
            Event::InputStart => self.fingerprint.write(file.as_bytes()),
            Event::InputEnd { .. } => {
                let (not_r4, r4) = self.versions;
                if not_r4 > 0 && r4 > 0 {
                    self.mixed_files.push(MixedFile { file: file.to_string(), not_r4, r4 });
                }
            }
            _ => {}
        }
        if let Some(issue) = self.intake.event(file, event) {
            (self.notice)(issue);
        }
    }

    /// What only the whole input tells. Hands the side files over to be closed.
    pub(crate) fn end(&mut self) -> SideFiles {
        self.intake.end();
        std::mem::take(&mut self.side)
    }

    /// A hash of the names of the inputs and the bytes of all entries, in order.
    pub(crate) fn fingerprint(&self) -> u64 {
        self.fingerprint.finish()
    }

    /// Whether no input held anything that could be FHIR: not a named resource, a Bundle, or a damaged one.
    pub(crate) fn nothing_readable(&self) -> bool {
        self.ledger.types.is_empty()
            && self.intake.pages.bundle_count == 0
            && self.intake.incomplete.is_empty()
            && self.ledger.rejected_entries == self.ledger.not_resources
    }

    /// What was said of inputs without FHIR: errors when nothing else was read; else an empty file, which bulk exports
    /// hold, is worth a warning.
    pub(crate) fn tell_held(&mut self, nothing_readable: bool) {
        self.intake.held(nothing_readable).into_iter().for_each(&mut *self.notice);
    }

    /// Said when nothing else explains why there is nothing: a folder without files, an empty list.
    pub(crate) fn tell_nothing(&mut self) {
        if self.rejected == 0 && self.intake.unreadable_inputs == 0 {
            (self.notice)(Issue::new(&rules::IO_EMPTY, "the inputs hold no FHIR resource"));
        }
    }
}
