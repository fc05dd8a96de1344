//! One file or stream that is to be read.

use std::path::PathBuf;
use std::sync::Arc;

/// One file or standard input, as [`discover`](crate::discover) found it.
#[derive(Debug, Clone)]
pub struct Input {
    /// Where it lies; `None` is standard input.
    pub path: Option<PathBuf>,
    /// The name for people and for lineage (`_source_file`): relative to the folder that was
    /// named, or as typed when the file itself (or a glob) was.
    pub name: Arc<str>,
    /// Size on disk in bytes; `None` for streams.
    pub bytes: Option<u64>,
    /// Why it cannot be read, when that was known while a folder was walked.
    pub unreadable: Option<String>,
}

impl Input {
    /// Standard input.
    pub fn stdin() -> Self {
        Self { path: None, name: Arc::from("-"), bytes: None, unreadable: None }
    }

    /// A file under the name it was called by.
    pub fn file(path: impl Into<PathBuf>, name: impl Into<Arc<str>>) -> Self {
        let path = path.into();
        let bytes = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file).map(|found| found.len());
        Self { path: Some(path), name: name.into(), bytes, unreadable: None }
    }

    /// Is this standard input?
    pub fn is_stdin(&self) -> bool {
        self.path.is_none()
    }
}
