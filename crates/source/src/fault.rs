//! Why an entry was refused, and where.

use std::borrow::Cow;

use fhirkit_tape::{ErrorKind, Key};

/// Why the text of an entry was refused. The message does not repeat the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Rule id: `json/syntax`, `json/encoding`, `json/too-deep`, `json/duplicate-key`.
    pub rule: &'static str,
    /// What was found and what was wanted.
    pub message: Cow<'static, str>,
    /// Its byte in the chunk's bytes.
    pub at: usize,
}

impl Fault {
    /// A key that its object has twice.
    pub fn twice(key: &Key<'_>) -> Self {
        // A name from the input may be anything, of any length.
        let name: String = key.as_str().chars().take(60).collect();
        let message = format!("expected each key once in an object, found {name:?} twice");
        Self { rule: "json/duplicate-key", message: message.into(), at: key.span().start as usize }
    }
}

impl From<fhirkit_tape::Error> for Fault {
    fn from(error: fhirkit_tape::Error) -> Self {
        let rule = match error.kind() {
            ErrorKind::InvalidUtf8 => "json/encoding",
            ErrorKind::TooDeep => "json/too-deep",
            _ => "json/syntax",
        };
        Self { rule, message: error.to_string().into(), at: error.byte() }
    }
}
