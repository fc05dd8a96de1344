//! Arrow batches to Parquet, CSV and NDJSON files, whole or not at all.
//!
//! - [`Sink`] settles once how the rows of each [`Table`] become bytes. Workers call
//!   [`Sink::convert`] on their batches, whose decimals, dates and times are text as written: Parquet
//!   gets them typed, exactly; what does not fit is null there and comes back as a [`Misfit`].
//! - [`Writers`] belongs to one thread, the collector. It takes the pieces in input order, cuts them
//!   into blocks and row groups by the rows alone, gives full groups out as [`Job`]s for any thread
//!   to encode, and splices them in order: the same rows give the same bytes.
//! - [`OutputTree`] is where the files go: a hidden place until [`OutputTree::commit`].
//!
//! ```
//! use std::collections::HashMap;
//! use std::sync::Arc;
//! use arrow_array::{RecordBatch, StringArray};
//! use arrow_schema::{DataType, Field, Schema};
//! use fhirkit_sink::{CsvOptions, Format, Manifest, Options, OutputTree, Sink, Table, Target, TreeOptions, Writers};
//!
//! let meta = HashMap::from([("fhirkit:target".to_owned(), "decimal".to_owned())]);
//! let schema = Arc::new(Schema::new(vec![Field::new("net", DataType::Utf8, true).with_metadata(meta)]));
//! let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(StringArray::from(vec!["1.10", "1E-245"]))])?;
//!
//! let place = tempfile::tempdir()?;
//! let out = place.path().join("out");
//! let tree = OutputTree::create(Target::Folder(out.clone()), TreeOptions::default())?;
//! let sink = Arc::new(Sink::new(Format::Csv(CsvOptions::default()), vec![Table::new("claim", schema)], Options::default())?);
//! let mut writers = Writers::new(Arc::clone(&sink), tree)?;
//! let piece = sink.convert(0, batch, Vec::new())?;
//! assert_eq!(piece.misfits[0].text, "1E-245");
//! writers.push(0, piece)?;
//! let (files, tree) = writers.finish()?;
//! tree.commit(&Manifest::new(&sink, files)?)?;
//! assert_eq!(std::fs::read_to_string(out.join("claim/part-00000.csv"))?, "net\r\n1.10\r\n1E-245\r\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Left out: where the rows come from, the threads that convert and encode, the wording of issues.

mod cells;
mod column;
mod error;
mod job;
mod manifest;
mod misfit;
mod open_file;
mod options;
mod parquet_file;
mod partition;
mod piece;
mod sink;
mod size;
mod statistics;
mod text;
mod tree;
mod typed;
pub mod values;
mod waiting;
mod writers;

pub use error::{Error, Kind};
pub use job::{Done, Job};
pub use manifest::{FileEntry, MANIFEST, Manifest};
pub use misfit::{Misfit, Reason};
pub use options::{
    Compression, CsvOptions, Decimals, Format, Options, ParquetOptions, ROW_GROUP_ROWS, Table,
};
pub use piece::{Counts, Piece};
pub use sink::Sink;
pub use tree::{Fate, FileSet, Leftover, OutputTree, Target, TreeFile, TreeOptions, Written};
pub use writers::Writers;
