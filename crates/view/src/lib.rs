//! Tables from FHIR: a ViewDefinition of SQL on FHIR compiled once, run over the tape, delivered as Arrow batches.
//!
//! [`ViewDefinition`] is a view as written, [`View`] the same compiled against the definitions, [`Rows`] gathers its
//! rows from one document after the other and gives them away as a [`Batch`]. The built-in tables ([`built_in`]) are
//! ViewDefinitions too, run by the same engine; `other_resource` takes what has no row of its own.
//!
//! A batch carries what the document says: decimals and dates are text as written, the field says what they should
//! become ([`TARGET`]); what does not fit its column is null there and stands in [`Batch::misfits`]. Turning text into
//! decimals and instants, files and their formats are the sink's; reading input is the source's.
//!
//! ```
//! use fhirkit_definitions::Definitions;
//! use fhirkit_tape::{Span, Tape};
//! use fhirkit_view::{Options, Place, Rows, Scratch, View, ViewDefinition};
//!
//! let definition = ViewDefinition::from_json(br#"{
//!     "resourceType": "ViewDefinition", "name": "names", "resource": "Patient",
//!     "select": [
//!         {"column": [{"name": "id", "path": "getResourceKey()"}]},
//!         {"forEach": "name", "column": [{"name": "family", "path": "family"}]}
//!     ]
//! }"#)?;
//! let view = View::compile(Definitions::embedded()?, &definition, Options::default())?;
//!
//! let json = br#"{"resourceType": "Patient", "id": "p1", "name": [{"family": "Fey"}, {"family": "May"}]}"#;
//! let mut tape = Tape::new();
//! tape.load(json.to_vec());
//! let root = tape.parse(Span::new(0, json.len() as u32))?;
//!
//! let mut rows = Rows::new();
//! rows.append(&view, &tape, root, &Place::default(), &mut Scratch::new())?;
//! let batch = rows.finish(&view, &tape)?;
//! assert_eq!(batch.record.num_rows(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod batch;
mod built_in;
mod cell;
mod columns;
mod compile;
mod dates;
mod definition;
mod error;
mod family;
mod fill;
mod keys;
mod lineage;
mod memo;
mod other;
mod paths;
mod place;
mod plan;
mod recall;
mod recurring;
mod rows;
mod run;
mod scratch;
mod steps;
mod suggest;
mod types;
mod view;

pub use batch::{Batch, Misfit, Reason};
pub use built_in::{BuiltIn, ColumnInfo, built_in};
pub use definition::{Column, Constant, Filter, Iteration, Select, ViewDefinition};
pub use error::{Error, Kind, RowError};
pub use place::Place;
pub use rows::Rows;
pub use scratch::Scratch;
pub use types::{FHIR_TYPE, KEY, TARGET};
pub use view::{Options, View};
