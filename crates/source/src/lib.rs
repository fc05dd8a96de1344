//! Files, folders and streams to FHIR resources.
//!
//! [`discover`] turns arguments into [`Input`]s; a [`Reader`] reads them in order and cuts them
//! into [`Chunk`]s of entries; [`expand`] takes apart what is nested on the worker's tape and gives
//! [`Document`]s. [`Documents`] does all of it one resource at a time. What a file is, its content
//! tells, never its name: gzip, zstd, a byte order mark, one resource, a Bundle, NDJSON, an array.
//!
//! Bad data never stops a run: it is a [`Reject`] with its place and reason, and what comes before
//! and after it stands. Memory is bounded by the chunk size and the largest entry allowed, never by
//! the input.
//!
//! ```
//! use fhirkit_source::{Documents, Options, Reader};
//!
//! let bundle: &[u8] = br#"{"resourceType":"Bundle","entry":[
//!   {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"a"}},
//!   {"resource":{"resourceType":"Coverage","id":"b"}}]}"#;
//! let mut documents = Documents::new(Reader::from_read("b.json", bundle, Options::default())?);
//! let mut ids = Vec::new();
//! while let Some(resource) = documents.next_document()? {
//!     ids.push((resource.node().get("id").as_str().unwrap().into_owned(), resource.document().index));
//! }
//! assert_eq!(ids, [("a".to_owned(), Some(0)), ("b".to_owned(), Some(1))]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What it leaves out: whether a resource is FHIR at all (`resourceType` may be missing), contained
//! resources (subtrees of the same tape), and everything about meaning.

mod chunk;
mod discover;
mod document;
mod documents;
mod doubt;
mod error;
mod expand;
mod fault;
mod frame;
mod input;
mod options;
mod read;
mod reader;
pub mod references;
mod sniff;
mod surroundings;
mod window;

pub use chunk::{Chunk, EntryMembers, EntryRef, Event, Reject};
pub use discover::discover;
pub use document::{Document, Origin};
pub use documents::{Documents, Resource};
pub use error::{Error, ErrorKind};
pub use expand::{Found, expand};
pub use fault::Fault;
pub use input::Input;
pub use options::Options;
pub use reader::Reader;
pub use surroundings::Surroundings;
