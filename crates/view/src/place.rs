//! Where a document came from, as far as rows tell it.

use std::sync::Arc;

/// The lineage of one document: what `_source_file`, `_source_line`, `_entry_index` and `_source_offset` hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The document's number in its chunk; [`Batch::row_entry`](crate::Batch::row_entry) gives it back.
    pub entry: u32,
    /// Input file, relative to the argument.
    pub source: Arc<str>,
    /// Line of the resource in an NDJSON file, from 1.
    pub line: Option<u64>,
    /// Index of the entry in its Bundle, from 0.
    pub index: Option<u32>,
    /// Byte where the resource begins, in the uncompressed input.
    pub offset: u64,
}
