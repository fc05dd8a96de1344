//! The one error of this crate: what stops a run, as opposed to bad data, which never does.

use std::fmt;
use std::io;

/// What kind of trouble stopped the reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A path that was named does not exist.
    NoFile,
    /// A path that was named exists but cannot be read.
    Unreadable,
    /// A glob is malformed.
    BadGlob,
    /// Our own files (the spooled copy of standard input) could not be written or read.
    Spool,
}

/// Why the input cannot be read at all. Bad data is a [`Reject`](crate::Reject), never an `Error`.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    suggestion: Option<String>,
    cause: Option<io::Error>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), suggestion: None, cause: None }
    }

    pub(crate) fn with_suggestion(mut self, suggestion: Option<String>) -> Self {
        self.suggestion = suggestion;
        self
    }

    pub(crate) fn with_cause(mut self, cause: io::Error) -> Self {
        self.cause = Some(cause);
        self
    }

    /// What kind of trouble it was.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The path that exists and is spelt most like the one that does not.
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }

    /// The rule id under which this is reported: `io/no-file`, `io/unreadable`, …
    pub fn rule(&self) -> &'static str {
        match self.kind {
            ErrorKind::NoFile => "io/no-file",
            ErrorKind::Unreadable => "io/unreadable",
            ErrorKind::BadGlob => "io/bad-glob",
            ErrorKind::Spool => "io/spool",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.suggestion {
            Some(near) => write!(f, " (did you mean {near}?)"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as _)
    }
}

/// An I/O error without the operating system's number: what a person reads.
pub(crate) fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        io::ErrorKind::IsADirectory => "is a folder".to_owned(),
        _ => error.to_string().to_lowercase(),
    }
}
