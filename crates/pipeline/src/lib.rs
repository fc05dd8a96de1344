//! Source to workers to outputs: order, memory, cancellation, progress, ledger.
//!
//! [`export`] takes an [`ExportRequest`] and returns an [`ExportReport`]. A reader thread cuts the inputs into
//! chunks, worker threads parse each chunk once and run every chosen view over it, and the caller's thread collects
//! the rows in input order. The output is the same bytes for any number of threads, and memory is bounded by
//! [`Limits::memory`], not by the input.
//!
//! ```no_run
//! use std::sync::Arc;
//! use fhirkit_pipeline::{ExportRequest, Output, Progress, export};
//!
//! let request = ExportRequest::new(vec!["members".to_owned()], Output::Folder("out".into()));
//! let progress = Arc::new(Progress::default());
//! let report = export(&request, &progress, &mut |issue| eprintln!("{issue}"))?;
//! println!("{} resources", report.ledger.total().read);
//! # Ok::<(), fhirkit_pipeline::Error>(())
//! ```
//!
//! Left out on purpose: no arguments, no terminal, no exit codes; those are the command line's.

mod admission;
mod cells;
mod collector;
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
mod run;
mod side_files;
pub mod summary;
mod tables;
mod tokens;
pub mod validate;
mod worker;

pub use error::{Error, ErrorKind};
pub use export::export;
pub use gate::{Gate, OnInvalid};
pub use ledger::{ClaimCounts, Fate, Ledger, TypeCounts};
pub use progress::Progress;
pub use report::{CellCounts, ExportReport, Incomplete, MixedFile, TableReport};
pub use request::{ExportRequest, Limits, Output, Selection, ViewFile};
