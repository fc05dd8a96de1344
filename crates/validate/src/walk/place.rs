//! The document that is walked: where its bytes stand in the file, and how paths into it begin.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;

use fhirkit_issue::{Excerpts, Issue};
use fhirkit_source::{Document, Input};
use fhirkit_tape::{LineIndex, Node, Span, Tape};

use crate::rules::bundle::EntryFacts;

/// A resource to check, with what is known of where it came from.
#[derive(Debug)]
pub struct Subject<'t> {
    node: Node<'t>,
    document: Option<&'t Document>,
    bundle_type: Option<&'t str>,
    is_streamed: bool,
    file: Option<Arc<str>>,
    lines: OnceCell<LineIndex<'t>>,
    excerpts: OnceCell<Excerpts<'t>>,
    column: OnceCell<Option<u64>>,
}

/// How far back the beginning of a line is looked for.
const LONGEST_LINE: usize = 1 << 20;

impl<'t> Subject<'t> {
    /// A document of an input.
    pub fn new(tape: &'t Tape, document: &'t Document, input: &Input) -> Self {
        let file = Some(Arc::clone(&input.name));
        Self { file, document: Some(document), ..Self::alone(tape.node(document.root)) }
    }

    /// A resource that comes from nowhere: a test, a value of another program.
    #[must_use]
    pub fn alone(node: Node<'t>) -> Self {
        Self {
            node,
            document: None,
            bundle_type: None,
            is_streamed: false,
            file: None,
            lines: OnceCell::new(),
            excerpts: OnceCell::new(),
            column: OnceCell::new(),
        }
    }

    /// Adds the type of the Bundle that the document is an entry of: some rules ask more of one kind than of another.
    #[must_use]
    pub fn in_bundle_of_type(mut self, bundle_type: &'t str) -> Self {
        self.bundle_type = Some(bundle_type);
        self
    }

    /// Says that the type of the Bundle is known to nobody yet, as its entries stream by: the caller decides at its end,
    /// and learns from [`Scratch::take_missing_full_url`](crate::Scratch::take_missing_full_url) what there is to decide.
    #[must_use]
    pub fn in_streamed_bundle(mut self) -> Self {
        self.is_streamed = true;
        self
    }

    /// The Bundle entry that the resource stands in, where its Bundle is not walked itself.
    pub(crate) fn entry_facts(&self) -> Option<EntryFacts<'t>> {
        let document = self.document.filter(|document| document.bundle.is_some())?;
        let written = document.full_url.and_then(|span| self.node.tape().bytes().get(span.range()));
        let full_url = written.map(String::from_utf8_lossy).map(|url| match url.contains("\\/") {
            true => Cow::Owned(url.replace("\\/", "/")),
            false => url,
        });
        let bundle_type = self.bundle_type.map(Cow::Borrowed);
        let is_streamed = self.is_streamed;
        Some(EntryFacts { at: self.node, full_url, resource: self.node, bundle_type, is_streamed })
    }

    /// Places an issue that another check found: `path` leads from the resource to the value at `at`.
    #[must_use]
    pub fn point(&self, mut issue: Issue, path: &str, at: Span) -> Issue {
        let name = |key: &str| self.node.get(key).as_str().map(std::borrow::Cow::into_owned);
        let (of, id) = (name("resourceType"), name("id"));
        issue.expression = Some(format!("{}{path}", self.root_path(of.as_deref().unwrap_or_default())));
        (issue.resource_type, issue.resource_id) = (of, id);
        self.locate(&mut issue, at);
        issue
    }

    pub(crate) fn node(&self) -> Node<'t> {
        self.node
    }

    /// How FHIRPath from the root of the file reaches the resource: `Bundle.entry[3].resource`, or its type.
    pub(crate) fn root_path(&self, type_name: &str) -> String {
        self.document.map_or_else(|| type_name.to_owned(), |document| document.expression(type_name))
    }

    /// Adds file, line, column, byte, entry and excerpt.
    pub(crate) fn locate(&self, issue: &mut Issue, at: Span) {
        let root = self.node.span();
        let text = self.node.raw();
        let offset = at.start.saturating_sub(root.start) as usize;
        issue.file.clone_from(&self.file);
        issue.excerpt = Some(self.excerpts.get_or_init(|| Excerpts::new(text)).around(offset));
        let lines = self.lines.get_or_init(|| LineIndex::new(text));
        let (line, column) = lines.line_column(offset);
        let first_column = if line == 1 { self.first_column() } else { Some(0) };
        issue.column = first_column.map(|before| before + column as u64);
        match self.document {
            Some(document) => {
                issue.byte = Some(document.byte + offset as u64);
                issue.line = document.line.map(|first| first + line as u64 - 1);
                issue.entry = document.entry();
            }
            None => {
                issue.byte = Some(offset as u64);
                issue.line = Some(line as u64);
            }
        }
    }

    /// How many characters stand before the resource on its line, where the buffer tells.
    fn first_column(&self) -> Option<u64> {
        *self.column.get_or_init(|| {
            let Some(document) = self.document else { return Some(0) };
            let start = self.node.span().start as usize;
            let before = self.node.tape().bytes().get(start.saturating_sub(LONGEST_LINE)..start)?;
            let line = match before.iter().rposition(|byte| *byte == b'\n') {
                Some(newline) => before.get(newline + 1..)?,
                // The buffer is the beginning of the file.
                None if before.len() == start && document.byte == start as u64 => before,
                // An entry that stands in no list is a line of NDJSON, or the whole file.
                None if document.index.is_none() => &[],
                None => return None,
            };
            Some(line.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u64)
        })
    }
}
