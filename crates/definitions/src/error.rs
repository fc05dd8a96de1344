//! The one error of this crate.

use std::fmt;

/// What kind of failure an [`Error`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The embedded definitions cannot be read: the program was built wrongly.
    Embedded,
    /// A FHIR package is not a package, or one of its definitions cannot be understood.
    Package,
}

/// Why definitions could not be read.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    pub(crate) fn embedded(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Embedded, message: message.into(), source: None }
    }

    pub(crate) fn package(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Package, message: message.into(), source: None }
    }

    pub(crate) fn because(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(cause.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|cause| cause as _)
    }
}
