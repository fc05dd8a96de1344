//! JSON bytes to a tape of nodes with byte spans.
//!
//! A [`Tape`] owns one buffer and holds the nodes of any number of JSON texts (roots) that lie in it. A [`Node`] is
//! a copyable view of one value: its kind, its exact bytes, its text, its members. Numbers are kept as written
//! (`1.10`, `1e400`, 40 digits), strings borrow from the buffer unless they carry an escape, every node knows its
//! byte [`Span`]. Node 0 means "absent", so a chain of [`Node::get`] needs no checks in between. Buffer and nodes
//! are reused: once warm, parsing allocates nothing.
//!
//! What is accepted is RFC 8259 and nothing more: UTF-8 is checked, control characters, lone surrogates, leading
//! zeros, trailing bytes and nesting beyond the limit are errors with a byte offset and a message.
//! [`scan`] is the scanner that the parser shares with whoever cuts a stream of JSON into pieces.
//!
//! ```
//! use fhirkit_tape::{Span, Tape};
//!
//! let mut tape = Tape::new();
//! tape.load(br#"{"resourceType":"Patient","birthDate":"1970-01-02","multipleBirthInteger":2}"#.to_vec());
//! let root = tape.parse(Span::new(0, 76))?;
//! let patient = tape.node(root);
//! assert!(patient.get("resourceType").str_is("Patient"));
//! assert_eq!(patient.get("multipleBirthInteger").number(), Some("2"));
//! assert!(patient.get("name").item(0).get("family").is_absent());
//! assert_eq!(patient.get("birthDate").raw(), br#""1970-01-02""#);
//! # Ok::<(), fhirkit_tape::Error>(())
//! ```
//!
//! Duplicate keys stay on the tape, the first one counts for [`Node::get`], and [`Tape::duplicate_key`] finds them.
//!
//! Left out on purpose: input and output, byte order marks, building or changing JSON, numbers as floating point.
//!
//! This is the one crate with `unsafe`: vector loads from references of the right size, calls of code compiled for
//! vectors that [`scan`] has found on the machine, and text handed out without a second look at its UTF-8. Beside the
//! tests (against serde_json, of every scanner against plain code, of nasty inputs, of allocations) it is checked by
//! two stages of CI, `cargo xtask ci memcheck fuzz`: valgrind over those tests (`memcheck.sh`), and a minute of
//! fuzzing against serde_json under AddressSanitizer (`fuzz/`).

mod duplicates;
mod error;
mod escape;
mod lines;
mod node;
mod number;
mod parser;
pub mod scan;
mod span;
mod tape;

pub use error::{Error, ErrorKind};
pub use lines::LineIndex;
pub use node::{Items, Key, Kind, Members, Node};
pub use span::Span;
pub use tape::{DEFAULT_MAX_DEPTH, NodeId, Tape};
