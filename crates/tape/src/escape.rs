//! Escapes in strings: checked when the text is parsed, decoded when somebody asks.

use crate::error::{Error, ErrorKind};

/// Checks the escape whose backslash stands at `at` and gives the byte after it.
#[inline]
pub(crate) fn end_of_escape(text: &[u8], at: usize) -> Result<usize, Error> {
    match text.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
        Some(b'u') => {
            let unit = hex(text, at + 2)?;
            let after = at + 6;
            match unit {
                0xD800..=0xDBFF => {
                    if text.get(after) != Some(&b'\\') || text.get(after + 1) != Some(&b'u') {
                        return Err(Error::new(ErrorKind::LoneSurrogate, at));
                    }
                    match hex(text, after + 2)? {
                        0xDC00..=0xDFFF => Ok(after + 6),
                        _ => Err(Error::new(ErrorKind::LoneSurrogate, at)),
                    }
                }
                0xDC00..=0xDFFF => Err(Error::new(ErrorKind::LoneSurrogate, at)),
                _ => Ok(after),
            }
        }
        Some(&byte) => Err(Error::found(ErrorKind::InvalidEscape, at, byte)),
        None => Err(Error::new(ErrorKind::UnexpectedEnd, text.len())),
    }
}

/// The value of the four hexadecimal digits at `at`.
fn hex(text: &[u8], at: usize) -> Result<u32, Error> {
    let mut value = 0;
    for index in at..at + 4 {
        let byte = *text.get(index).ok_or_else(|| Error::new(ErrorKind::UnexpectedEnd, text.len()))?;
        let digit = char::from(byte)
            .to_digit(16)
            .ok_or_else(|| Error::found(ErrorKind::InvalidEscape, index, byte))?;
        value = value << 4 | digit;
    }
    Ok(value)
}

/// The characters of a string's content (without its quotes), pieces between escapes borrowed.
/// The content has been checked by the parser; what cannot be decoded all the same becomes U+FFFD.
pub(crate) struct Pieces<'t> {
    rest: &'t str,
}

/// A stretch without escapes, or one decoded character.
pub(crate) enum Piece<'t> {
    Text(&'t str),
    Char(char),
}

impl<'t> Pieces<'t> {
    pub(crate) fn new(content: &'t str) -> Self {
        Self { rest: content }
    }

    fn unit(&mut self) -> Option<u32> {
        let digits = self.rest.get(..4)?;
        let unit = u32::from_str_radix(digits, 16).ok()?;
        self.rest = &self.rest[4..];
        Some(unit)
    }

    fn unicode(&mut self) -> char {
        let decoded = match self.unit() {
            Some(high @ 0xD800..=0xDBFF) => {
                self.rest = self.rest.strip_prefix("\\u").unwrap_or(self.rest);
                self.unit().and_then(|low| {
                    char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + low.checked_sub(0xDC00)?)
                })
            }
            Some(unit) => char::from_u32(unit),
            None => None,
        };
        decoded.unwrap_or(char::REPLACEMENT_CHARACTER)
    }
}

impl<'t> Iterator for Pieces<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        if self.rest.is_empty() {
            return None;
        }
        let plain = memchr::memchr(b'\\', self.rest.as_bytes()).unwrap_or(self.rest.len());
        if plain > 0 {
            let (text, rest) = self.rest.split_at(plain);
            self.rest = rest;
            return Some(Piece::Text(text));
        }
        let mut chars = self.rest.chars();
        chars.next();
        let escaped = chars.next();
        self.rest = chars.as_str();
        Some(Piece::Char(match escaped {
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => self.unicode(),
            Some(other) => other,
            None => char::REPLACEMENT_CHARACTER,
        }))
    }
}

/// The decoded text.
pub(crate) fn decode(content: &str) -> String {
    let mut text = String::with_capacity(content.len());
    for piece in Pieces::new(content) {
        match piece {
            Piece::Text(part) => text.push_str(part),
            Piece::Char(char) => text.push(char),
        }
    }
    text
}

/// Whether the decoded text is `wanted`; decodes nothing into memory.
pub(crate) fn decodes_to(content: &str, wanted: &str) -> bool {
    let mut wanted = wanted;
    for piece in Pieces::new(content) {
        let rest = match piece {
            Piece::Text(part) => wanted.strip_prefix(part),
            Piece::Char(char) => wanted.strip_prefix(char),
        };
        match rest {
            Some(rest) => wanted = rest,
            None => return false,
        }
    }
    wanted.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_escape_of_the_rfc_is_decoded() {
        let content = r#"a\"\\\/\b\f\n\r\té\u00e9\ud83d\ude00z"#;
        let expected = "a\"\\/\u{8}\u{c}\n\r\té\u{e9}\u{1F600}z";
        assert_eq!(decode(content), expected);
        assert!(decodes_to(content, expected));
        assert!(!decodes_to(content, "a"));
        assert!(!decodes_to("a", "ab"));
    }

    #[test]
    fn a_surrogate_needs_its_other_half() {
        let fault = |text: &str| end_of_escape(text.as_bytes(), 0).map_err(|error| error.kind());
        assert_eq!(fault(r"\ud83d\ude00"), Ok(12));
        assert_eq!(fault(r"\ud83d"), Err(ErrorKind::LoneSurrogate));
        assert_eq!(fault(r"\ud83d\u0041"), Err(ErrorKind::LoneSurrogate));
        assert_eq!(fault(r"\ude00"), Err(ErrorKind::LoneSurrogate));
        assert_eq!(fault(r"\u00g0"), Err(ErrorKind::InvalidEscape));
        assert_eq!(fault(r"\x"), Err(ErrorKind::InvalidEscape));
        assert_eq!(fault(r"\u00"), Err(ErrorKind::UnexpectedEnd));
    }
}
