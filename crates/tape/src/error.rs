//! Why a text is not JSON.

use std::fmt;

/// Why a text was refused, and where.
///
/// The message (`Display`) does not repeat the place: [`byte`](Error::byte) counts in the tape's buffer, while a
/// reader of messages wants file, line and column, which only the caller knows. No text of the input stands in
/// the message, but at most the one ASCII character that was found instead of what was wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    byte: usize,
    found: Option<u8>,
}

/// What was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Bytes that are not UTF-8.
    InvalidUtf8,
    /// The text ends inside a value, or is empty.
    UnexpectedEnd,
    /// Something else stands where a value belongs.
    ExpectedValue,
    /// Something else stands where the key of a member belongs.
    ExpectedKey,
    /// No colon after a key.
    ExpectedColon,
    /// Neither a comma nor the closing brace after a member.
    ExpectedCommaOrBrace,
    /// Neither a comma nor the closing bracket after an item.
    ExpectedCommaOrBracket,
    /// More bytes after the value.
    TrailingBytes,
    /// A word that begins like `true`, `false` or `null` but is not.
    InvalidLiteral,
    /// Digits that break the number grammar: a leading zero, no digit after the point or in the exponent.
    InvalidNumber,
    /// A backslash with something after it that RFC 8259 does not know.
    InvalidEscape,
    /// Half of a surrogate pair, which no Unicode text can hold.
    LoneSurrogate,
    /// A character below U+0020 inside a string.
    ControlCharacter,
    /// More arrays and objects inside each other than the tape's limit.
    TooDeep,
    /// More nodes than one tape can count (2^28).
    TooManyNodes,
    /// The span does not lie in the buffer.
    OutOfBounds,
}

impl Error {
    #[cold]
    pub(crate) fn new(kind: ErrorKind, byte: usize) -> Self {
        Self { kind, byte, found: None }
    }

    #[cold]
    pub(crate) fn found(kind: ErrorKind, byte: usize, found: u8) -> Self {
        Self { kind, byte, found: Some(found) }
    }

    /// What was wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Where: a byte offset in the tape's buffer.
    pub fn byte(&self) -> usize {
        self.byte
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            ErrorKind::InvalidUtf8 => "bytes that are not UTF-8",
            ErrorKind::UnexpectedEnd => "the text ends before the value does",
            ErrorKind::ExpectedValue => "expected a value",
            ErrorKind::ExpectedKey => "expected a key in double quotes",
            ErrorKind::ExpectedColon => "expected `:` after a key",
            ErrorKind::ExpectedCommaOrBrace => "expected `,` or `}` after a member",
            ErrorKind::ExpectedCommaOrBracket => "expected `,` or `]` after an item",
            ErrorKind::TrailingBytes => "expected nothing after the value",
            ErrorKind::InvalidLiteral => "expected `true`, `false` or `null`",
            ErrorKind::InvalidNumber => {
                "a number that JSON does not allow: expected a digit, no leading zero"
            }
            ErrorKind::InvalidEscape => "an escape that JSON does not know",
            ErrorKind::LoneSurrogate => "half of a surrogate pair, expected both halves as `\\uD8xx\\uDCxx`",
            ErrorKind::ControlCharacter => "a control character in a string, expected it escaped",
            ErrorKind::TooDeep => "arrays and objects are nested deeper than the limit",
            ErrorKind::TooManyNodes => "more than 268,435,455 values in one buffer",
            ErrorKind::OutOfBounds => "the span lies outside the buffer",
        })?;
        match self.found {
            Some(byte) if byte.is_ascii_graphic() => write!(f, ", found `{}`", char::from(byte)),
            Some(byte) if byte < 0x80 => write!(f, ", found U+{byte:04X}"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
