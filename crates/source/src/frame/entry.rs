//! The members of one Bundle entry that has been cut out.

use std::ops::Range;

/// What the splitter wants to know of a Bundle entry. Positions are those of the window.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    /// The resource, if there is one.
    pub resource: Option<Range<usize>>,
    /// A second `resource` of the same entry.
    pub repeated: Option<Range<usize>>,
    /// The text of `fullUrl` between its quotes.
    pub full_url: Option<Range<usize>>,
    /// There is a `request`.
    pub request: bool,
    /// There is a `response`.
    pub response: bool,
    /// The `search`, if there is one.
    pub search: Option<Range<usize>>,
}

/// Where and why an entry is no JSON object.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misplaced {
    pub at: usize,
    pub message: &'static str,
}

/// Walks the members of the object `bytes[start..end]`. `containers` are the first and last byte
/// of each array or object among its values, in order, as the scanner met them.
pub(super) fn parts(
    bytes: &[u8],
    start: usize,
    end: usize,
    containers: &[(usize, usize)],
) -> Result<Parts, Misplaced> {
    let mut walk = Members { bytes, end, containers: containers.iter() };
    let mut found = Parts::default();
    let mut at = walk.skip_blanks(start + 1);
    if at + 1 == end {
        return Ok(found);
    }
    loop {
        let key = walk.string(at)?;
        at = walk.skip_blanks(key.end + 1);
        if walk.byte(at) != b':' {
            return Err(Misplaced { at, message: "expected `:` after a key" });
        }
        at = walk.skip_blanks(at + 1);
        let value = walk.value(at)?;
        at = walk.skip_blanks(value.end);
        let key = bytes.get(key).unwrap_or_default();
        if is_key(key, "resource") {
            let slot = if found.resource.is_none() { &mut found.resource } else { &mut found.repeated };
            *slot = Some(value);
        } else if found.full_url.is_none() && is_key(key, "fullUrl") && walk.byte(value.start) == b'"' {
            found.full_url = Some(value.start + 1..value.end - 1);
        } else if walk.byte(value.start) == b'{' {
            found.request |= is_key(key, "request");
            found.response |= is_key(key, "response");
            if found.search.is_none() && is_key(key, "search") {
                found.search = Some(value);
            }
        }
        match walk.byte(at) {
            b',' => at = walk.skip_blanks(at + 1),
            b'}' if at + 1 == end => return Ok(found),
            _ => return Err(Misplaced { at, message: "expected `,` or `}` after a member" }),
        }
    }
}

struct Members<'b> {
    bytes: &'b [u8],
    end: usize,
    containers: std::slice::Iter<'b, (usize, usize)>,
}

impl Members<'_> {
    /// The byte there; NUL, which is never right, beyond the end.
    fn byte(&self, at: usize) -> u8 {
        if at < self.end { self.bytes.get(at).copied().unwrap_or(0) } else { 0 }
    }

    fn skip_blanks(&self, mut at: usize) -> usize {
        while matches!(self.byte(at), b' ' | b'\n' | b'\r' | b'\t') {
            at += 1;
        }
        at
    }

    /// The text between the quotes of the string that begins there.
    fn string(&self, at: usize) -> Result<Range<usize>, Misplaced> {
        if self.byte(at) != b'"' {
            return Err(Misplaced { at, message: "expected a key in quotes" });
        }
        let rest = self.bytes.get(at + 1..self.end).unwrap_or_default();
        match string_length(rest) {
            Some(length) => Ok(at + 1..at + 1 + length),
            None => Err(Misplaced { at, message: "the string is not closed" }),
        }
    }

    fn value(&mut self, at: usize) -> Result<Range<usize>, Misplaced> {
        let fault = |message| Err(Misplaced { at, message });
        match self.byte(at) {
            b'"' => Ok(at..self.string(at)?.end + 1),
            open @ (b'{' | b'[') => match self.containers.next() {
                Some(&(start, last)) if start == at => {
                    if self.byte(last) != closer(open) {
                        return fault("brackets do not match");
                    }
                    Ok(at..last + 1)
                }
                _ => fault("expected `,` or `}` after a member"),
            },
            _ => {
                let rest = self.bytes.get(at..self.end).unwrap_or_default();
                match scalar_length(rest) {
                    0 => fault("expected a value"),
                    length => Ok(at..at + length),
                }
            }
        }
    }
}

/// The bracket that closes an open one.
pub(super) fn closer(open: u8) -> u8 {
    if open == b'{' { b'}' } else { b']' }
}

/// The length of a string's text, given what follows its opening quote; `None` if it is not closed.
pub(super) fn string_length(rest: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let found = at + memchr::memchr2(b'"', b'\\', rest.get(at..)?)?;
        if rest.get(found) == Some(&b'"') {
            return Some(found);
        }
        at = found + 2;
    }
}

/// The length of a number, `true`, `false`, `null`, or whatever stands in their place.
pub(super) fn scalar_length(rest: &[u8]) -> usize {
    let ends = |byte: &u8| {
        matches!(byte, b',' | b'}' | b']' | b'{' | b'[' | b':' | b'"' | b' ' | b'\n' | b'\r' | b'\t')
    };
    rest.iter().position(ends).unwrap_or(rest.len())
}

/// Whether a key as written, escapes and all, spells `name`.
pub(super) fn is_key(written: &[u8], name: &str) -> bool {
    if memchr::memchr(b'\\', written).is_none() {
        return written == name.as_bytes();
    }
    let mut wanted = name.bytes();
    let mut rest = written;
    while let [first, after @ ..] = rest {
        let byte = match (first, after) {
            (b'\\', [b'u', b'0', b'0', high, low, after @ ..]) => {
                rest = after;
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                match (digit(high), digit(low)) {
                    (Some(high), Some(low)) => (high * 16 + low) as u8,
                    _ => return false,
                }
            }
            (b'\\', _) => return false,
            (byte, after) => {
                rest = after;
                *byte
            }
        };
        if wanted.next() != Some(byte) {
            return false;
        }
    }
    wanted.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, containers: &[(usize, usize)]) -> Result<Parts, Misplaced> {
        parts(text.as_bytes(), 0, text.len(), containers)
    }

    #[test]
    fn an_entry_gives_its_resource_and_full_url() {
        let text = r#"{"search":null , "fullUrl" : "a\"b","resource":{} }"#;
        let parts = of(text, &[(47, 48)]).unwrap();
        assert_eq!(&text[parts.resource.unwrap()], "{}");
        assert_eq!(&text[parts.full_url.unwrap()], r#"a\"b"#);
        assert_eq!((parts.search, parts.request), (None, false));
    }

    #[test]
    fn an_entry_tells_what_it_has_beside_its_resource() {
        let text = r#"{"request":{},"response":{},"search":{"mode":"match"}}"#;
        let parts = of(text, &[(11, 12), (25, 26), (37, 52)]).unwrap();
        assert!(parts.request);
        assert!(parts.response);
        assert_eq!(&text[parts.search.unwrap()], r#"{"mode":"match"}"#);
    }

    #[test]
    fn faults_name_their_place() {
        for (text, at) in [
            (r#"{"a" 1}"#, 5),
            (r#"{"a":}"#, 5),
            (r#"{"a":1,}"#, 7),
            (r#"{"a":1 "b":2}"#, 7),
            (r#"{a:1}"#, 1),
        ] {
            assert_eq!(of(text, &[]).unwrap_err().at, at, "{text}");
        }
    }

    #[test]
    fn keys_are_compared_decoded() {
        assert!(is_key(br"resou\u0072ce", "resource"));
        assert!(!is_key(br"resou\u0072", "resource"));
        assert!(!is_key(br"resource\n", "resource"));
    }
}
