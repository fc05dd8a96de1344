//! Why a fetch could not go on: opaque errors that say their kind, and whose words hold no secret and no patient.

use std::error::Error as StdError;
use std::fmt;

/// A failure of the network, of a sign-in, or of a server that does not do as the standards say.
///
/// Its words never hold a token, a secret, a code, or a patient's id: whoever makes one writes URLs by
/// [`crate::redact::url`].
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    help: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What kind of failure it is; `fhirkit` derives rule id and exit code from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No connection: refused, no such host, closed too early; after the retries. `net/connect`
    Connect,
    /// No answer in time; after the retries. `net/timeout`
    Timeout,
    /// The certificate is not trusted, or no common TLS. `net/tls`
    Tls,
    /// A redirect that is not followed: too many, to plain http, or with a token at stake. `net/redirect`
    Redirect,
    /// An answer with a status that is no success; after the retries. `net/status`
    Status,
    /// The answer is not what was asked for: HTML, no JSON, no Bundle, a wrong content type. `net/not-fhir`
    NotFhir,
    /// An answer above a limit. `net/too-large`
    TooLarge,
    /// Paging that comes back to a page it has been at. `net/loop`
    Loop,
    /// The record is known to be incomplete. `fetch/incomplete`
    Incomplete,
    /// Not signed in. `auth/none`
    NotSignedIn,
    /// The token is past its time or no longer accepted. `auth/expired`
    Expired,
    /// The server, or the member, says no. `auth/denied`
    Denied,
    /// An answer of a sign-in that does not fit its question: state, nonce, issuer, signature. `auth/mismatch`
    Mismatch,
    /// A file that is not what its checksum or its name says. `net/checksum`
    Checksum,
    /// A token store that cannot be read or written. `auth/store`
    Store,
    /// A provider or option that does not make sense. `config/provider`
    Configuration,
    /// A file that could not be written. `io/write`
    Output,
    /// Something stands where the output should go. `io/exists`
    Exists,
    /// Stopped from outside.
    Cancelled,
}

impl Error {
    /// An error of `kind`, in lower case and without a final stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into(), help: None, source: None }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Error {
        self.help = Some(help.into());
        self
    }

    /// Adds what it comes from.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        self.source = Some(source.into());
        self
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What to do about it, if anything helps.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as &(dyn StdError + 'static))
    }
}

/// What the functions of this room give.
pub type Result<T> = std::result::Result<T, Error>;
