//! Why a run could not go on.

use std::borrow::Cow;
use std::fmt;

/// What kind of trouble ended a run; chooses the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An option or a combination of options that cannot be meant.
    Usage,
    /// A view that does not compile.
    View,
    /// A resource breaks a rule, and that was to end the run.
    Invalid,
    /// An input that was named is missing or cannot be read.
    Input,
    /// The output could not be written.
    Output,
    /// Whoever read our standard output has gone.
    ClosedPipe,
    /// The run was cancelled.
    Interrupted,
    /// A fault of fhirkit itself.
    Internal,
}

/// Why a run could not go on. Bad data is an issue and never an `Error`.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    rule: Cow<'static, str>,
    message: String,
    hint: Option<String>,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// What kind of trouble it was.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Under what it is reported: the id of a rule (`io/exists`, `view/unknown-path`, …), or, where nothing that was read
    /// is at fault, one of the words `usage`, `interrupted` and `internal`.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// What the user could do about it.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    pub(crate) fn new(
        kind: ErrorKind,
        rule: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Error { kind, rule: rule.into(), message: message.into(), hint: None, cause: None }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::Usage, "usage", message)
    }

    pub(crate) fn interrupted() -> Self {
        Error::new(ErrorKind::Interrupted, "interrupted", "interrupted; nothing was written")
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::Internal, "internal", message)
    }

    /// A resource with an error where none is accepted.
    pub(crate) fn invalid(issue: &fhirkit_issue::Issue) -> Self {
        let message = format!("{} ({}); nothing was written", issue.message, issue.place());
        Error::new(ErrorKind::Invalid, String::from(issue.rule.clone()), message)
    }

    /// An error in a view of the user's, with the file it stands in.
    pub(crate) fn of_view(error: fhirkit_view::Error, file: &crate::ViewFile) -> Self {
        let mut built = Error::from(error);
        built.message = format!("{}: {}", file.path, built.message);
        built
    }

    pub(crate) fn with_hint(mut self, hint: Option<impl Into<String>>) -> Self {
        self.hint = hint.map(Into::into);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

impl From<fhirkit_source::Error> for Error {
    fn from(error: fhirkit_source::Error) -> Self {
        let mut built = Error::new(ErrorKind::Input, error.rule(), error.to_string());
        built.cause = Some(Box::new(error));
        built
    }
}

impl From<fhirkit_sink::Error> for Error {
    fn from(error: fhirkit_sink::Error) -> Self {
        use fhirkit_sink::Kind;
        let (kind, rule) = match error.kind() {
            Kind::Usage => (ErrorKind::Usage, "usage"),
            Kind::Exists | Kind::NotOurs => (ErrorKind::Output, "io/exists"),
            Kind::ClosedPipe => (ErrorKind::ClosedPipe, "io/write"),
            Kind::Schema | Kind::Internal => (ErrorKind::Internal, "internal"),
            _ => (ErrorKind::Output, "io/write"),
        };
        let hint = error.hint().map(str::to_owned);
        let mut built = Error::new(kind, rule, error.to_string()).with_hint(hint);
        built.cause = Some(Box::new(error));
        built
    }
}

impl From<fhirkit_view::Error> for Error {
    fn from(error: fhirkit_view::Error) -> Self {
        let hint = error.hint().map(str::to_owned);
        let mut built = Error::new(ErrorKind::View, error.rule(), error.to_string()).with_hint(hint);
        built.cause = Some(Box::new(error));
        built
    }
}

impl From<fhirkit_definitions::Error> for Error {
    fn from(error: fhirkit_definitions::Error) -> Self {
        Error::internal(error.to_string())
    }
}
