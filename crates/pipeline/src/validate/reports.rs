//! The reports of a run, several at once, each to a stream or a file of its own.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fhirkit_issue::{Issue, Report, Verdict};
use fhirkit_sink::{FileSet, TreeFile, TreeOptions};
use fhirkit_source::Input;

use crate::{Error, ErrorKind};

/// How a report names files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileNames {
    /// Relative to the argument under which they were found: the machine record.
    Argument,
    /// Relative to the repository, for code hosts that show them beside the code.
    Repository,
}

/// The reports. Files appear under their names when [`Reports`] was handed to a run that came to its end.
pub struct Reports {
    reports: Vec<One>,
    files: FileSet,
    paths: Vec<PathBuf>,
    root: PathBuf,
    /// Names of inputs, and what they are in the repository.
    names: HashMap<Arc<str>, Arc<str>>,
}

struct One {
    report: Box<dyn Report>,
    out: Out,
    names: FileNames,
    /// Whether the verdict is written too.
    finishes: bool,
}

enum Out {
    File(TreeFile),
    Stream(Box<dyn Write + Send>),
}

impl Out {
    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Out::File(file) => file,
            Out::Stream(stream) => stream,
        }
    }
}

impl Reports {
    /// No report yet. `root` is the folder of the repository.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        let files = FileSet::new(TreeOptions { overwrite: true, sync: false });
        Reports { reports: Vec::new(), files, paths: Vec::new(), root, names: HashMap::new() }
    }

    /// Adds a report to a stream. Without `finishes` its verdict is left out.
    pub fn add_stream(
        &mut self,
        report: Box<dyn Report>,
        names: FileNames,
        stream: Box<dyn Write + Send>,
        finishes: bool,
    ) {
        self.reports.push(One { report, out: Out::Stream(stream), names, finishes });
    }

    /// Adds a report to a file, which takes the place of one that stands there.
    ///
    /// # Errors
    /// When the file cannot be made, or is another report's too.
    pub fn add_file(&mut self, report: Box<dyn Report>, names: FileNames, path: &Path) -> Result<(), Error> {
        let file = self.files.file(path)?;
        self.paths.push(path.to_owned());
        self.reports.push(One { report, out: Out::File(file), names, finishes: true });
        Ok(())
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.paths.iter().map(PathBuf::as_path)
    }

    pub(super) fn files(&mut self) -> &mut FileSet {
        &mut self.files
    }

    /// Learns what the inputs are called in the repository, where somebody wants to know.
    pub(super) fn know(&mut self, inputs: &[Input]) {
        if self.reports.iter().all(|one| one.names == FileNames::Argument) {
            return;
        }
        for input in inputs {
            let Some(path) = &input.path else { continue };
            let whole = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
            let name = whole.strip_prefix(&self.root).unwrap_or(&whole).to_string_lossy();
            self.names.entry(Arc::clone(&input.name)).or_insert_with(|| Arc::from(&*name));
        }
    }

    pub(super) fn issue(&mut self, issue: &Issue) -> Result<(), Error> {
        let mut renamed = None;
        for one in &mut self.reports {
            let named = match (one.names, &issue.file) {
                (FileNames::Repository, Some(file)) => &*renamed.get_or_insert_with(|| {
                    let file = self.names.get(file).unwrap_or(file);
                    Issue { file: Some(Arc::clone(file)), ..issue.clone() }
                }),
                _ => issue,
            };
            one.report.issue(named, one.out.writer()).map_err(|error| failed(&error))?;
        }
        Ok(())
    }

    /// Hands on what streams hold back, so that whoever reads along sees it now.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        for one in &mut self.reports {
            if let Out::Stream(stream) = &mut one.out {
                stream.flush().map_err(|error| failed(&error))?;
            }
        }
        Ok(())
    }

    /// Ends every report and gives files their names.
    pub(super) fn finish(self, verdict: &Verdict) -> Result<(), Error> {
        for mut one in self.reports {
            if one.finishes {
                one.report.finish(verdict, one.out.writer()).map_err(|error| failed(&error))?;
            }
            match one.out {
                Out::File(file) => drop(file.close()?),
                Out::Stream(mut stream) => stream.flush().map_err(|error| failed(&error))?,
            }
        }
        Ok(self.files.commit()?)
    }
}

/// A report or another output that could not be written.
pub(super) fn failed(error: &io::Error) -> Error {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Error::new(ErrorKind::ClosedPipe, "io/write", "whoever read the report has gone");
    }
    Error::new(ErrorKind::Output, "io/write", format!("a report could not be written: {error}"))
}
