//! `_rejects.ndjson`: what could not be read or was refused, one object a line, with its bytes.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fhirkit_source::Reject;
use serde::Serialize;

/// One line of the file. Keys in this order; `text` holds the bytes as a string, `base64` where they are not UTF-8,
/// neither above the size limit of entries.
#[derive(Serialize)]
struct Line<'a> {
    source: &'a str,
    byte: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<&'a str>,
    rule: &'a str,
    message: &'a str,
    length: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

/// A document that is no good, as a line of the file.
pub(crate) struct Refused<'a> {
    pub(crate) source: &'a str,
    pub(crate) byte: u64,
    pub(crate) line: Option<u64>,
    pub(crate) entry: Option<&'a str>,
    pub(crate) rule: &'a str,
    pub(crate) message: &'a str,
    pub(crate) bytes: &'a [u8],
}

/// Writes a document that was whole and is refused for what is in it.
pub(crate) fn write_refused(refused: &Refused<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Refused { source, byte, line, entry, rule, message, bytes } = *refused;
    let length = bytes.len() as u64;
    write_line(
        Line { source, byte, line, entry, rule, message, length, text: None, base64: None },
        Some(bytes),
        out,
    )
}

/// Writes one reject as one line.
pub(crate) fn write(reject: &Reject, out: &mut dyn Write) -> io::Result<()> {
    let line = Line {
        source: &reject.input,
        byte: reject.byte,
        line: reject.line,
        entry: reject.entry.as_deref(),
        rule: &reject.rule,
        message: &reject.message,
        length: reject.length,
        text: None,
        base64: None,
    };
    write_line(line, reject.bytes.as_deref(), out)
}

/// Writes a line with its bytes.
fn write_line<'a>(mut line: Line<'a>, bytes: Option<&'a [u8]>, out: &mut dyn Write) -> io::Result<()> {
    line.text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
    line.base64 = bytes.filter(|_| line.text.is_none()).map(|bytes| STANDARD.encode(bytes));
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(bytes: Option<&[u8]>) -> String {
        let reject = Reject {
            input: "a.json".into(),
            byte: 7,
            line: Some(2),
            column: None,
            entry: Some("entry[1]".to_owned()),
            rule: "json/syntax".into(),
            message: "broken".to_owned(),
            length: 3,
            bytes: bytes.map(<[u8]>::to_vec),
            incomplete: false,
        };
        let mut out = Vec::new();
        write(&reject, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn bytes_that_are_text_stand_as_text_and_others_as_base64() {
        let start = r#"{"source":"a.json","byte":7,"line":2,"entry":"entry[1]","rule":"json/syntax","message":"broken","length":3"#;
        assert_eq!(line(Some(b"{\"a")), format!("{start},\"text\":\"{{\\\"a\"}}\n"));
        assert_eq!(line(Some(b"\xff\xfe\x00")), format!("{start},\"base64\":\"//4A\"}}\n"));
        assert_eq!(line(None), format!("{start}}}\n"));
    }
}
