//! What an input is that does not begin like JSON.

/// How much of the beginning is looked at.
pub(crate) const LOOKED_AT: usize = 64 << 10;

/// What the first bytes of an input say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Begins {
    /// No byte but white space so far.
    Blank,
    /// JSON, or lines of which some are JSON.
    Json,
    /// Something else.
    Other(&'static str),
}

/// Looks at the first [`LOOKED_AT`] bytes (fewer only if the input has no more).
///
/// Text in which some later line begins an object is NDJSON with broken first lines; its broken
/// lines become rejects one by one. Anything else that does not begin like JSON is refused whole.
pub(crate) fn sniff(head: &[u8]) -> Begins {
    match head {
        [0xfe, 0xff, ..] | [0xff, 0xfe, ..] => return Begins::Other("UTF-16 text"),
        [b'P', b'K', 3, 4, ..] => return Begins::Other("a ZIP archive"),
        [b'P', b'A', b'R', b'1', ..] => return Begins::Other("Parquet"),
        [b'%', b'P', b'D', b'F', ..] => return Begins::Other("PDF"),
        _ => {}
    }
    if head.get(257..262) == Some(b"ustar") {
        return Begins::Other("a tar archive");
    }
    let text = trim(head);
    match text {
        [] => Begins::Blank,
        [b'{' | b'[', ..] => Begins::Json,
        [b'<', ..] if is_html(text) => Begins::Other("HTML"),
        [b'<', ..] => Begins::Other("XML"),
        _ if text.iter().any(|&byte| byte < b'\t') => Begins::Other("binary data"),
        _ if memchr::memmem::find(text, b"\n{").is_some() => Begins::Json,
        _ => Begins::Other("text"),
    }
}

/// The first printable characters, for a message: at most 20.
pub(crate) fn begins(head: &[u8]) -> String {
    let text = trim(head);
    let text = text.get(..text.len().min(80)).unwrap_or_default();
    String::from_utf8_lossy(text).chars().take_while(|c| !c.is_control()).take(20).collect()
}

fn is_html(text: &[u8]) -> bool {
    let head: Vec<u8> = text.iter().take(4096).map(u8::to_ascii_lowercase).collect();
    head.starts_with(b"<!doctype html") || memchr::memmem::find(&head, b"<html").is_some()
}

/// Without byte order marks and white space in front.
fn trim(mut bytes: &[u8]) -> &[u8] {
    loop {
        bytes = match bytes {
            [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] | [0xef, 0xbb, 0xbf, rest @ ..] => rest,
            _ => return bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_tells_what_it_is() {
        for (head, what) in [
            (&b"<!DOCTYPE html><p>"[..], Begins::Other("HTML")),
            (b"\xef\xbb\xbf <?xml version=\"1.0\"?><Patient/>", Begins::Other("XML")),
            (b"PAR1\x15", Begins::Other("Parquet")),
            (b"id,name\n1,x\n", Begins::Other("text")),
            (b"\x00\x01\x02", Begins::Other("binary data")),
            (b"\xff\xfe{\0", Begins::Other("UTF-16 text")),
            (b"oops\n{\"resourceType\":\"Patient\"}\n", Begins::Json),
            (b"\xef\xbb\xbf\r\n{", Begins::Json),
            (b"[", Begins::Json),
            (b" \n", Begins::Blank),
            (b"", Begins::Blank),
        ] {
            assert_eq!(sniff(head), what, "{head:?}");
        }
        assert_eq!(begins(b"\n<!DOCTYPE html>\n<html>"), "<!DOCTYPE html>");
    }
}
