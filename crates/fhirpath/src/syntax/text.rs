//! Escapes inside strings and delimited names.

use crate::error::Error;

/// Replaces the escapes of FHIRPath strings; `at` is where the body begins in the expression.
pub(crate) fn unescape(body: &str, at: usize) -> Result<String, Error> {
    if !body.contains('\\') {
        return Ok(body.to_owned());
    }
    let mut out = String::with_capacity(body.len());
    let mut chars = body.char_indices();
    while let Some((offset, c)) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let place = at + offset;
        match chars.next().map(|(_, c)| c) {
            Some(c @ ('\'' | '"' | '`' | '\\' | '/')) => out.push(c),
            Some('f') => out.push('\u{c}'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('u') => {
                let unit = hex4(&mut chars).ok_or_else(|| bad_unicode(place))?;
                let c = match unit {
                    0xd800..=0xdbff => {
                        let low = match (chars.next(), chars.next()) {
                            (Some((_, '\\')), Some((_, 'u'))) => hex4(&mut chars),
                            _ => None,
                        };
                        let low = low.filter(|low| (0xdc00..=0xdfff).contains(low));
                        let low = low.ok_or_else(|| bad_unicode(place))?;
                        char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00))
                    }
                    _ => char::from_u32(unit),
                };
                out.push(c.ok_or_else(|| bad_unicode(place))?);
            }
            other => {
                let shown = other.map(String::from).unwrap_or_default();
                return Err(Error::syntax(place, format!("unknown escape `\\{shown}`"))
                    .with_hint("a backslash itself is written `\\\\`"));
            }
        }
    }
    Ok(out)
}

fn hex4(chars: &mut std::str::CharIndices<'_>) -> Option<u32> {
    let mut unit = 0;
    for _ in 0..4 {
        unit = unit * 16 + chars.next()?.1.to_digit(16)?;
    }
    Some(unit)
}

fn bad_unicode(at: usize) -> Error {
    Error::syntax(at, "expected four hexadecimal digits of a character after `\\u`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_become_their_characters() {
        assert_eq!(unescape(r"P\u0065ter\'s \\ \t", 0).unwrap(), "Peter's \\ \t");
        assert_eq!(unescape(r"\ud83d\ude00", 0).unwrap(), "😀");
        assert_eq!(unescape(r"a\d", 5).unwrap_err().position(), 6);
        assert!(unescape(r"\ud83d", 0).is_err());
    }
}
