//! Bundles inside entries, on NDJSON lines and in Parameters: their entries are documents too.
//!
//! The splitter cuts the outermost Bundle while it streams. What lies deeper is taken apart here,
//! on the tape, in the worker. A wrapping Bundle is an envelope, not a resource; Parameters is one
//! resource, and the entries of the Bundles in it follow it.

use fhirkit_tape::{Node, NodeId, Tape};

use crate::{Document, EntryRef, Input, Reject};

/// What [`expand`] finds, in the order of the input's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Found {
    /// A resource.
    Document(Document),
    /// A Bundle whose entries follow.
    Envelope {
        /// The whole Bundle.
        root: NodeId,
        /// Byte of the Bundle in the uncompressed input.
        byte: u64,
        /// How many items its `entry` has.
        entry_count: u64,
        /// Where it stands, when it is nested: `entry[3].resource`.
        path: Option<String>,
    },
    /// A Bundle entry without a resource, by design or not.
    WithoutResource {
        /// The whole entry.
        root: NodeId,
        /// Byte of the entry in the uncompressed input.
        byte: u64,
        /// Line on which it begins, from 1.
        line: Option<u64>,
        /// Where it stands: `entry[3]`, `entry[3].resource.entry[0]`.
        path: String,
    },
    /// A Bundle entry that is none.
    Reject(Reject),
}

/// The members that make an item of `entry` a Bundle's.
pub(crate) const ENTRY_MEMBERS: [&str; 5] = ["resource", "fullUrl", "request", "response", "search"];

/// Takes a parsed entry apart: usually it is one document; a Bundle gives those of its entries.
///
/// `root` is what `tape.parse(entry.span)` gave.
pub fn expand(tape: &Tape, root: NodeId, input: &Input, entry: &EntryRef, found: &mut impl FnMut(Found)) {
    let mut expansion =
        Expansion { tape, input, entry, counted: (entry.span.start as usize, entry.line), found };
    expansion.resource(Document::of_entry(root, entry));
}

struct Expansion<'a, F> {
    tape: &'a Tape,
    input: &'a Input,
    entry: &'a EntryRef,
    /// Up to where lines have been counted, and the line there.
    counted: (usize, Option<u64>),
    found: &'a mut F,
}

impl<F: FnMut(Found)> Expansion<'_, F> {
    fn resource(&mut self, document: Document) {
        let node = self.tape.node(document.root);
        if is_bundle(node) {
            self.bundle(node, document);
            return;
        }
        let is_parameters = node.get("resourceType").str_is("Parameters");
        let (inner, root) = (place(&document), document.root);
        (self.found)(Found::Document(document));
        if is_parameters {
            let node = self.tape.node(root);
            self.parameters(node, "parameter", inner.as_deref());
        }
    }

    fn bundle(&mut self, bundle: Node<'_>, document: Document) {
        let entries = bundle.get("entry");
        let prefix = place(&document);
        let byte = document.byte;
        (self.found)(Found::Envelope {
            root: document.root,
            byte,
            entry_count: entries.items().count() as u64,
            path: prefix.clone(),
        });
        if !entries.is_absent() && !entries.is_array() {
            let message = "`Bundle.entry` must be a list".to_owned();
            self.reject(entries, prefix, "structure/expected-array", message);
            return;
        }
        for (number, item) in entries.items().enumerate() {
            let index = u32::try_from(number).unwrap_or(u32::MAX);
            let path = match &prefix {
                Some(prefix) => format!("{prefix}.entry[{index}]"),
                None => format!("entry[{index}]"),
            };
            let resource = item.get("resource");
            if !item.is_object() || !(resource.is_absent() || resource.is_object()) {
                let what = if item.is_object() { "its resource" } else { "a Bundle entry" };
                let message = format!("{what} must be an object");
                self.reject(item, Some(path), "structure/expected-object", message);
            } else if resource.is_absent() {
                let (byte, line) = (self.byte_of(item), self.line_of(item));
                (self.found)(Found::WithoutResource { root: item.id(), byte, line, path });
            } else {
                let (at, line) = (self.byte_of(resource), self.line_of(resource));
                self.resource(Document {
                    root: resource.id(),
                    byte: at,
                    line,
                    index: Some(index),
                    path: prefix.is_some().then_some(path),
                    full_url: full_url_of(item),
                    bundle: Some(byte),
                });
            }
        }
    }

    /// Bundles in `parameter[].resource`, also in `part[]`.
    fn parameters(&mut self, holder: Node<'_>, member: &str, prefix: Option<&str>) {
        for (index, parameter) in holder.get(member).items().enumerate() {
            let path = match prefix {
                Some(prefix) => format!("{prefix}.{member}[{index}]"),
                None => format!("{member}[{index}]"),
            };
            let resource = parameter.get("resource");
            if resource.is_object() && is_bundle(resource) {
                let document = Document {
                    root: resource.id(),
                    byte: self.byte_of(resource),
                    line: None,
                    index: self.entry.index,
                    path: Some(path.clone()),
                    full_url: None,
                    bundle: None,
                };
                self.bundle(resource, document);
            }
            self.parameters(parameter, "part", Some(&path));
        }
    }

    fn reject(&mut self, node: Node<'_>, path: Option<String>, rule: &'static str, message: String) {
        let reject = Reject {
            input: self.input.name.clone(),
            byte: self.byte_of(node),
            line: self.line_of(node),
            column: None,
            entry: path,
            rule: rule.into(),
            message,
            length: u64::from(node.span().len()),
            bytes: Some(node.raw().to_vec()),
            incomplete: false,
        };
        (self.found)(Found::Reject(reject));
    }

    fn byte_of(&self, node: Node<'_>) -> u64 {
        self.entry.byte + u64::from(node.span().start - self.entry.span.start)
    }

    /// Nodes come in the order of their bytes, so each newline is counted once.
    fn line_of(&mut self, node: Node<'_>) -> Option<u64> {
        let at = node.span().start as usize;
        let (from, line) = self.counted;
        let newlines = match self.tape.bytes().get(from..at) {
            Some(between) => memchr::memchr_iter(b'\n', between).count() as u64,
            None => 0,
        };
        let line = line.map(|line| line + newlines);
        if at > from {
            self.counted = (at, line);
        }
        line
    }
}

/// Where the members of a document stand: `entry[3].resource`; nothing for one that stands alone.
fn place(document: &Document) -> Option<String> {
    match (&document.path, document.index) {
        // The path of a Parameters' Bundle is its parameter's.
        (Some(path), _) => Some(format!("{path}.resource")),
        (None, Some(index)) if document.bundle.is_some() => Some(format!("entry[{index}].resource")),
        (None, Some(index)) => Some(format!("[{index}]")),
        (None, None) => None,
    }
}

/// A Bundle by its type; without a type by what its entries look like.
fn is_bundle(node: Node<'_>) -> bool {
    let resource_type = node.get("resourceType");
    if !resource_type.is_absent() {
        return resource_type.str_is("Bundle");
    }
    node.get("entry").items().any(|item| ENTRY_MEMBERS.iter().any(|member| !item.get(member).is_absent()))
}

fn full_url_of(item: Node<'_>) -> Option<fhirkit_tape::Span> {
    let node = item.get("fullUrl");
    node.as_str()?;
    let span = node.span();
    Some(fhirkit_tape::Span { start: span.start + 1, end: span.end - 1 })
}
