//! Takes the outcomes of chunks in input order and puts everything where it belongs.

use std::collections::BTreeMap;
use std::io::Write;

use fhirkit_issue::{Issue, rules};
use fhirkit_sink::{Reason, Writers};
use fhirkit_source::{Event, Reject};

use crate::envelopes::Pages;
use crate::ledger::Ledger;
use crate::report::{CellCounts, Incomplete, MixedFile};
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
    pub(crate) incomplete: Vec<Incomplete>,
    pub(crate) mixed_files: Vec<MixedFile>,
    pub(crate) inputs: u64,
    pub(crate) unreadable_inputs: u64,
    pub(crate) cells_by_column: BTreeMap<(usize, String, &'static str), u64>,
    pages: Pages,
    /// Of the input at hand: resources refused as not R4, and resources that passed.
    versions: (u64, u64),
    side: SideFiles,
    notice: &'a mut dyn FnMut(Issue),
}

impl<'a> Collector<'a> {
    pub(crate) fn new(tables: &'a Tables, side: SideFiles, notice: &'a mut dyn FnMut(Issue)) -> Self {
        Collector {
            tables,
            ledger: Ledger::default(),
            cells: CellCounts::default(),
            rejected: 0,
            incomplete: Vec::new(),
            mixed_files: Vec::new(),
            inputs: 0,
            unreadable_inputs: 0,
            cells_by_column: BTreeMap::new(),
            pages: Pages::default(),
            versions: (0, 0),
            side,
            notice,
        }
    }

    /// Takes the next outcome. Returns its buffer, to be read into again.
    pub(crate) fn take(&mut self, outcome: Outcome, writers: &mut Writers) -> Result<Vec<u8>, Error> {
        let Outcome { input, pieces, cells, rejects, issues, events, ledger, buffer, .. } = outcome;
        let name = &*input.name;
        self.ledger.add(&ledger);
        self.cells.unresolved_keys += outcome.unresolved_keys;
        self.versions.0 += outcome.not_r4;
        self.versions.1 += outcome.r4;
        for cell in &cells {
            let row = writers.row_count(cell.table) + cell.row;
            let kind = match cell.reason {
                Reason::Ambiguous => "ambiguous",
                _ => "unfit",
            };
            *if kind == "ambiguous" { &mut self.cells.ambiguous } else { &mut self.cells.unfit } += 1;
            *self.cells_by_column.entry((cell.table, cell.field.clone(), kind)).or_default() += 1;
            if let Some(out) = self.side.issues(writers.tree())? {
                let wrote = cell.write(&self.tables.at(cell.table).name, row, out).and_then(|()| out.write_all(b"\n"));
                wrote.map_err(|error| crate::side_files::failed(&error))?;
            }
        }
        for (table, piece) in pieces {
            self.cells.rounded += piece.counts.rounded;
            writers.push(table, piece)?;
        }
        for issue in issues {
            (self.notice)(issue);
        }
        if let Some(reason) = outcome.fatal_outcome {
            let reason = format!("a fatal OperationOutcome among the entries ({reason})");
            self.incomplete.push(Incomplete { file: name.to_owned(), reason });
        }
        for reject in &rejects {
            self.reject(reject, writers)?;
        }
        for event in events {
            self.event(name, event);
        }
        Ok(buffer)
    }

    fn reject(&mut self, reject: &Reject, writers: &Writers) -> Result<(), Error> {
        self.rejected += 1;
        if reject.incomplete {
            self.incomplete.push(Incomplete { file: reject.input.to_string(), reason: reject.message.clone() });
        }
        if let Some(out) = self.side.rejects(writers.tree())? {
            rejects::write(reject, out).map_err(|error| crate::side_files::failed(&error))?;
        }
        Ok(())
    }

    fn event(&mut self, file: &str, event: Event) {
        match event {
            Event::InputStart => {
                self.inputs += 1;
                self.versions = (0, 0);
            }
            Event::Envelope { bytes, .. } => self.pages.see(file, &bytes),
            Event::Empty => {
                self.unreadable_inputs += 1;
                (self.notice)(Issue::new(&rules::IO_EMPTY, "expected FHIR JSON, found nothing").in_file(file));
            }
            Event::NotFhir { what, begins } => {
                self.unreadable_inputs += 1;
                let message = format!("{file} is {what}, not JSON (begins {begins:?})");
                let mut issue = Issue::new(&rules::IO_NOT_FHIR, message).in_file(file);
                if what == "HTML" {
                    issue = issue.with_help("the server may have sent a login page or an error page");
                }
                (self.notice)(issue);
            }
            Event::Warning { rule, message, byte, line } => {
                if let Some(rule) = rules::find(rule) {
                    let mut issue = Issue::new(rule, message).in_file(file).at_byte(byte);
                    issue.line = Some(line);
                    (self.notice)(issue);
                }
            }
            Event::InputEnd { .. } => {
                let (not_r4, r4) = self.versions;
                if not_r4 > 0 && r4 > 0 {
                    self.mixed_files.push(MixedFile { file: file.to_owned(), not_r4, r4 });
                }
            }
            _ => {}
        }
    }

    /// What only the whole input tells. Hands the side files over to be closed.
    pub(crate) fn end(&mut self) -> SideFiles {
        for (file, next) in self.pages.missing() {
            let reason = format!("the next page is not among the inputs ({next})");
            self.incomplete.push(Incomplete { file, reason });
        }
        std::mem::take(&mut self.side)
    }
}
