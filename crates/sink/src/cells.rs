//! The cells of a batch as text formats show them.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, BooleanArray, Int32Array, Int64Array, ListArray, StringArray};
use arrow_schema::DataType;

use crate::column::{Column, Kind};
use crate::values::decimal::is_number;

/// A column of a batch, its array type found once.
pub(crate) enum Cells<'a> {
    Text(&'a StringArray),
    Boolean(&'a BooleanArray),
    Int32(&'a Int32Array),
    Int64(&'a Int64Array),
    List(&'a ListArray),
}

/// One cell.
pub(crate) enum Cell<'a> {
    Null,
    Text(&'a str),
    Boolean(bool),
    Integer(i64),
    List(ArrayRef),
}

impl<'a> Cells<'a> {
    /// `None` for an array that no column of ours has.
    pub(crate) fn of(array: &'a dyn Array) -> Option<Self> {
        Some(match array.data_type() {
            DataType::Utf8 => Self::Text(array.as_string_opt::<i32>()?),
            DataType::Boolean => Self::Boolean(array.as_boolean_opt()?),
            DataType::Int32 => Self::Int32(array.as_primitive_opt::<Int32Type>()?),
            DataType::Int64 => Self::Int64(array.as_primitive_opt::<Int64Type>()?),
            DataType::List(_) => Self::List(array.as_list_opt::<i32>()?),
            _ => return None,
        })
    }

    pub(crate) fn at(&self, row: usize) -> Cell<'a> {
        match self {
            Self::Text(array) if array.is_valid(row) => Cell::Text(array.value(row)),
            Self::Boolean(array) if array.is_valid(row) => Cell::Boolean(array.value(row)),
            Self::Int32(array) if array.is_valid(row) => Cell::Integer(array.value(row).into()),
            Self::Int64(array) if array.is_valid(row) => Cell::Integer(array.value(row)),
            Self::List(array) if array.is_valid(row) => Cell::List(array.value(row)),
            _ => Cell::Null,
        }
    }
}

/// Appends a JSON string.
pub(crate) fn push_json_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut plain_from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&text.as_bytes()[plain_from..at]);
        plain_from = at + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            control => out.extend_from_slice(format!("\\u{control:04x}").as_bytes()),
        }
    }
    out.extend_from_slice(&text.as_bytes()[plain_from..]);
    out.push(b'"');
}

/// Appends text as the JSON value that its column holds: a decimal stays the number it was written as.
fn push_json_text(out: &mut Vec<u8>, column: &Column, text: &str) {
    if column.kind == Kind::Decimal && is_number(text) {
        out.extend_from_slice(text.as_bytes());
    } else {
        push_json_string(out, text);
    }
}

/// Appends the items of a list as a JSON array, of a text only what `shown` leaves.
pub(crate) fn push_json_list(
    out: &mut Vec<u8>,
    column: &Column,
    items: &ArrayRef,
    shown: impl Fn(&str) -> usize,
) {
    out.push(b'[');
    if let Some(cells) = Cells::of(items.as_ref()) {
        for row in 0..items.len() {
            if row > 0 {
                out.push(b',');
            }
            match cells.at(row) {
                Cell::Text(text) => push_json_text(out, column, text.get(..shown(text)).unwrap_or(text)),
                other => push_json(out, column, &other),
            }
        }
    }
    out.push(b']');
}

/// Appends a cell as a JSON value.
pub(crate) fn push_json(out: &mut Vec<u8>, column: &Column, cell: &Cell<'_>) {
    match cell {
        Cell::Null => out.extend_from_slice(b"null"),
        Cell::Text(text) => push_json_text(out, column, text),
        Cell::Boolean(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        Cell::Integer(value) => push_integer(out, *value),
        Cell::List(items) => push_json_list(out, column, items, str::len),
    }
}

/// The JSON text of a list, as written.
pub(crate) fn list_text(column: &Column, items: &ArrayRef) -> String {
    let mut out = Vec::new();
    push_json_list(&mut out, column, items, str::len);
    String::from_utf8_lossy(&out).into_owned()
}

pub(crate) fn push_integer(out: &mut Vec<u8>, value: i64) {
    use std::io::Write;
    // Writing to a vector cannot fail.
    let _ = write!(out, "{value}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_string_reads_back_as_the_text() {
        for text in ["", "a\"b\\c", "tab\t line\n\r", "\u{0}\u{1f}\u{7f}", "Ångström 🩺", "</script>"] {
            let mut out = Vec::new();
            push_json_string(&mut out, text);
            assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }
}
