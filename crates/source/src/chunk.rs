//! What the reader hands to the workers: a stretch of one input, cut into entries.

use std::borrow::Cow;
use std::sync::Arc;

use fhirkit_tape::Span;

use crate::{Fault, Input};

/// A stretch of one input. `bytes[i]` is byte `base + i` of the uncompressed input.
///
/// Chunks are cut by input bytes at [`Options::chunk_bytes`](crate::Options::chunk_bytes), never by
/// threads, memory or the size of reads; an entry larger than that is alone in its chunk. A chunk
/// never spans two inputs.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// Number of this chunk in the run, from 0, in the order of inputs and bytes.
    pub sequence: u64,
    /// Where it comes from.
    pub input: Arc<Input>,
    /// Number of the input in the run, from 0.
    pub input_number: u32,
    /// The bytes; load them into a tape and parse the entries' spans.
    pub bytes: Vec<u8>,
    /// Where `bytes` begins in the uncompressed input.
    pub base: u64,
    /// The line (from 1) on which `bytes` begins.
    pub line: u64,
    /// The resources, in order.
    pub entries: Vec<EntryRef>,
    /// What could not be read, in order.
    pub rejects: Vec<Reject>,
    /// What else happened.
    pub events: Vec<Event>,
    /// Input bytes that this chunk accounts for, for progress; compressed size where compressed.
    pub consumed: u64,
}

impl Chunk {
    /// What it may cost beside its bytes: entries of two bytes each, and the reasons why each was
    /// rejected, take far more room than they are long.
    pub fn overhead_bytes(&self) -> u64 {
        const ITEM_BYTES: usize = 1 << 10;
        ((self.entries.len() + self.rejects.len() + self.events.len()) * ITEM_BYTES) as u64
    }
}

/// One resource (or a Bundle on an NDJSON line, which [`expand`](crate::expand) takes apart) in
/// the bytes of its chunk. Brackets and quotes have been matched at most; it is not yet parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryRef {
    /// The resource's JSON in the chunk's bytes.
    pub span: Span,
    /// The whole Bundle entry around it; `span` where there is none.
    pub entry: Span,
    /// Byte of the resource in the uncompressed input, from 0.
    pub byte: u64,
    /// Line on which the resource begins, from 1.
    pub line: Option<u64>,
    /// Its index in the Bundle or array.
    pub index: Option<u32>,
    /// The entry's `fullUrl`: the text between the quotes, escapes as written.
    pub full_url: Option<Span>,
    /// Byte of the Bundle that it is an entry of: what `urn:uuid` references are looked up in.
    pub bundle: Option<u64>,
    /// What the Bundle entry has beside the resource.
    pub members: EntryMembers,
}

/// What a Bundle entry has beside its resource, as far as a Bundle is asked of its entries together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EntryMembers {
    /// It has a `request`.
    pub request: bool,
    /// It has a `response`.
    pub response: bool,
    /// The JSON of its `search`.
    pub search: Option<Span>,
}

impl EntryRef {
    /// The reject of an entry that was refused, all of it. `bytes` are those of the chunk.
    pub fn reject(&self, input: &Input, bytes: &[u8], fault: &Fault) -> Reject {
        let text = bytes.get(self.entry.range()).unwrap_or_default();
        Reject {
            input: Arc::clone(&input.name),
            byte: self.byte_of(self.entry.start as usize),
            line: self.line.map(|line| line.saturating_sub(self.newlines_before_resource(bytes))),
            column: None,
            entry: self.place(),
            rule: Cow::Borrowed(fault.rule),
            message: format!("{} (byte {})", fault.message, self.byte_of(fault.at)),
            length: text.len() as u64,
            bytes: Some(text.to_vec()),
            incomplete: false,
        }
    }

    fn newlines_before_resource(&self, bytes: &[u8]) -> u64 {
        let between = bytes.get(self.entry.start as usize..self.span.start as usize).unwrap_or_default();
        memchr::memchr_iter(b'\n', between).count() as u64
    }

    /// The byte in the uncompressed input of a byte of the chunk.
    pub fn byte_of(&self, at: usize) -> u64 {
        (self.byte + at as u64).saturating_sub(u64::from(self.span.start))
    }

    /// The place inside the input: `entry[3]` in a Bundle, `[3]` in an array.
    pub fn place(&self) -> Option<String> {
        let index = self.index?;
        Some(match self.bundle {
            Some(_) => format!("entry[{index}]"),
            None => format!("[{index}]"),
        })
    }
}

/// Bytes that could not be read as an entry, with the reason. Nothing is dropped silently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Where it comes from: [`Input::name`].
    pub input: Arc<str>,
    /// Where it begins in the uncompressed input, from 0.
    pub byte: u64,
    /// The line on which it begins, from 1.
    pub line: Option<u64>,
    /// The column, from 1, at which it begins, where that is known.
    pub column: Option<u64>,
    /// Which entry it was: `entry[3]`, `entry[3].resource.entry[0]`, `[7]` in an array.
    pub entry: Option<String>,
    /// Rule id: `json/syntax`, `json/encoding`, `json/too-deep`, `io/too-large`, `io/truncated`, `io/corrupt`, `io/unreadable`,
    /// `structure/expected-object`, `structure/expected-array`, `structure/wrong-type`, `json/duplicate-key`.
    pub rule: Cow<'static, str>,
    /// What was found and what was wanted.
    pub message: String,
    /// How many bytes were rejected.
    pub length: u64,
    /// The bytes themselves; `None` above `max_entry`, and where there are none.
    pub bytes: Option<Vec<u8>>,
    /// The input is known to be partial: exit code 6.
    pub incomplete: bool,
}

/// What else the reader saw.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The first chunk of an input.
    InputStart,
    /// A Bundle without its entries, when its end was reached.
    Envelope {
        /// An object of its members but `entry`; their brackets and quotes match, they are not yet parsed.
        bytes: Vec<u8>,
        /// Its `resourceType` is another, so it stands in the rejects.
        is_rejected: bool,
        /// Byte of the Bundle in the uncompressed input.
        byte: u64,
        /// Line of the Bundle, from 1.
        line: u64,
        /// How many items its `entry` had.
        entry_count: u64,
    },
    /// A Bundle entry without a resource, by design (`request`, `response`) or not.
    WithoutResource {
        /// The whole entry in the chunk's bytes; brackets and quotes match, it is not yet parsed.
        span: Span,
        /// Index of the entry in its Bundle.
        index: u32,
        /// Byte of the entry in the uncompressed input.
        byte: u64,
        /// Line on which it begins, from 1.
        line: u64,
        /// Byte of its Bundle.
        bundle: u64,
        /// What it has.
        members: EntryMembers,
        /// Its `fullUrl` in the chunk's bytes: the text between the quotes, as written.
        full_url: Option<Span>,
    },
    /// The input is no JSON at all; nothing of it was read.
    NotFhir {
        /// What it is: `HTML`, `XML`, `Parquet`, `a ZIP archive`, …
        what: &'static str,
        /// Its first printable characters.
        begins: String,
    },
    /// The input has no bytes, or white space alone.
    Empty,
    /// A fault that lost nothing: a repeated `entry`, a comma too few or too many between entries.
    Warning {
        /// Rule id.
        rule: &'static str,
        /// What was found.
        message: String,
        /// Byte in the uncompressed input.
        byte: u64,
        /// Line, from 1.
        line: u64,
    },
    /// The last chunk of an input.
    InputEnd {
        /// Resources delivered (Bundles on NDJSON lines count as one).
        entry_count: u64,
        /// Rejects.
        reject_count: u64,
        /// Bytes of the input, uncompressed.
        bytes: u64,
        /// The input broke off or was damaged.
        incomplete: bool,
    },
}
