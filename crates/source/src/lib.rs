//! Files, folders and streams to FHIR entries.

mod chunk;
mod discover;
mod document;
mod error;
mod expand;
mod input;
mod options;

pub use chunk::{Chunk, EntryRef, Event, Reject};
pub use discover::discover;
pub use document::{Document, Origin};
pub use error::{Error, ErrorKind};
pub use expand::{Found, expand};
pub use input::Input;
pub use options::Options;
