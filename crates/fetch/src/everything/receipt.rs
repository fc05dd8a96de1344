//! The receipt of a fetch: what came from where, without a word about whom.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::private;

/// What came, from where, and whether it is all of it. Ids in URLs are `[id]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Where the record was asked for.
    pub source: String,
    /// The provider's name.
    pub provider: String,
    /// When the run began (RFC 3339).
    pub started: String,
    /// When it ended.
    pub ended: String,
    /// How many pages came; those of a journal included.
    pub pages: u64,
    /// How many of them an earlier run had left in the journal.
    pub resumed_pages: u64,
    /// The bytes of all pages, after decompression.
    pub bytes: u64,
    /// How many resources were written.
    pub resources: u64,
    /// The same by type.
    pub entries: BTreeMap<String, u64>,
    /// Entries that had come before: the same type, id and version.
    pub duplicates: u64,
    /// Entries without a resource.
    pub empty_entries: u64,
    /// What the server said about its answer.
    pub outcomes: Vec<Outcomes>,
    /// What the server does not offer, with the status it said so with.
    pub not_offered: BTreeMap<String, u16>,
    /// How many resources the server said there are.
    pub total: Option<u64>,
    /// Whether the record is complete, as far as the server says.
    pub complete: bool,
    /// Why it is not.
    pub incomplete_because: Option<String>,
    /// The SHA-256 of the output; of pages, of all of them one after the other; of a stream, of its lines.
    pub sha256: String,
}

/// OperationOutcomes that say the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    /// The severity of the worst issue.
    pub severity: String,
    /// Its code.
    pub code: String,
    /// How many there were.
    pub count: u64,
}

impl Receipt {
    /// Writes it to `path` as JSON, readable by its owner alone; the file is whole or not there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_to(&self, path: &Path) -> Result<()> {
        private::write_json(path, self)
    }
}
