//! The one error of this room: what kind it is, where it happened, what would help.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use arrow_schema::ArrowError;
use parquet::errors::ParquetError;

/// EMFILE, which has no kind of its own in the standard library.
const TOO_MANY_FILES: i32 = 24;

/// What went wrong, coarse enough to choose an exit code from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// An option that cannot be meant, alone or with the others.
    Usage,
    /// A table's schema holds a type that no format of ours writes.
    Schema,
    /// Something stands where the output should go.
    Exists,
    /// `overwrite` was asked for, but the folder is not an export of ours.
    NotOurs,
    /// Another run is writing to the same place at this moment.
    Busy,
    /// The disk, the quota or the permitted file size is used up.
    OutputFull,
    /// Whoever read our stream has gone.
    ClosedPipe,
    /// The output could not be written for another reason.
    Output,
    /// Arrow or Parquet refused what we gave it, or a caller broke the order of calls.
    Internal,
}

/// Why an output could not be written.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    path: Option<PathBuf>,
    hint: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// What went wrong, coarse enough to choose an exit code from.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The file or folder that the error is about.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// What the user could do about it.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), path: None, hint: None, source: None }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// An I/O error while `action` was done to `path`.
    pub(crate) fn io(action: &str, path: &Path, error: io::Error) -> Self {
        let kind = kind_of(&error);
        let mut built = Self::new(kind, format!("cannot {action} `{}`: {error}", path.display()));
        built.path = Some(path.to_owned());
        built.hint = match error.kind() {
            io::ErrorKind::StorageFull => {
                Some("free space on that disk, or choose another folder".to_owned())
            }
            io::ErrorKind::FileTooLarge => Some(
                "the size of a file is limited here (`ulimit -f`); --max-file-rows cuts a table".to_owned(),
            ),
            _ if error.raw_os_error() == Some(TOO_MANY_FILES) => Some(
                "raise the limit of open files (`ulimit -n`), or choose a column with fewer values"
                    .to_owned(),
            ),
            io::ErrorKind::QuotaExceeded => Some("the quota is used up; choose another folder".to_owned()),
            _ => None,
        };
        built.source = Some(Box::new(error));
        built
    }

    /// A file or folder under a hidden name could not be made in `parent`; the name, which such an error carries, says
    /// nothing to anybody.
    pub(crate) fn hidden(parent: &Path, error: &io::Error) -> Self {
        Self::io("write to", parent, error.kind().into())
    }

    /// An error of the Parquet writer; what lies beneath it is often I/O on `path`.
    pub(crate) fn parquet(path: &Path, error: ParquetError) -> Self {
        match error {
            ParquetError::External(inner) => match inner.downcast::<io::Error>() {
                Ok(io) => Self::io("write", path, *io),
                Err(other) => Self::internal(format!("cannot encode `{}`", path.display()), other),
            },
            other => Self::internal(format!("cannot encode `{}`", path.display()), Box::new(other)),
        }
    }

    /// An error of the Arrow kernels, which well-formed batches cannot cause.
    pub(crate) fn arrow(table: &str, error: ArrowError) -> Self {
        Self::internal(format!("cannot put rows of `{table}` together"), Box::new(error))
    }

    fn internal(message: String, source: Box<dyn std::error::Error + Send + Sync>) -> Self {
        let mut built = Self::new(Kind::Internal, format!("{message}: {source}"));
        built.source = Some(source);
        built
    }

    #[must_use]
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub(crate) fn at(mut self, path: &Path) -> Self {
        self.path = Some(path.to_owned());
        self
    }
}

fn kind_of(error: &io::Error) -> Kind {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge | io::ErrorKind::QuotaExceeded => {
            Kind::OutputFull
        }
        io::ErrorKind::BrokenPipe => Kind::ClosedPipe,
        _ => Kind::Output,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_space_no_quota_and_a_size_limit_are_a_full_output() {
        // ENOSPC, EDQUOT, EFBIG on Linux; EPIPE; EACCES.
        for (number, kind) in [
            (28, Kind::OutputFull),
            (122, Kind::OutputFull),
            (27, Kind::OutputFull),
            (32, Kind::ClosedPipe),
            (13, Kind::Output),
        ] {
            let error = Error::io("write", Path::new("out/claim"), io::Error::from_raw_os_error(number));
            assert_eq!(error.kind(), kind);
            assert_eq!(error.path(), Some(Path::new("out/claim")));
            let inner = ParquetError::External(Box::new(io::Error::from_raw_os_error(number)));
            assert_eq!(Error::parquet(Path::new("out/claim"), inner).kind(), kind);
        }
    }
}
