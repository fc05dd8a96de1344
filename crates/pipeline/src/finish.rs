//! The end of a run: close, describe, commit.

use fhirkit_sink::{FileEntry, Manifest, Writers};
use serde_json::{Value, json};

use crate::collector::Collector;
use crate::packages;
use crate::report::{ExportReport, TableReport};
use crate::tables::Tables;
use crate::{Error, ExportRequest};

/// Closes every file, writes the manifest, and gives the output its name, unless the run has nothing to show or was
/// told to be strict. What went to a stream cannot be taken back, unless the table `is_held`.
pub(crate) fn finish(
    request: &ExportRequest,
    tables: &Tables,
    mut collector: Collector<'_>,
    writers: Writers,
    is_held: bool,
) -> Result<ExportReport, Error> {
    let closed = collector.end().close()?;
    let (files, tree) = writers.finish()?;
    let reports = table_reports(tables, &files);
    let mut manifest = Manifest::new(tables.sink(), files)?;
    for file in &closed.files {
        manifest.add_file(file.clone());
    }
    manifest.section("input", collector.input_section());
    manifest.section("ledger", collector.ledger_section(&reports));
    manifest.section("issues", collector.issues_section());
    if request.gate.is_some() {
        manifest.section(
            "validation",
            json!({"severities": collector.verdict.severities, "rules": collector.verdict.rules}),
        );
    }
    let mut report = ExportReport {
        tables: reports,
        cells: collector.cells,
        rejected: collector.rejected,
        rejects_file: closed.rejects,
        issues_file: closed.issues,
        inputs: collector.intake.inputs,
        unreadable_inputs: collector.intake.unreadable_inputs,
        nothing_readable: collector.nothing_readable(),
        ..ExportReport::default()
    };
    collector.tell_held(report.nothing_readable);
    if report.nothing_readable {
        collector.tell_nothing();
    }
    if let Some(gate) = &request.gate {
        let mut verdict = std::mem::take(&mut collector.verdict);
        verdict.input_count = report.inputs;
        verdict.rejected_count = collector.ledger.rejected_entries + collector.ledger.total().not_r4;
        verdict.is_incomplete = !collector.intake.incomplete.is_empty();
        verdict.packages = packages::used(gate.validator.definitions(), &gate.packages, &verdict);
        report.verdict = Some(verdict);
    }
    report.ledger = collector.ledger;
    report.incomplete = collector.intake.incomplete;
    report.mixed_files = collector.mixed_files;
    let is_unclean =
        report.nothing_readable || request.strict && (report.rejected > 0 || !report.incomplete.is_empty());
    report.withheld = is_unclean && (is_held || !tree.is_stream());
    if !report.withheld {
        tree.commit(&manifest)?;
    }
    Ok(report)
}

fn table_reports(tables: &Tables, files: &[FileEntry]) -> Vec<TableReport> {
    tables
        .iter()
        .map(|table| {
            let own = files.iter().filter(|file| file.table.as_deref() == Some(&*table.name));
            let mut report = TableReport { name: table.name.clone(), rows: 0, files: 0, bytes: 0 };
            for file in own {
                report.rows += file.rows.unwrap_or(0);
                report.files += 1;
                report.bytes += file.bytes;
            }
            report
        })
        .collect()
}

impl Collector<'_> {
    /// What was read. The fingerprint is a hash of the bytes of all entries, in order, with the inputs' names.
    fn input_section(&self) -> Value {
        json!({
            "files": self.intake.inputs,
            "resources": self.ledger.total().read,
            "fingerprint": format!("xxh64:{:016x}", self.fingerprint()),
        })
    }

    /// The ledger, with the lines and adjudications of both sides where both claim tables were chosen.
    fn ledger_section(&self, tables: &[TableReport]) -> Value {
        let rows = |name: &str| tables.iter().find(|table| table.name == name).map(|table| table.rows);
        let mut section = json!(self.ledger);
        if let Value::Object(section) = &mut section {
            section.insert("claim_line_rows".to_owned(), json!(rows("claim_line")));
            section.insert("claim_adjudication_rows".to_owned(), json!(rows("claim_adjudication")));
            section.insert("mixed_files".to_owned(), json!(self.mixed_files));
            section.insert("incomplete".to_owned(), json!(self.intake.incomplete));
        }
        section
    }

    /// Cells by kind, table and column.
    fn issues_section(&self) -> Value {
        let columns: Vec<Value> = self
            .cells_by_column
            .iter()
            .map(|((table, field, kind), count)| json!({"table": table, "field": field, "kind": kind, "cells": count}))
            .collect();
        json!({"cells": self.cells, "columns": columns})
    }
}
