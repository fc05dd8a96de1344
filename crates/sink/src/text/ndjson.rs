//! One JSON object a row, every column in it, null written out: the same columns in every line.

use super::{RowFormat, Shown};
use crate::cells::{push_json, push_json_string};
use crate::column::Column;

/// The NDJSON format of one table.
pub(crate) struct Ndjson {
    /// `{"first":` and `,"second":` …
    keys: Vec<Vec<u8>>,
}

impl Ndjson {
    pub(crate) fn new(columns: &[Column]) -> Self {
        let key = |(index, column): (usize, &Column)| {
            let mut key = vec![if index == 0 { b'{' } else { b',' }];
            push_json_string(&mut key, &column.name);
            key.push(b':');
            key
        };
        Self { keys: columns.iter().enumerate().map(key).collect() }
    }
}

impl RowFormat for Ndjson {
    fn header(&self) -> Vec<u8> {
        Vec::new()
    }

    fn cell(&self, out: &mut Vec<u8>, index: usize, column: &Column, shown: &Shown<'_>) {
        if let Some(key) = self.keys.get(index) {
            out.extend_from_slice(key);
        }
        match shown {
            Shown::Null => out.extend_from_slice(b"null"),
            Shown::Misfit(text) => push_json_string(out, text),
            Shown::Json(json) => out.extend_from_slice(json.as_bytes()),
            Shown::Cell(cell) => push_json(out, column, cell),
        }
    }

    fn end(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.keys.is_empty() { b"{}\n" } else { b"}\n" });
    }
}
