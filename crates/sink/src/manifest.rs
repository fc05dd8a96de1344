//! `_manifest.json`: what an output consists of. It stands in the tree last, so that a folder that
//! has it is whole. It holds no time, no thread count and no path of the machine: the same input and
//! the same options give the same bytes.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::sink::Sink;
use crate::tree::Written;

/// The manifest's name in the tree.
pub const MANIFEST: &str = "_manifest.json";

/// One file of an output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileEntry {
    /// Relative to the output folder, with `/`.
    pub path: String,
    /// The table whose rows it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// How many rows of the table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 in lower-case hexadecimal digits.
    pub sha256: String,
}

impl FileEntry {
    /// The entry of a file that was written; `table` and `rows` for the files of tables.
    pub fn of(written: Written, table: Option<String>, rows: Option<u64>) -> Self {
        Self { path: written.name, table, rows, bytes: written.bytes, sha256: written.sha256 }
    }
}

/// What `_manifest.json` will say.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    head: Map<String, Value>,
    tables: Vec<Value>,
    files: Vec<FileEntry>,
    sections: Vec<(String, Value)>,
}

impl Manifest {
    /// A manifest of these files, with all tables of `sink`, rows or not.
    ///
    /// # Errors
    /// None that a caller can cause.
    pub fn new(sink: &Sink, files: Vec<FileEntry>) -> Result<Self, Error> {
        let mut manifest = Self { files, ..Self::default() };
        manifest.head.insert("schema_version".to_owned(), 1.into());
        manifest.head.insert("fhirkit".to_owned(), env!("CARGO_PKG_VERSION").into());
        manifest.head.insert("format".to_owned(), sink.format.extension().into());
        for (index, prepared) in sink.tables.iter().enumerate() {
            let of_table = |file: &&FileEntry| file.table.as_deref() == Some(prepared.table.name.as_str());
            let own: Vec<_> = manifest.files.iter().filter(of_table).collect();
            let mut table = Map::new();
            table.insert("name".to_owned(), prepared.table.name.clone().into());
            table.insert("rows".to_owned(), own.iter().filter_map(|file| file.rows).sum::<u64>().into());
            table.insert("files".to_owned(), own.len().into());
            table.insert("schema".to_owned(), sink.describe(index)?);
            manifest.tables.push(Value::Object(table));
        }
        Ok(manifest)
    }

    /// Adds a file that is not a table's.
    pub fn add_file(&mut self, file: FileEntry) {
        self.files.push(file);
    }

    /// Adds a section of the caller: input, issues, ledger, options.
    pub fn section(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.sections.push((name.into(), value.into()));
    }

    /// The manifest as JSON, files sorted by path.
    pub fn to_json(&self) -> Value {
        let mut files: Vec<_> = self.files.iter().collect();
        files.sort_by(|one, other| one.path.cmp(&other.path));
        let mut root = self.head.clone();
        root.insert("tables".to_owned(), self.tables.clone().into());
        root.insert("files".to_owned(), serde_json::to_value(files).unwrap_or_default());
        for (name, value) in &self.sections {
            root.insert(name.clone(), value.clone());
        }
        Value::Object(root)
    }

    /// Whether these bytes are a manifest of ours.
    pub(crate) fn is_ours(bytes: &[u8]) -> bool {
        serde_json::from_slice::<Value>(bytes).is_ok_and(|value| {
            value.get("fhirkit").is_some_and(Value::is_string) && value.get("files").is_some()
        })
    }
}
