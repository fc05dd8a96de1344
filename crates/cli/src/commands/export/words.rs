//! What an export says when it is done: tables, ledger, what stands where.

use std::time::Duration;

use fhirkit_issue::{counted, grouped};
use fhirkit_pipeline::{ExportReport, TableReport};

use crate::progress::took;
use crate::size;

/// The closing lines, most important last.
pub(crate) fn closing(
    report: &ExportReport,
    destination: &str,
    verbosity: u8,
    elapsed: Duration,
) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(tables(report, verbosity));
    lines.extend(cells(report));
    for mixed in &report.mixed_files {
        let refused = counted(mixed.not_r4, "resource", "resources");
        lines.push(format!(
            "  {}: {refused} refused as not R4, {} passed as R4",
            mixed.file,
            grouped(mixed.r4)
        ));
    }
    for incomplete in &report.incomplete {
        lines.push(format!("  incomplete: {}: {}", incomplete.file, incomplete.reason));
    }
    lines.push(ledger(report));
    lines.extend(report.verdict.iter().flat_map(|verdict| verdict.lines()).map(|line| format!("  {line}")));
    lines.extend(rejected(report));
    lines.push(if report.withheld {
        format!("  nothing was written to {destination} · {}", took(elapsed))
    } else if destination == "-" {
        format!("  {}", took(elapsed))
    } else {
        format!("  → {destination} · {}", took(elapsed))
    });
    lines
}

/// Said when only the first issues were shown.
pub(crate) fn not_shown(count: u64) -> String {
    format!("  … and {} (-v shows all)", counted(count, "more issue", "more issues"))
}

/// Tables with rows in one line; with `-vv` every table in a line of its own.
fn tables(report: &ExportReport, verbosity: u8) -> Vec<String> {
    if verbosity > 1 {
        let line = |table: &TableReport| {
            let files = counted(table.files, "file", "files");
            format!("  {} {} ({files}, {})", table.name, grouped(table.rows), size::human(table.bytes))
        };
        return report.tables.iter().map(line).collect();
    }
    let with_rows = report.tables.iter().filter(|table| table.rows > 0 || table.files > 0);
    let names: Vec<String> =
        with_rows.map(|table| format!("{} {}", table.name, grouped(table.rows))).collect();
    if names.is_empty() { Vec::new() } else { vec![format!("  {}", names.join(" · "))] }
}

fn cells(report: &ExportReport) -> Vec<String> {
    let cells = &report.cells;
    let mut lines = Vec::new();
    if cells.unfit + cells.ambiguous > 0 {
        let (unfit, ambiguous) = (grouped(cells.unfit), grouped(cells.ambiguous));
        let what = match (cells.unfit, cells.ambiguous) {
            (_, 0) => format!("{unfit} did not fit the column's type"),
            (0, _) => format!("{ambiguous} met several values"),
            _ => format!("{unfit} did not fit the column's type, {ambiguous} met several values"),
        };
        let file = pointer(report, report.issues_file.as_deref());
        lines.push(format!("  warning: cells without a typed value: {what}{file}"));
    }
    if cells.rounded > 0 {
        lines.push(format!("  rounded: {}", counted(cells.rounded, "decimal", "decimals")));
    }
    if cells.unresolved_keys > 0 {
        let keys = counted(cells.unresolved_keys, "key is", "keys are");
        lines.push(format!("  {keys} null: behind urn:, conditional, contained or malformed references"));
    }
    lines
}

/// `ledger: 886 of 886 resources, 333 of 333 lines, 1,204 of 1,204 adjudications`
fn ledger(report: &ExportReport) -> String {
    let total = report.ledger.total();
    let mut text =
        format!("  ledger: {} of {}", grouped(total.own_row + total.other_resource), resources(total.read));
    let claims = &report.ledger.claims;
    let rows = |name: &str| report.tables.iter().find(|table| table.name == name).map(|table| table.rows);
    if let Some(rows) = rows("claim_line").filter(|_| claims.lines > 0) {
        text.push_str(&format!(", {} of {}", grouped(rows), counted(claims.lines, "line", "lines")));
    }
    if let Some(rows) = rows("claim_adjudication").filter(|_| claims.adjudications > 0) {
        let all = counted(claims.adjudications, "adjudication", "adjudications");
        text.push_str(&format!(", {} of {all}", grouped(rows)));
    }
    let rest = [
        (total.not_selected, "taken by no chosen table"),
        (total.dropped, "dropped as invalid"),
        (total.operation_outcome, "OperationOutcome"),
        (total.not_r4, "refused as not R4"),
        (total.rejected + report.ledger.rejected_entries, "rejected"),
    ];
    for (count, word) in rest.into_iter().filter(|(count, _)| *count > 0) {
        text.push_str(&format!(" · {} {word}", grouped(count)));
    }
    text
}

/// Where to look: nowhere when the file was withheld with the rest.
fn pointer(report: &ExportReport, file: Option<&str>) -> String {
    file.filter(|_| !report.withheld).map_or_else(String::new, |file| format!(" → {file}"))
}

fn resources(count: u64) -> String {
    counted(count, "resource", "resources")
}

fn rejected(report: &ExportReport) -> Vec<String> {
    let mut lines = Vec::new();
    if report.rejected > 0 {
        let entries = report.ledger.total().read + report.ledger.rejected_entries;
        let file = pointer(report, report.rejects_file.as_deref());
        let all = counted(entries, "entry", "entries");
        lines.push(format!("  {} of {all} rejected{file}", grouped(report.rejected)));
    }
    if report.unreadable_inputs > 0 {
        lines.push(format!(
            "  {} of {} held no FHIR",
            report.unreadable_inputs,
            counted(report.inputs, "file", "files")
        ));
    }
    lines
}
