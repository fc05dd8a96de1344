//! What an export did, for whoever asked.

use serde::Serialize;

use crate::Ledger;

/// The result of an export that was written (or, with `strict`, deliberately not).
#[derive(Debug, Clone, Default)]
pub struct ExportReport {
    /// Every chosen table, in order, also those without rows.
    pub tables: Vec<TableReport>,
    /// What came in and where it went.
    pub ledger: Ledger,
    /// Cells that are null in a typed column, by kind.
    pub cells: CellCounts,
    /// Entries and resources in the rejects, refused ones included.
    pub rejected: u64,
    /// Where the rejects stand; `None` when there are none or nobody asked for the file.
    pub rejects_file: Option<String>,
    /// Where the issues about cells stand; `None` when there are none or the output is a stream.
    pub issues_file: Option<String>,
    /// Inputs and records that are known to be partial, with the reason.
    pub incomplete: Vec<Incomplete>,
    /// Files that hold R4 and older resources side by side.
    pub mixed_files: Vec<MixedFile>,
    /// What validation checked and found, where it was asked for.
    pub verdict: Option<fhirkit_issue::Verdict>,
    /// Inputs read.
    pub inputs: u64,
    /// Inputs that hold no FHIR: empty, HTML, unreadable.
    pub unreadable_inputs: u64,
    /// No input held anything that could be FHIR.
    pub nothing_readable: bool,
    /// Nothing was written: `strict` with rejects or partial input, or nothing readable.
    pub withheld: bool,
}

/// One table of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableReport {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// Its files.
    pub files: u64,
    /// The bytes of its files.
    pub bytes: u64,
}

/// Cells that are null in a typed column although the data has something there, and keys that are not resolved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CellCounts {
    /// Values that do not fit their column; their text stands in `_issues.ndjson`.
    pub unfit: u64,
    /// Cells of built-in tables that meet several values; they stand in `_issues.ndjson`.
    pub ambiguous: u64,
    /// Decimals rounded because that was asked for.
    pub rounded: u64,
    /// Keys behind a `urn:`, conditional, contained or malformed reference: null.
    pub unresolved_keys: u64,
}

/// A record that is known to be partial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Incomplete {
    /// The input.
    pub file: String,
    /// Why.
    pub reason: String,
}

/// A file that holds R4 and older resources side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MixedFile {
    /// The input.
    pub file: String,
    /// Resources refused.
    pub not_r4: u64,
    /// Resources that passed as R4.
    pub r4: u64,
}
