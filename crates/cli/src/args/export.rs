//! `fhirkit export` as clap reads it.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum, ValueHint};
use fhirkit_sink::{Compression, Decimals};

use super::TEMPLATE;

/// `fhirkit export`.
#[derive(Debug, Args)]
#[command(help_template = TEMPLATE, before_help = "\
Examples:
  fhirkit export members -o out/                      every table with rows, as Parquet
  fhirkit export 'in/*.ndjson.gz' --table claim_line -o lines.csv
  fhirkit export - --table observation --format ndjson -o - < bulk.ndjson | head -1
  fhirkit export members --view mine.json -o out/     a SQL-on-FHIR ViewDefinition of your own")]
pub(crate) struct ExportArgs {
    /// Files, folders, globs, or - for stdin
    #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) inputs: Vec<String>,

    /// Folder for the tables; one table may go to a file or to - (stdout)
    #[arg(short, long, value_name = "DIR|FILE|-", value_hint = ValueHint::AnyPath, required = true)]
    #[arg(help_heading = "Output")]
    pub(crate) output: PathBuf,
    /// parquet, csv or ndjson [default: by the file's ending, else parquet]
    #[arg(long, value_name = "FORMAT", hide_possible_values = true, help_heading = "Output")]
    pub(crate) format: Option<Format>,
    /// Replace what stands there: any file, or a folder that fhirkit wrote
    #[arg(long, help_heading = "Output")]
    pub(crate) overwrite: bool,
    /// File for rejected entries [default: _rejects.ndjson in DIR, FILE.rejects.ndjson]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub(crate) rejects: Option<PathBuf>,
    /// Write nothing when an entry is rejected or the input is partial
    #[arg(long, help_heading = "Output")]
    pub(crate) strict: bool,
    /// Severity of issues that makes the exit code 1: error or warning
    #[arg(long, value_name = "SEVERITY", default_value = "error", hide_possible_values = true)]
    #[arg(help_heading = "Output")]
    pub(crate) fail_on: FailOn,
    /// Do not wait until the disk has the output
    #[arg(long, help_heading = "Output")]
    pub(crate) no_sync: bool,

    /// Check every resource on its way, as fhirkit validate does
    #[arg(long, help_heading = "Output")]
    pub(crate) validate: bool,
    /// Resources with errors: keep, quarantine (in the rejects), drop or fail
    #[arg(long, value_name = "WHAT", default_value = "quarantine", hide_possible_values = true)]
    #[arg(help_heading = "Output", requires = "validate")]
    pub(crate) on_invalid: OnInvalid,
    /// Guide to check against, as for fhirkit validate; may be repeated
    #[arg(long, value_name = "NAME@VERSION|FILE", value_delimiter = ',')]
    #[arg(help_heading = "Output", requires = "validate")]
    pub(crate) ig: Vec<String>,

    /// A ViewDefinition of your own (JSON); may be repeated
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Tables")]
    pub(crate) view: Vec<PathBuf>,
    /// A built-in table, written even when empty; may be repeated
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "Tables")]
    pub(crate) table: Vec<String>,
    /// A pack of tables: common, payer, clinical [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "Tables")]
    pub(crate) pack: Vec<String>,
    /// Leave out _source_file, _source_line, _entry_index, _source_offset
    #[arg(long, help_heading = "Tables")]
    pub(crate) no_lineage: bool,

    /// zstd(1..22), snappy, lz4 or none
    #[arg(long, value_name = "CODEC", default_value = "zstd(3)")]
    #[arg(help_heading = "Parquet")]
    pub(crate) compression: Compression,
    /// Rows of a row group
    #[arg(long, value_name = "N", default_value_t = 131_072, value_parser = clap::value_parser!(u64).range(1..=16_777_216))]
    #[arg(help_heading = "Parquet")]
    pub(crate) row_group_rows: u64,
    /// Rows of a file [default: one file a table]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Parquet")]
    pub(crate) max_file_rows: Option<u64>,
    /// Column to make Hive-style folders of
    #[arg(long, value_name = "COLUMN", help_heading = "Parquet")]
    pub(crate) partition_by: Option<String>,
    /// Decimals: decimal(p,s), text or double
    #[arg(long, value_name = "TYPE", default_value = "decimal(38,18)")]
    #[arg(help_heading = "Parquet")]
    pub(crate) decimal: Decimals,
    /// Round decimals with more digits than the scale, half to even; counted
    #[arg(long, help_heading = "Parquet")]
    pub(crate) round: bool,

    /// What stands for null [default: nothing; an empty string is ""]
    #[arg(long, value_name = "TEXT", help_heading = "CSV")]
    pub(crate) null_string: Option<String>,
    /// Begin files with a byte order mark, for spreadsheets
    #[arg(long, help_heading = "CSV")]
    pub(crate) bom: bool,
    /// Put ' before text that a spreadsheet would take for a formula
    #[arg(long, help_heading = "CSV")]
    pub(crate) csv_guard: bool,
}

/// What becomes of resources with errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnInvalid {
    /// Into the tables.
    Keep,
    /// To the rejects.
    Quarantine,
    /// Nowhere.
    Drop,
    /// The run ends.
    Fail,
}

impl From<OnInvalid> for fhirkit_pipeline::OnInvalid {
    fn from(what: OnInvalid) -> Self {
        match what {
            OnInvalid::Keep => Self::Keep,
            OnInvalid::Quarantine => Self::Quarantine,
            OnInvalid::Drop => Self::Drop,
            OnInvalid::Fail => Self::Fail,
        }
    }
}

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Apache Parquet.
    Parquet,
    /// CSV as in RFC 4180.
    Csv,
    /// One JSON object a line.
    Ndjson,
}

/// From which severity on issues make the exit code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Errors.
    Error,
    /// Errors and warnings.
    Warning,
}
