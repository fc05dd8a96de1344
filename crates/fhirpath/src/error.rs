//! What can go wrong with an expression: in its text, in its names and types, or while it runs.

use std::fmt;

use crate::json;
use crate::value::Value;

/// When the fault was found, in the words of the official test suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text is not FHIRPath.
    Syntax,
    /// The text is FHIRPath, but names or types do not fit the definitions.
    Semantic,
    /// The data met something that the expression cannot handle.
    Execution,
}

/// A fault of an expression, with its place in the expression's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Fault>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    kind: ErrorKind,
    at: usize,
    message: String,
    hint: Option<String>,
    found: Option<Found>,
}

/// Text of the data, which no message and no log may show.
#[derive(Clone, PartialEq, Eq)]
struct Found(String);

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Error {
    fn new(kind: ErrorKind, at: usize, message: impl Into<String>) -> Self {
        Error(Box::new(Fault { kind, at, message: message.into(), hint: None, found: None }))
    }

    pub(crate) fn syntax(at: usize, message: impl Into<String>) -> Self {
        Error::new(ErrorKind::Syntax, at, message)
    }

    pub(crate) fn semantic(at: usize, message: impl Into<String>) -> Self {
        Error::new(ErrorKind::Semantic, at, message)
    }

    pub(crate) fn execution(at: usize, message: impl Into<String>) -> Self {
        Error::new(ErrorKind::Execution, at, message)
    }

    /// A fault met outside the engine, by an [`Environment`](crate::Environment) that was asked.
    pub fn environment(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::Execution, 0, message)
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The same fault at the place of the call that met it.
    pub(crate) fn placed_at(mut self, at: usize) -> Self {
        self.0.at = at;
        self
    }

    /// The same fault with the items that it met, unless it knows them already.
    pub(crate) fn met(mut self, items: &[Value<'_>]) -> Self {
        if self.0.found.is_none() {
            self.0.found = json::of_items(items).map(Found);
        }
        self
    }

    /// What stands in the data where the fault was met: a string's own text, the JSON of another item, or a JSON array
    /// of several. Nothing where there is no such place, or where it holds more than 64 KiB.
    pub fn found(&self) -> Option<&str> {
        self.0.found.as_ref().map(|found| found.0.as_str())
    }

    /// When the fault was found.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Where in the expression: a byte offset into its text.
    pub fn position(&self) -> usize {
        self.0.at
    }

    /// Advice, when there is some: the likely meant name, or another way to write it.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}
