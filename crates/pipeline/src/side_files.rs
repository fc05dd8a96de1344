//! The files beside the tables: `_rejects.ndjson` and `_issues.ndjson`, opened when the first line comes.

use std::io::Write;
use std::path::PathBuf;

use fhirkit_sink::{FileEntry, OutputTree, TreeFile};

use crate::{Error, ErrorKind};

const REJECTS: &str = "_rejects.ndjson";
const ISSUES: &str = "_issues.ndjson";

/// Both files of a run.
#[derive(Debug, Default)]
pub(crate) struct SideFiles {
    /// Where the user wants the rejects.
    rejects_path: Option<PathBuf>,
    rejects: Option<TreeFile>,
    issues: Option<TreeFile>,
}

impl SideFiles {
    /// A file that the user named is made at once: that it cannot be must show before the work, not after it,
    /// and an empty one says that nothing was rejected.
    pub(crate) fn new(rejects_path: Option<PathBuf>, tree: &OutputTree) -> Result<Self, Error> {
        let rejects = rejects_path.clone().map(|path| tree.outside(path)).transpose()?;
        tree.expect_file(REJECTS)?;
        tree.expect_file(ISSUES)?;
        Ok(SideFiles { rejects_path, rejects, issues: None })
    }

    /// Where rejects are written; `None` when the tables go to a stream and nobody asked for a file.
    pub(crate) fn rejects(&mut self, tree: &OutputTree) -> Result<Option<&mut dyn Write>, Error> {
        if self.rejects.is_none() {
            self.rejects = if tree.is_stream() { None } else { Some(tree.file(REJECTS)?) };
        }
        Ok(self.rejects.as_mut().map(|file| file as &mut dyn Write))
    }

    /// Where issues about cells are written; `None` when the tables go to a stream.
    pub(crate) fn issues(&mut self, tree: &OutputTree) -> Result<Option<&mut dyn Write>, Error> {
        if self.issues.is_none() && !tree.is_stream() {
            self.issues = Some(tree.file(ISSUES)?);
        }
        Ok(self.issues.as_mut().map(|file| file as &mut dyn Write))
    }

    /// Closes both. Returns their names and what was written.
    pub(crate) fn close(self) -> Result<Closed, Error> {
        let rejects_outside = self.rejects_path.is_some();
        let rejects_name = self.rejects_path.map(|path| path.display().to_string());
        let mut closed = Closed::default();
        if let Some(file) = self.rejects {
            let written = file.close()?;
            closed.rejects = Some(rejects_name.unwrap_or_else(|| written.name.clone()));
            if !rejects_outside {
                closed.files.push(FileEntry::of(written, None, None));
            }
        }
        if let Some(file) = self.issues {
            let written = file.close()?;
            closed.issues = Some(written.name.clone());
            closed.files.push(FileEntry::of(written, None, None));
        }
        Ok(closed)
    }
}

/// The closed files.
#[derive(Debug, Default)]
pub(crate) struct Closed {
    pub(crate) rejects: Option<String>,
    pub(crate) issues: Option<String>,
    /// Those that belong to the output, for its manifest.
    pub(crate) files: Vec<FileEntry>,
}

/// An error while a line was written.
pub(crate) fn failed(error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Output, "io/write", format!("the rejects or issues could not be written: {error}"))
}
