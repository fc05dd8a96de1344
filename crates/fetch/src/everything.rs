//! A member's whole record: `Patient/{id}/$everything` (FHIR R4, Patient operations), page by page, to its end.
//!
//! [`EverythingPages`] downloads one page while its reader works on the one before. A page counts only when it is
//! complete and parsed; it then lies in the journal, a private folder, before it is handed on, so that a run that was
//! killed goes on where it stopped. [`fetch`] writes the record to a file, [`stream`] hands its lines to whoever reads
//! them meanwhile; both end with a [`Receipt`].

mod compact;
mod download;
mod fetch;
mod journal;
mod output;
mod page;
mod pages;
mod plan;
mod receipt;
mod request;
mod run;
mod seen;
mod stream;
mod tally;

pub(crate) use page::{is_failure, worst};
pub(crate) use plan::{add, at};
pub(crate) use request::{is_time, is_type, not_an_id};
pub(crate) use tally::note_outcome;

pub use fetch::{Fetched, fetch};
pub use output::{Format, Output};
pub use page::{Entry, Page};
pub use pages::{Arrival, EverythingPages};
pub use receipt::{Outcomes, Receipt};
pub use request::{Limits, Request};
pub use run::Progress;
pub use seen::Seen;
pub use stream::{Streamed, stream};
