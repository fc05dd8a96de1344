//! One resource on a tape, with where it came from.

use std::borrow::Cow;
use std::sync::Arc;

use fhirkit_tape::{NodeId, Span, Tape};

use crate::{EntryRef, Input};

/// One resource on the tape of its chunk, with where it came from. Small; nothing is copied out
/// of the input until an [`Origin`] is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The resource on the tape.
    pub root: NodeId,
    /// Byte of the resource in the uncompressed input, from 0.
    pub byte: u64,
    /// Line on which it begins, from 1.
    pub line: Option<u64>,
    /// Index in the Bundle or array that it is an entry of.
    pub index: Option<u32>,
    /// Where it stands when it is nested deeper than one Bundle: `entry[3].resource.entry[0]`.
    pub path: Option<String>,
    /// The entry's `fullUrl`: a span of the tape's buffer, the text between the quotes, as written.
    pub full_url: Option<Span>,
    /// Byte of the Bundle that it is an entry of: what `urn:uuid` references are looked up in.
    pub bundle: Option<u64>,
}

impl Document {
    /// The resource of an entry, as it stands.
    pub fn of_entry(root: NodeId, entry: &EntryRef) -> Self {
        Self {
            root,
            byte: entry.byte,
            line: entry.line,
            index: entry.index,
            path: None,
            full_url: entry.full_url,
            bundle: entry.bundle,
        }
    }

    /// Its `resourceType`, if it has one that is a string.
    pub fn resource_type<'t>(&self, tape: &'t Tape) -> Option<Cow<'t, str>> {
        tape.node(self.root).get("resourceType").as_str()
    }

    /// Where it came from, for keeps.
    pub fn origin(&self, input: &Arc<Input>, tape: &Tape) -> Origin {
        let full_url = self.full_url.and_then(|span| {
            let raw = tape.bytes().get(span.range())?;
            Some(String::from_utf8_lossy(raw).replace("\\/", "/"))
        });
        Origin {
            source: Arc::clone(input),
            byte: self.byte,
            line: self.line,
            index: self.index,
            path: self.path.clone(),
            full_url,
        }
    }
}

/// Where a resource came from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The input.
    pub source: Arc<Input>,
    /// Byte of the resource in the uncompressed input, from 0.
    pub byte: u64,
    /// Line on which it begins, from 1.
    pub line: Option<u64>,
    /// Index in the Bundle or array that it is an entry of.
    pub index: Option<u32>,
    /// Where it stands when it is nested deeper than one Bundle: `entry[3].resource.entry[0]`.
    pub path: Option<String>,
    /// The `fullUrl` of its Bundle entry.
    pub full_url: Option<String>,
}

impl Origin {
    /// The place inside the file as one word: the nested path, else `entry[3]`; nothing for a
    /// resource that stands alone.
    pub fn entry(&self) -> Option<String> {
        match (&self.path, self.index) {
            (Some(path), _) => Some(path.clone()),
            (None, Some(index)) => Some(format!("entry[{index}]")),
            (None, None) => None,
        }
    }
}
