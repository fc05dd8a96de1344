//! Columns that every built-in table has after its own: where a row came from.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, Int64Array, StringArray, new_null_array};
use arrow_schema::{DataType, Field};

use crate::place::Place;
use crate::types::{Carrier, ColumnType, DateRule};

fn plain(carrier: Carrier, fhir_type: &str) -> ColumnType {
    ColumnType {
        carrier,
        fhir_type: fhir_type.to_owned(),
        list: false,
        cast: false,
        dates: DateRule::AsWritten,
    }
}

/// `contained_in`: key of the containing resource.
pub(crate) fn contained_in() -> Field {
    plain(Carrier::Text, "string").field("contained_in", false)
}

/// The columns of [`Place`].
pub(crate) fn fields() -> [Field; 4] {
    [
        plain(Carrier::Text, "string").field("_source_file", false),
        plain(Carrier::Int64, "integer64").field("_source_line", false),
        plain(Carrier::Int32, "integer").field("_entry_index", false),
        plain(Carrier::Int64, "integer64").field("_source_offset", false),
    ]
}

/// `contained_in` of rows that are resources of their own.
pub(crate) fn not_contained(row_count: usize) -> ArrayRef {
    new_null_array(&DataType::Utf8, row_count)
}

/// The columns of [`fields`], one place a row.
pub(crate) fn arrays<'p>(rows: impl Iterator<Item = &'p Place> + Clone) -> [ArrayRef; 4] {
    let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let index = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    [
        Arc::new(StringArray::from_iter_values(rows.clone().map(|place| &*place.source))),
        Arc::new(Int64Array::from_iter(rows.clone().map(|place| place.line.map(signed)))),
        Arc::new(Int32Array::from_iter(rows.clone().map(|place| place.index.map(index)))),
        Arc::new(Int64Array::from_iter_values(rows.map(|place| signed(place.offset)))),
    ]
}
