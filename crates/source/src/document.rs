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

    /// The FHIRPath from the root of the input to it: `Bundle.entry[3].resource`; the name of its type where it stands
    /// alone.
    pub fn expression(&self, type_name: &str) -> String {
        match (&self.path, self.index) {
            (Some(path), _) => nested(path),
            (None, Some(index)) if self.bundle.is_some() => format!("Bundle.entry[{index}].resource"),
            _ => type_name.to_owned(),
        }
    }

    /// The place inside its file as one word: `entry[3]`, `entry[3].resource.entry[0]`, `[3]` in an array; nothing for
    /// one that stands alone.
    pub fn entry(&self) -> Option<String> {
        match (&self.path, self.index) {
            (Some(path), _) => Some(path.clone()),
            (None, Some(index)) if self.bundle.is_some() => Some(format!("entry[{index}]")),
            (None, Some(index)) => Some(format!("[{index}]")),
            (None, None) => None,
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

/// `entry[3].resource.entry[0]` stands in a Bundle, `parameter[0].resource.entry[1]` in Parameters; of an array that
/// the resource stands in FHIRPath knows nothing.
fn nested(path: &str) -> String {
    let path = match path.strip_prefix('[') {
        Some(rest) => rest.split_once("].").map_or("", |(_, path)| path),
        None => path,
    };
    let root = if path.starts_with("parameter") { "Parameters" } else { "Bundle" };
    format!("{root}.{path}.resource")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_entries_are_reached_from_the_outermost_resource() {
        assert_eq!(nested("entry[3].resource.entry[0]"), "Bundle.entry[3].resource.entry[0].resource");
        assert_eq!(
            nested("parameter[0].resource.entry[1]"),
            "Parameters.parameter[0].resource.entry[1].resource"
        );
        assert_eq!(nested("[7].entry[1]"), "Bundle.entry[1].resource");
    }
}
