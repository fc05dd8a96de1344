//! How large rows are, by their values alone.
//!
//! Never by allocated capacity, which depends on how the rows were cut into batches: the end of a
//! row group, and so the bytes of the file, would depend on it too.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;

/// How many bytes of values may lie together: in all columns, and in one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Most {
    pub(crate) all: u64,
    pub(crate) column: u64,
}

impl Most {
    /// Whether values of so many bytes in each column are as much or more.
    pub(crate) fn is_reached(self, columns: impl Iterator<Item = u64>) -> bool {
        let (all, largest) = columns.fold((0, 0), |(all, largest), bytes| (all + bytes, bytes.max(largest)));
        all >= self.all || largest >= self.column
    }
}

/// Bytes of the values in these rows by column; null has none.
pub(crate) fn value_bytes(batch: &RecordBatch) -> impl Iterator<Item = u64> {
    batch.columns().iter().map(values_of)
}

/// Bytes that these rows hold while they wait: their values, and a place for each cell, null or not.
pub(crate) fn held_bytes(batch: &RecordBatch) -> u64 {
    batch.columns().iter().map(held_by).sum()
}

/// How many rows at the front, at least one, it takes until `is_full`; `None` when all of them are not enough. What is
/// full stays full with more rows.
pub(crate) fn rows_until(batch: &RecordBatch, is_full: impl Fn(&RecordBatch) -> bool) -> Option<usize> {
    if !is_full(batch) {
        return None;
    }
    let (mut below, mut reached) = (0, batch.num_rows());
    while reached - below > 1 {
        let middle = below + (reached - below) / 2;
        if is_full(&batch.slice(0, middle)) {
            reached = middle;
        } else {
            below = middle;
        }
    }
    Some(reached)
}

fn values_of(array: &ArrayRef) -> u64 {
    match array.data_type() {
        DataType::Utf8 => {
            let offsets = array.as_string::<i32>().value_offsets();
            spread(offsets)
        }
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let (first, last) = ends(list.value_offsets());
            values_of(&list.values().slice(first, last - first))
        }
        other => (array.len() - array.null_count()) as u64 * width(other),
    }
}

fn held_by(array: &ArrayRef) -> u64 {
    let places = array.len() as u64;
    match array.data_type() {
        DataType::Utf8 => spread(array.as_string::<i32>().value_offsets()) + 4 * places,
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let (first, last) = ends(list.value_offsets());
            held_by(&list.values().slice(first, last - first)) + 4 * places
        }
        other => places * width(other),
    }
}

fn ends(offsets: &[i32]) -> (usize, usize) {
    match (offsets.first(), offsets.last()) {
        (Some(first), Some(last)) => (*first as usize, *last as usize),
        _ => (0, 0),
    }
}

fn spread(offsets: &[i32]) -> u64 {
    let (first, last) = ends(offsets);
    (last - first) as u64
}

fn width(data_type: &DataType) -> u64 {
    match data_type {
        DataType::Boolean => 1,
        other => other.primitive_width().unwrap_or(0) as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{Int32Array, StringArray};
    use std::sync::Arc;

    #[test]
    fn a_row_is_as_large_as_its_values() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("abc"), None, Some("de"), Some("")]));
        let numbers: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), Some(2), None, None]));
        let batch = RecordBatch::try_from_iter([("a", texts), ("b", numbers)]).unwrap();
        let bytes = |batch: &RecordBatch| value_bytes(batch).collect::<Vec<_>>();
        assert_eq!(bytes(&batch), [5, 8]);
        assert_eq!(bytes(&batch.slice(1, 2)), [2, 4]);
        assert_eq!(held_bytes(&batch), 5 + 16 + 16);
        let rows =
            |all, column| rows_until(&batch, |rows| Most { all, column }.is_reached(value_bytes(rows)));
        assert_eq!([7, 8, 13, 14].map(|all| rows(all, 99)), [Some(1), Some(2), Some(3), None]);
        assert_eq!([4, 5, 8, 9].map(|column| rows(99, column)), [Some(1), Some(2), Some(2), None]);
    }
}
