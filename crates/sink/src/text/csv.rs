//! RFC 4180: a header, CRLF after each record, quotes where needed. Null and the empty text differ.
//!
//! The records are put together here because the `csv` crate's writer quotes by one rule for all
//! fields, while null (bare) and a text that looks like it (quoted) must differ cell by cell; that
//! crate reads every file back in the tests.

use super::{RowFormat, Shown};
use crate::cells::{Cell, push_integer};
use crate::column::Column;
use crate::options::CsvOptions;

const BOM: &[u8] = "\u{feff}".as_bytes();

/// The CSV format of one table.
pub(crate) struct Csv {
    options: CsvOptions,
    header: Vec<u8>,
}

impl Csv {
    pub(crate) fn new(options: &CsvOptions, columns: &[Column]) -> Self {
        let mut csv = Self { options: options.clone(), header: Vec::new() };
        let mut header = if options.bom { BOM.to_vec() } else { Vec::new() };
        for (index, column) in columns.iter().enumerate() {
            if index > 0 {
                header.push(b',');
            }
            csv.text(&mut header, &column.name);
        }
        header.extend_from_slice(b"\r\n");
        csv.header = header;
        csv
    }

    /// A text that is not null: quoted when RFC 4180 wants it, or when bare it would read as null.
    fn text(&self, out: &mut Vec<u8>, text: &str) {
        let special = |byte| matches!(byte, b',' | b'"' | b'\r' | b'\n');
        if !text.bytes().any(special) && text != self.options.null_string && !text.is_empty() {
            out.extend_from_slice(text.as_bytes());
            return;
        }
        out.push(b'"');
        for (index, part) in text.split('"').enumerate() {
            if index > 0 {
                out.extend_from_slice(b"\"\"");
            }
            out.extend_from_slice(part.as_bytes());
        }
        out.push(b'"');
    }

    /// A text that a spreadsheet would run as a formula gets a `'` in front.
    fn guarded(&self, out: &mut Vec<u8>, text: &str) {
        let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        if self.options.guard && formula && !is_spreadsheet_number(text) {
            self.text(out, &format!("'{text}"));
        } else {
            self.text(out, text);
        }
    }
}

impl RowFormat for Csv {
    fn header(&self) -> Vec<u8> {
        self.header.clone()
    }

    fn cell(&self, out: &mut Vec<u8>, index: usize, _column: &Column, shown: &Shown<'_>) {
        if index > 0 {
            out.push(b',');
        }
        match shown {
            Shown::Null | Shown::Cell(Cell::Null | Cell::List(_)) => {
                out.extend_from_slice(self.options.null_string.as_bytes());
            }
            Shown::Misfit(text) | Shown::Cell(Cell::Text(text)) => self.guarded(out, text),
            Shown::Json(json) => self.text(out, json),
            Shown::Cell(Cell::Boolean(value)) => {
                out.extend_from_slice(if *value { b"true" } else { b"false" });
            }
            Shown::Cell(Cell::Integer(value)) => push_integer(out, *value),
        }
    }

    fn end(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\r\n");
    }
}

/// A sign, digits, a fraction, an exponent: a value, not a formula, in every spreadsheet.
fn is_spreadsheet_number(text: &str) -> bool {
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    rest.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'-' | b'+'))
        && rest.parse::<f64>().is_ok()
        && rest.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(options: CsvOptions, shown: &Shown<'_>) -> String {
        let mut out = Vec::new();
        let csv = Csv { options, header: Vec::new() };
        if let Shown::Misfit(text) = shown {
            csv.guarded(&mut out, text);
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_guard_marks_formulas_and_leaves_numbers() {
        let guard = || CsvOptions { guard: true, ..CsvOptions::default() };
        for (text, expected) in [
            ("=1+1", "'=1+1"),
            ("@sum", "'@sum"),
            ("\tx", "'\tx"),
            ("\rx", "\"'\rx\""),
            ("-1+cmd", "'-1+cmd"),
            ("-19990000002002", "-19990000002002"),
            ("-1.5e3", "-1.5e3"),
            ("+4915", "+4915"),
            ("-", "'-"),
            ("-inf", "'-inf"),
            ("a=b", "a=b"),
        ] {
            assert_eq!(written(guard(), &Shown::Misfit(text)), expected);
        }
        assert_eq!(written(CsvOptions::default(), &Shown::Misfit("=1+1")), "=1+1");
    }

    #[test]
    fn a_text_that_looks_like_null_is_quoted() {
        let options = CsvOptions { null_string: "NULL".to_owned(), ..CsvOptions::default() };
        assert_eq!(written(options.clone(), &Shown::Misfit("NULL")), "\"NULL\"");
        assert_eq!(written(options, &Shown::Misfit("")), "\"\"");
        assert_eq!(written(CsvOptions::default(), &Shown::Misfit("a\"b,c")), "\"a\"\"b,c\"");
    }
}
