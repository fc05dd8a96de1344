//! The parser: one pass over the bytes, one node a value, no recursion.

use crate::Span;
use crate::duplicates::{Keys, Notes};
use crate::error::{Error, ErrorKind};
use crate::escape::end_of_escape;
use crate::number::end_of_number;
use crate::scan::{Level, Scanner, Task};
use crate::tape::{Nodes, Tag};

/// How far beyond the text a scanner may look (never act): the widest vector.
const LOOK_AHEAD: usize = 64;

/// Parses the one JSON text in `span`, which lies in `bytes` and is UTF-8, and gives the index of its root.
pub(crate) fn parse(
    level: Level,
    bytes: &[u8],
    span: Span,
    nodes: &mut Nodes,
    keys: &mut Keys,
    max_depth: usize,
) -> Result<u32, Error> {
    let range = span.range();
    let text = Text {
        start: range.start,
        bytes: &bytes[..range.end],
        window: &bytes[..bytes.len().min(range.end + LOOK_AHEAD)],
    };
    level.run(Parse { text, nodes, keys, max_depth })
}

/// One call of [`parse`].
struct Parse<'p> {
    text: Text<'p>,
    nodes: &'p mut Nodes,
    keys: &'p mut Keys,
    max_depth: usize,
}

impl Task for Parse<'_> {
    type Output = Result<u32, Error>;

    #[inline(always)]
    fn run<S: Scanner>(self) -> Self::Output {
        // A local value whose address nobody takes lives in registers.
        let mut nodes = self.nodes.take();
        let parsed = self.text.parse::<S>(&mut nodes, &mut self.keys.notes(), self.max_depth);
        *self.nodes = nodes;
        parsed
    }
}

/// The text being parsed. Positions count from the start of the buffer.
#[derive(Clone, Copy)]
struct Text<'b> {
    start: usize,
    /// The buffer up to the text's end.
    bytes: &'b [u8],
    /// The buffer up to where a scanner may look, so that the last bytes of a text need no slow path.
    window: &'b [u8],
}

impl Text<'_> {
    /// The byte at `at`; 0, which JSON allows nowhere, beyond the end.
    #[inline(always)]
    fn peek(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    #[cold]
    fn unexpected(&self, kind: ErrorKind, at: usize) -> Error {
        match self.bytes.get(at) {
            Some(&byte) => Error::found(kind, at, byte),
            None => Error::new(ErrorKind::UnexpectedEnd, self.bytes.len()),
        }
    }

    /// The first byte from `at` on that is no white space.
    #[inline(always)]
    fn skip<S: Scanner>(&self, at: usize) -> usize {
        if self.peek(at) > b' ' { at } else { S::skip_whitespace(self.window, at).min(self.bytes.len()) }
    }

    /// The end of the string whose opening quote stands at `quote`, and whether it has escapes.
    #[inline(always)]
    fn string<S: Scanner>(&self, quote: usize) -> Result<(usize, bool), Error> {
        let at = S::find_string_end(self.window, quote + 1);
        if self.peek(at) == b'"' {
            Ok((at + 1, false))
        } else {
            Ok((self.string_with_escapes::<S>(at)?, true))
        }
    }

    /// The same from the first byte `at` that is not plain.
    #[inline(never)]
    fn string_with_escapes<S: Scanner>(&self, mut at: usize) -> Result<usize, Error> {
        loop {
            match self.bytes.get(at) {
                Some(b'"') => return Ok(at + 1),
                Some(b'\\') => at = S::find_string_end(self.window, end_of_escape(self.bytes, at)?),
                Some(&byte) => return Err(Error::found(ErrorKind::ControlCharacter, at, byte)),
                None => return Err(Error::new(ErrorKind::UnexpectedEnd, self.bytes.len())),
            }
        }
    }

    /// Adds the key at `at` of the innermost open container and gives the first byte of its value.
    #[inline(always)]
    fn key<S: Scanner>(
        &self,
        at: usize,
        nodes: &mut Nodes,
        notes: &mut Notes<'_>,
        (container, depth): (u32, usize),
    ) -> Result<usize, Error> {
        if self.peek(at) != b'"' {
            return Err(self.unexpected(ErrorKind::ExpectedKey, at));
        }
        let (end, escaped) = self.string::<S>(at)?;
        let key = nodes.push(if escaped { Tag::EscapedKey } else { Tag::Key }, at, end)?;
        let text = self.bytes.get(at..).unwrap_or_default();
        notes.see(key, text, end - at, escaped, container, depth);
        let colon = self.skip::<S>(end);
        if self.peek(colon) != b':' {
            return Err(self.unexpected(ErrorKind::ExpectedColon, colon));
        }
        Ok(self.skip::<S>(colon + 1))
    }

    /// The end of `true`, `false` or `null`.
    #[inline(always)]
    fn literal(&self, at: usize, word: &[u8]) -> Result<usize, Error> {
        let rest = self.bytes.get(at..).unwrap_or_default();
        if rest.starts_with(word) {
            return Ok(at + word.len());
        }
        let good = rest.iter().zip(word).take_while(|(found, wanted)| found == wanted).count();
        Err(self.unexpected(ErrorKind::InvalidLiteral, at + good))
    }

    /// Adds the value at `at`, which is neither an array nor an object, and gives the byte after it.
    #[inline(always)]
    fn scalar<S: Scanner>(&self, at: usize, nodes: &mut Nodes) -> Result<usize, Error> {
        let (tag, end) = match self.peek(at) {
            b'"' => {
                let (end, escaped) = self.string::<S>(at)?;
                (if escaped { Tag::EscapedString } else { Tag::String }, end)
            }
            b'-' | b'0'..=b'9' => (Tag::Number, end_of_number(self.bytes, at)?),
            b't' => (Tag::True, self.literal(at, b"true")?),
            b'f' => (Tag::False, self.literal(at, b"false")?),
            b'n' => (Tag::Null, self.literal(at, b"null")?),
            _ => return Err(self.unexpected(ErrorKind::ExpectedValue, at)),
        };
        nodes.push(tag, at, end)?;
        Ok(end)
    }

    /// The whole text. The open containers are chained through their slots, so depth costs no memory.
    #[inline(always)]
    fn parse<S: Scanner>(
        &self,
        nodes: &mut Nodes,
        notes: &mut Notes<'_>,
        max_depth: usize,
    ) -> Result<u32, Error> {
        let root = nodes.count() as u32;
        let mut at = self.skip::<S>(self.start);
        // The innermost open container, 0 outside all, and the byte that would close it.
        let (mut container, mut closing) = (0, 0);
        let mut depth = 0;
        'value: loop {
            let first = self.peek(at);
            if matches!(first, b'{' | b'[') {
                if depth == max_depth {
                    return Err(Error::new(ErrorKind::TooDeep, at));
                }
                depth += 1;
                let tag = if first == b'{' { Tag::Object } else { Tag::Array };
                container = nodes.push(tag, at, container as usize)?;
                closing = first + 2; // in ASCII, of both pairs
                at = self.skip::<S>(at + 1);
                if self.peek(at) != closing {
                    if closing == b'}' {
                        at = self.key::<S>(at, nodes, notes, (container, depth))?;
                    }
                    continue 'value;
                }
            } else {
                at = self.scalar::<S>(at, nodes)?;
                if container == 0 {
                    break 'value;
                }
                at = self.skip::<S>(at);
            }
            // Something has ended: go on to what follows it, closing what ends with it.
            loop {
                let byte = self.peek(at);
                if byte == closing {
                    at += 1;
                    container = nodes.close(container, at);
                    depth -= 1;
                    if container == 0 {
                        break 'value;
                    }
                    closing = nodes.closing(container);
                    at = self.skip::<S>(at);
                } else if byte == b',' {
                    at = self.skip::<S>(at + 1);
                    if closing == b'}' {
                        at = self.key::<S>(at, nodes, notes, (container, depth))?;
                    }
                    continue 'value;
                } else {
                    return Err(self.unexpected(unclosed(closing), at));
                }
            }
        }
        let end = self.skip::<S>(at);
        if end == self.bytes.len() { Ok(root) } else { Err(self.unexpected(ErrorKind::TrailingBytes, end)) }
    }
}

fn unclosed(closing: u8) -> ErrorKind {
    if closing == b'}' { ErrorKind::ExpectedCommaOrBrace } else { ErrorKind::ExpectedCommaOrBracket }
}

#[cfg(test)]
mod tests {
    use crate::{ErrorKind, Kind, NodeId, Span, Tape};

    fn fault(text: &str) -> (ErrorKind, usize) {
        let mut tape = Tape::new();
        tape.load(text.as_bytes().to_vec());
        let error = tape.parse(Span::new(0, text.len() as u32)).unwrap_err();
        assert_eq!(tape.node_count(), 0, "{text}: an error leaves no nodes");
        (error.kind(), error.byte())
    }

    #[test]
    fn every_fault_is_named_and_placed() {
        assert_eq!(fault(""), (ErrorKind::UnexpectedEnd, 0));
        assert_eq!(fault(" \n"), (ErrorKind::UnexpectedEnd, 2));
        assert_eq!(fault("[1,]"), (ErrorKind::ExpectedValue, 3));
        assert_eq!(fault("[1 2]"), (ErrorKind::ExpectedCommaOrBracket, 3));
        assert_eq!(fault("[,1]"), (ErrorKind::ExpectedValue, 1));
        assert_eq!(fault("[1}"), (ErrorKind::ExpectedCommaOrBracket, 2));
        assert_eq!(fault("{\"a\":1]"), (ErrorKind::ExpectedCommaOrBrace, 6));
        assert_eq!(fault("{\"a\":1,}"), (ErrorKind::ExpectedKey, 7));
        assert_eq!(fault("{,}"), (ErrorKind::ExpectedKey, 1));
        assert_eq!(fault("{\"a\" 1}"), (ErrorKind::ExpectedColon, 5));
        assert_eq!(fault("{\"a\":}"), (ErrorKind::ExpectedValue, 5));
        assert_eq!(fault("{\"a\":1}}"), (ErrorKind::TrailingBytes, 7));
        assert_eq!(fault("nul"), (ErrorKind::UnexpectedEnd, 3));
        assert_eq!(fault("nulL"), (ErrorKind::InvalidLiteral, 3));
        assert_eq!(fault("truee"), (ErrorKind::TrailingBytes, 4));
        assert_eq!(fault("01"), (ErrorKind::InvalidNumber, 1));
        assert_eq!(fault("\"a\tb\""), (ErrorKind::ControlCharacter, 2));
        assert_eq!(fault("\"a"), (ErrorKind::UnexpectedEnd, 2));
        assert_eq!(fault("\"a\\"), (ErrorKind::UnexpectedEnd, 3));
        assert_eq!(fault("\"\\ud800\""), (ErrorKind::LoneSurrogate, 1));
        assert_eq!(fault("[\u{feff}]"), (ErrorKind::ExpectedValue, 1));
    }

    #[test]
    fn a_text_ends_with_its_span_whatever_follows_in_the_buffer() {
        let mut tape = Tape::new();
        tape.load(b"12345 \"ab\" nullnull".to_vec());
        let two = tape.parse(Span::new(1, 3)).unwrap();
        assert_eq!(tape.node(two).number(), Some("23"));
        assert_eq!(tape.parse(Span::new(6, 9)).unwrap_err().kind(), ErrorKind::UnexpectedEnd);
        assert_eq!(tape.parse(Span::new(11, 14)).unwrap_err().kind(), ErrorKind::UnexpectedEnd);
        let null = tape.parse(Span::new(11, 15)).unwrap();
        assert_eq!(tape.node(null).kind(), Kind::Null);
        assert_eq!(tape.node(two).number(), Some("23"), "earlier roots stay");
        assert_eq!(tape.parse(Span::new(11, 99)).unwrap_err().kind(), ErrorKind::OutOfBounds);
    }

    #[test]
    fn the_depth_limit_is_exact() {
        let mut tape = Tape::with_max_depth(3);
        tape.load(b"[[[1]]] [[[[]]]] {\"a\":[{}]}".to_vec());
        assert!(tape.parse(Span::new(0, 7)).is_ok());
        assert_eq!(
            tape.parse(Span::new(8, 16)).map_err(|e| (e.kind(), e.byte())),
            Err((ErrorKind::TooDeep, 11))
        );
        assert!(tape.parse(Span::new(17, 27)).is_ok());
    }

    #[test]
    fn members_items_and_absence() {
        let text = br#"{"a":[1,{},[]],"_b":{"id":"x"},"b":"y","\u0062":2,"":null}"#;
        let mut tape = Tape::new();
        tape.load(text.to_vec());
        let root = tape.parse(Span::new(0, text.len() as u32)).unwrap();
        let root = tape.node(root);
        assert_eq!(root.raw(), text);
        assert_eq!(root.get("a").raw(), b"[1,{},[]]");
        assert!(root.get("a").item(1).is_empty() && root.get("a").item(2).is_empty());
        assert!(root.get("a").item(3).get("x").item(0).is_absent());
        let (value, sibling) = root.get_with_sibling("b");
        assert!(value.str_is("y") && sibling.get("id").str_is("x"));
        let keys: Vec<_> = root.members().map(|(key, _)| key.as_str().into_owned()).collect();
        assert_eq!(keys, ["a", "_b", "b", "b", ""]);
        assert!(root.get("").is_null());
        assert!(tape.node(NodeId::ABSENT).is_absent());
        assert!(tape.node(NodeId(1000)).is_absent());
        tape.load(Vec::new());
        assert!(tape.node(NodeId(1)).is_absent());
    }
}
