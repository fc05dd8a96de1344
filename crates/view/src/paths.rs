//! What the text of a path says before it is compiled: a tail of plain elements, keys.

/// Splits a path before its tail of plain element names: `name.where(…).first().family` into the call and `family`.
/// A path with an operator outside of parentheses has no tail.
pub(crate) fn split_tail(path: &str) -> Option<(&str, &str)> {
    let mut tail_at = None;
    for (at, piece) in Pieces::new(path) {
        match piece {
            Piece::Dot => tail_at = tail_at.or(Some(at)),
            Piece::Name => {}
            Piece::Operator => return None,
            Piece::Other => tail_at = None,
        }
    }
    let at = tail_at?;
    Some((&path[..at], &path[at + 1..]))
}

/// Whether the path gives a key of a resource or reference.
pub(crate) fn is_key(path: &str) -> bool {
    let mut last = 0;
    for (at, piece) in Pieces::new(path) {
        match piece {
            Piece::Operator => return false,
            Piece::Dot => last = at + 1,
            _ => {}
        }
    }
    let call = path.get(last..).unwrap_or_default().trim_start();
    call.starts_with("getResourceKey(") || call.starts_with("getReferenceKey(")
}

enum Piece {
    Dot,
    /// A plain name.
    Name,
    /// White space or an operator: the path is more than one term.
    Operator,
    /// A call's parentheses, an index, a literal, a variable, `$this`.
    Other,
}

/// The pieces of a path outside of parentheses, brackets and quotes, with the byte where each begins.
struct Pieces<'p> {
    path: &'p str,
    at: usize,
}

impl<'p> Pieces<'p> {
    fn new(path: &'p str) -> Self {
        Self { path: path.trim_end(), at: 0 }
    }

    /// Byte after the closing partner of the bracket at `self.at`, quotes respected.
    fn skip_brackets(&self) -> usize {
        let bytes = self.path.as_bytes();
        let (mut depth, mut at) = (0usize, self.at);
        while at < bytes.len() {
            match bytes[at] {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => {
                    depth -= 1;
                    if depth == 0 {
                        return at + 1;
                    }
                }
                b'\'' | b'"' | b'`' => at = skip_quotes(bytes, at) - 1,
                _ => {}
            }
            at += 1;
        }
        bytes.len()
    }
}

/// Byte after the quoted text that begins at `at`.
fn skip_quotes(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while end < bytes.len() {
        match bytes[end] {
            b'\\' => end += 1,
            byte if byte == bytes[at] => return end + 1,
            _ => {}
        }
        end += 1;
    }
    bytes.len()
}

impl Iterator for Pieces<'_> {
    type Item = (usize, Piece);

    fn next(&mut self) -> Option<(usize, Piece)> {
        let bytes = self.path.as_bytes();
        let (at, first) = (self.at, *bytes.get(self.at)?);
        let name_end = |from: usize| {
            let rest = bytes[from..].iter();
            from + rest.take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count()
        };
        let (end, piece) = match first {
            b'.' => (at + 1, Piece::Dot),
            b'(' | b'[' | b'{' => (self.skip_brackets(), Piece::Other),
            b'\'' | b'"' => (skip_quotes(bytes, at), Piece::Other),
            b'`' => (skip_quotes(bytes, at), Piece::Name),
            b'%' | b'$' => (name_end(at + 1), Piece::Other),
            b'0'..=b'9' => (name_end(at), Piece::Other),
            _ if first.is_ascii_alphabetic() || first == b'_' => {
                let end = name_end(at);
                let word = &self.path[at..end];
                let operator = matches!(
                    word,
                    "and" | "or" | "xor" | "implies" | "is" | "as" | "in" | "contains" | "div" | "mod"
                );
                let is_call = bytes.get(end) == Some(&b'(');
                let after_dot = at > 0 && bytes[at - 1] == b'.';
                let piece = if operator && !is_call && !after_dot {
                    Piece::Operator
                } else if is_call {
                    Piece::Other
                } else {
                    Piece::Name
                };
                (end, piece)
            }
            _ => (at + self.path[at..].chars().next().map_or(1, char::len_utf8), Piece::Operator),
        };
        self.at = end.max(at + 1);
        Some((at, piece))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_is_what_follows_the_last_call() {
        assert_eq!(
            split_tail("name.where(use = 'a.b)').first().family"),
            Some(("name.where(use = 'a.b)').first()", "family"))
        );
        assert_eq!(split_tail("value.ofType(Range).low.value"), Some(("value.ofType(Range)", "low.value")));
        assert_eq!(split_tail("name[0].period.end"), Some(("name[0]", "period.end")));
        assert_eq!(split_tail("a.first() | b.first().code"), None);
        assert_eq!(split_tail("name.first()"), None);
        assert_eq!(split_tail("(a | b).code"), Some(("(a | b)", "code")));
    }

    #[test]
    fn keys_are_known_by_their_last_call() {
        assert!(is_key("getResourceKey()"));
        assert!(is_key("insurance.where(focal.empty() or focal = true).coverage.getReferenceKey(Coverage)"));
        assert!(!is_key("getResourceKey() = link.other.getReferenceKey()"));
        assert!(!is_key("subscriber.getReferenceType()"));
    }
}
