//! What a caller asks of an export.

use std::path::PathBuf;

use fhirkit_sink::{Format, Options, ParquetOptions};

/// Everything that decides the bytes of an export, and the limits it runs in.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// Files, folders, globs, or `-` for standard input, in the order given.
    pub inputs: Vec<String>,
    /// A stream of the program's own, read after the inputs.
    pub stream: Option<fhirkit_source::Input>,
    /// Where the tables go.
    pub output: Output,
    /// The format of the tables.
    pub format: Format,
    /// Decimals, sizes of files, partitions.
    pub sink: Options,
    /// Which tables.
    pub selection: Selection,
    /// Whether the built-in tables have their lineage columns.
    pub lineage: bool,
    /// Whether an earlier export at the same place may be replaced.
    pub overwrite: bool,
    /// Whether files are synced to the disk before they get their names.
    pub sync: bool,
    /// Where rejected entries go; `None`: beside the tables.
    pub rejects: Option<PathBuf>,
    /// Whether and how resources are validated on their way.
    pub gate: Option<crate::Gate>,
    /// Whether a rejected entry or partial input means that nothing is written.
    pub strict: bool,
    /// The folder for temporary files; `None`: the system's. A `strict` table for standard output waits there.
    pub tmp_dir: Option<PathBuf>,
    /// The limits of the run.
    pub limits: Limits,
}

impl ExportRequest {
    /// An export of `inputs` into the folder `output` with every default: all built-in tables as Parquet.
    pub fn new(inputs: Vec<String>, output: Output) -> Self {
        ExportRequest {
            inputs,
            stream: None,
            output,
            format: Format::Parquet(ParquetOptions::default()),
            sink: Options::default(),
            selection: Selection::default(),
            lineage: true,
            overwrite: false,
            sync: true,
            rejects: None,
            gate: None,
            strict: false,
            tmp_dir: None,
            limits: Limits::default(),
        }
    }
}

/// Where the tables go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// A folder, one folder a table in it.
    Folder(PathBuf),
    /// One file for the one table.
    File(PathBuf),
    /// Standard output, for the one table.
    Stdout,
}

/// Which tables are written. Everything empty means all built-in tables.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// The user's own ViewDefinitions.
    pub views: Vec<ViewFile>,
    /// Built-in tables by name; these are written even when they are empty.
    pub tables: Vec<String>,
    /// Packs of built-in tables by name.
    pub packs: Vec<String>,
}

/// A ViewDefinition as the user wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewFile {
    /// What it is called in messages: its path.
    pub path: String,
    /// Its JSON.
    pub json: String,
}

/// The limits of a run.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Worker threads; `None`: as many as the machine has cores.
    pub threads: Option<usize>,
    /// Bytes of resident memory that the whole process may reach.
    pub memory: u64,
    /// Bytes of the largest entry that is read.
    pub max_entry: u64,
    /// Levels of JSON nesting.
    pub max_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            threads: None,
            memory: 256 << 20,
            max_entry: 128 << 20,
            max_depth: fhirkit_tape::DEFAULT_MAX_DEPTH,
        }
    }
}
