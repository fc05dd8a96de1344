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
    let text = std::str::from_utf8(bytes).ok();
    let base64 = text.is_none().then(|| STANDARD.encode(bytes));
    let length = bytes.len() as u64;
    serde_json::to_writer(
        &mut *out,
        &Line { source, byte, line, entry, rule, message, length, text, base64 },
    )?;
    out.write_all(b"\n")
}

/// Writes one reject as one line.
pub(crate) fn write(reject: &Reject, out: &mut dyn Write) -> io::Result<()> {
    let bytes = reject.bytes.as_deref();
    let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
    let base64 = bytes.filter(|_| text.is_none()).map(|bytes| STANDARD.encode(bytes));
    let line = Line {
        source: &reject.input,
        byte: reject.byte,
        line: reject.line,
        entry: reject.entry.as_deref(),
        rule: reject.rule,
        message: &reject.message,
        length: reject.length,
        text,
        base64,
    };
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
            entry: Some("entry[1]".to_owned()),
            rule: "json/syntax",
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
