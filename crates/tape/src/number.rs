//! The number grammar of RFC 8259, section 6.

use crate::error::{Error, ErrorKind};

#[inline(always)]
fn peek(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}

#[inline(always)]
fn digits(text: &[u8], mut at: usize) -> usize {
    while peek(text, at).is_ascii_digit() {
        at += 1;
    }
    at
}

#[cold]
fn broken(text: &[u8], at: usize) -> Error {
    match text.get(at) {
        Some(&byte) => Error::found(ErrorKind::InvalidNumber, at, byte),
        None => Error::new(ErrorKind::UnexpectedEnd, at),
    }
}

/// The end of the number that begins at `start` with a minus sign or a digit.
#[inline(always)]
pub(crate) fn end_of_number(text: &[u8], start: usize) -> Result<usize, Error> {
    let mut at = start;
    if peek(text, at) == b'-' {
        at += 1;
    }
    let integer = at;
    at = digits(text, at);
    let digit_count = at - integer;
    if digit_count == 0 || (digit_count > 1 && peek(text, integer) == b'0') {
        return Err(broken(text, if digit_count == 0 { at } else { integer + 1 }));
    }
    if peek(text, at) == b'.' {
        let fraction = at + 1;
        at = digits(text, fraction);
        if at == fraction {
            return Err(broken(text, at));
        }
    }
    if matches!(peek(text, at), b'e' | b'E') {
        at += 1;
        if matches!(peek(text, at), b'+' | b'-') {
            at += 1;
        }
        let exponent = at;
        at = digits(text, exponent);
        if at == exponent {
            return Err(broken(text, at));
        }
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_that_of_the_rfc() {
        for good in ["0", "-0", "7", "10", "1.10", "-0.0", "1e400", "1E+5", "12e-7", "1.5E3"] {
            assert_eq!(end_of_number(good.as_bytes(), 0).map_err(|e| e.byte()), Ok(good.len()), "{good}");
        }
        for (bad, at) in
            [("-", 1), ("01", 1), ("-01", 2), ("1.", 2), ("1.e", 2), ("1e", 2), ("1e+", 3), ("-a", 1)]
        {
            assert_eq!(end_of_number(bad.as_bytes(), 0).map_err(|e| e.byte()), Err(at), "{bad}");
        }
    }
}
