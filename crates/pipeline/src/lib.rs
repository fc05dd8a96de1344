//! Source to workers to outputs: order, memory, cancellation, progress, ledger.
//!
//! Three jobs go the same way: a reader thread cuts the inputs into chunks, worker threads parse each chunk once, and
//! the caller's thread takes what became of it. The result is the same for any number of threads, and memory is bounded
//! by the limits of the request, not by the input.
//!
//! - [`export`] runs every chosen view over the resources and writes tables; an [`ExportReport`] says what became of
//!   the input.
//! - [`validate::validate`] checks every resource and hands what it finds to [`validate::Reports`].
//! - [`summary::summarize`] counts what the inputs hold.
//!
//! ```
//! use std::sync::Arc;
//! use fhirkit_pipeline::{ExportRequest, Output, Progress, export};
//!
//! let folder = tempfile::tempdir()?;
//! let input = folder.path().join("members.ndjson");
//! std::fs::write(&input, "{\"resourceType\":\"Patient\",\"id\":\"a\"}\n")?;
//!
//! let out = folder.path().join("out");
//! let request = ExportRequest::new(vec![input.display().to_string()], Output::Folder(out.clone()));
//! let report = export(&request, &Arc::new(Progress::default()), &mut |issue| panic!("{issue}"))?;
//! assert_eq!(report.ledger.total().own_row, 1);
//! assert!(out.join("patient/part-00000.parquet").exists());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Left out on purpose: no arguments, no terminal, no exit codes; those are the command line's.

mod admission;
mod cells;
mod collector;
mod column_elements;
mod elements;
mod envelopes;
mod error;
mod export;
mod finish;
mod gate;
mod guard;
mod held;
mod intake;
mod ledger;
mod packages;
mod place;
mod progress;
mod rejects;
mod report;
mod request;
mod row_numbers;
mod run;
mod side_files;
mod stubs;
pub mod summary;
mod tables;
mod tokens;
pub mod validate;
mod visit;
mod worker;

pub use error::{Error, ErrorKind};
pub use export::export;
pub use gate::{Gate, OnInvalid};
pub use ledger::{ClaimCounts, Fate, Ledger, TypeCounts};
pub use progress::Progress;
pub use report::{CellCounts, ExportReport, Incomplete, MixedFile, TableReport};
pub use request::{ExportRequest, Limits, Output, Selection, ViewFile};
