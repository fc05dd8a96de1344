//! Batches as written to batches as Parquet wants them: decimals, dates and times typed, exactly.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Time64MicrosecondType, TimestampMicrosecondType,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, ListArray, PrimitiveArray, RecordBatch, StringArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, SchemaRef};

use crate::cells::list_text;
use crate::column::{Column, Kind};
use crate::error::Error;
use crate::misfit::Misfit;
use crate::options::Decimals;
use crate::piece::Counts;
use crate::values::{Fault, date, decimal};

/// The typed batch; what does not fit is null there and joins `misfits`.
pub(crate) fn typed(
    table: &str,
    columns: &[Column],
    schema: &SchemaRef,
    record: &RecordBatch,
    misfits: &mut Vec<Misfit>,
    counts: &mut Counts,
) -> Result<RecordBatch, Error> {
    let mut arrays = Vec::with_capacity(columns.len());
    for (index, (column, array)) in columns.iter().zip(record.columns()).enumerate() {
        let mut cells = Cells { column, index: index as u32, misfits, counts };
        let array = match (column.is_checked(), column.list) {
            (false, _) => Arc::clone(array),
            (true, false) => cells.plain(array.as_string::<i32>()),
            (true, true) => cells.lists(array.as_list::<i32>(), schema.field(index)),
        };
        arrays.push(array);
    }
    RecordBatch::try_new(Arc::clone(schema), arrays).map_err(|error| Error::arrow(table, error))
}

struct Cells<'a> {
    column: &'a Column,
    index: u32,
    misfits: &'a mut Vec<Misfit>,
    counts: &'a mut Counts,
}

/// Calls `$method::<Arrow type>($arguments…, parser)` for what the column's kind needs.
macro_rules! by_kind {
    ($cells:ident . $method:ident ( $($argument:expr),* )) => {{
        let column = $cells.column;
        match column.kind {
            Kind::Date => $cells.$method::<Date32Type>($($argument,)* |text, _| column.date(text)),
            Kind::Timestamp => $cells.$method::<TimestampMicrosecondType>($($argument,)* |text, _| date::timestamp(text)),
            Kind::Time => $cells.$method::<Time64MicrosecondType>($($argument,)* |text, _| date::time(text)),
            _ if column.decimals() == Decimals::Double => {
                $cells.$method::<Float64Type>($($argument,)* |text, _| decimal::parse_double(text))
            }
            _ => $cells.$method::<Decimal128Type>($($argument,)* |text, rounded| {
                let scaled = column.decimal(text)?;
                *rounded += u64::from(scaled.rounded);
                Ok(scaled.value)
            }),
        }
    }};
}

impl Cells<'_> {
    fn plain(&mut self, array: &StringArray) -> ArrayRef {
        by_kind!(self.plain_of(array))
    }

    fn lists(&mut self, array: &ListArray, field: &Field) -> ArrayRef {
        by_kind!(self.lists_of(array, field))
    }

    fn plain_of<T: ArrowPrimitiveType>(
        &mut self,
        array: &StringArray,
        parse: impl Fn(&str, &mut u64) -> Result<T::Native, Fault>,
    ) -> ArrayRef {
        let mut values = Vec::with_capacity(array.len());
        let mut valid = Vec::with_capacity(array.len());
        for (row, cell) in array.iter().enumerate() {
            let value = cell.and_then(|text| match parse(text, &mut self.counts.rounded) {
                Ok(value) => Some(value),
                Err(fault) => {
                    self.misfit(row, fault, || text.to_owned());
                    None
                }
            });
            valid.push(value.is_some());
            values.push(value.unwrap_or_default());
        }
        self.finish::<T>(values, valid)
    }

    /// One item that does not fit makes its whole list not fit: a list with a hole would have lost
    /// which of its items the text belongs to.
    fn lists_of<T: ArrowPrimitiveType>(
        &mut self,
        array: &ListArray,
        field: &Field,
        parse: impl Fn(&str, &mut u64) -> Result<T::Native, Fault>,
    ) -> ArrayRef {
        let (mut values, mut valid) = (Vec::new(), Vec::new());
        let mut lengths = Vec::with_capacity(array.len());
        let mut rows = Vec::with_capacity(array.len());
        for row in 0..array.len() {
            let start = values.len();
            let mut fits = array.is_valid(row);
            if fits {
                let items = array.value(row);
                let mut rounded = 0;
                for item in items.as_string::<i32>() {
                    match item.map(|text| parse(text, &mut rounded)).transpose() {
                        Ok(value) => {
                            valid.push(value.is_some());
                            values.push(value.unwrap_or_default());
                        }
                        Err(fault) => {
                            fits = false;
                            values.truncate(start);
                            valid.truncate(start);
                            self.misfit(row, fault, || list_text(self.column, &items));
                            break;
                        }
                    }
                }
                self.counts.rounded += if fits { rounded } else { 0 };
            }
            rows.push(fits);
            lengths.push(values.len() - start);
        }
        let DataType::List(item) = field.data_type() else { return Arc::new(array.clone()) };
        let items = self.finish::<T>(values, valid);
        let offsets = OffsetBuffer::from_lengths(lengths);
        Arc::new(ListArray::new(Arc::clone(item), offsets, items, nulls(rows)))
    }

    fn finish<T: ArrowPrimitiveType>(&self, values: Vec<T::Native>, valid: Vec<bool>) -> ArrayRef {
        let array = PrimitiveArray::<T>::new(values.into(), nulls(valid));
        Arc::new(array.with_data_type(self.column.typed()))
    }

    fn misfit(&mut self, row: usize, fault: Fault, text: impl FnOnce() -> String) {
        self.misfits.push(Misfit {
            row: row as u32,
            column: self.index,
            reason: fault.reason,
            text: text(),
            expected: fault.expected,
        });
    }
}

fn nulls(valid: Vec<bool>) -> Option<NullBuffer> {
    let nulls = NullBuffer::from(valid);
    (nulls.null_count() > 0).then_some(nulls)
}
