//! Rows of one Parquet file that wait for their row group to be full.
//!
//! Whatever batches they came in, they are cut into blocks from the group's first row on, by the number and size of the
//! rows, so that the encoded bytes depend on the rows alone.

use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::Schema;
use arrow_select::concat::concat as concat_arrays;

use crate::error::Error;
use crate::size::{self, Most};

/// A row group ends when its values are as large as this, if it has not ended before. Columns are encoded one after the
/// other, so the largest of them tells what that takes.
const GROUP: Most = Most { all: 32 * 1024 * 1024, column: 4 * 1024 * 1024 };

/// Rows that are encoded in one go; the boundaries of pages follow those of blocks.
const BLOCK_ROWS: usize = 8192;
/// A block ends when its values are as large as this, if it has not ended before: while a block is put together, the rows
/// of one of its columns are there twice.
const BLOCK: Most = Most { all: 2 * 1024 * 1024, column: 128 * 1024 };

/// Batches of fewer rows are put together this many at a time: each costs a few hundred bytes a
/// column however few rows it has, and no row is copied more than three times.
const FEW: usize = 32;

/// The rows of one row group, in blocks.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) blocks: Vec<RecordBatch>,
    pub(crate) rows: u64,
    pub(crate) held_bytes: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// Full blocks.
    blocks: Vec<RecordBatch>,
    /// The block that is growing: parts that were put together, then parts as they came.
    merged: Vec<RecordBatch>,
    small: Vec<RecordBatch>,
    /// Rows of that block, and the bytes of their values by column.
    loose_rows: usize,
    loose_bytes: Vec<u64>,
    /// Rows of all blocks, and the bytes of their values by column.
    rows: usize,
    value_bytes: Vec<u64>,
    held_bytes: u64,
}

impl Waiting {
    /// Takes rows in. Groups that they complete join `full`.
    pub(crate) fn push(
        &mut self,
        table: &str,
        mut batch: RecordBatch,
        most_rows: usize,
        full: &mut Vec<Group>,
    ) -> Result<(), Error> {
        while batch.num_rows() > 0 {
            let room = most_rows.saturating_sub(self.rows).max(1);
            let taken = take(&mut batch, room, GROUP, &mut self.value_bytes);
            self.rows += taken.num_rows();
            self.held_bytes += size::held_bytes(&taken);
            self.add(table, taken)?;
            if self.rows >= most_rows || GROUP.is_reached(self.value_bytes.iter().copied()) {
                full.extend(self.close(table)?);
            }
        }
        Ok(())
    }

    /// Bytes that wait here.
    pub(crate) fn held_bytes(&self) -> u64 {
        self.held_bytes
    }

    /// Ends the group that is growing; `None` when it has no rows.
    pub(crate) fn close(&mut self, table: &str) -> Result<Option<Group>, Error> {
        self.end_block(table)?;
        let ended = std::mem::take(self);
        let group = Group { blocks: ended.blocks, rows: ended.rows as u64, held_bytes: ended.held_bytes };
        Ok((group.rows > 0).then_some(group))
    }

    fn add(&mut self, table: &str, mut batch: RecordBatch) -> Result<(), Error> {
        while batch.num_rows() > 0 {
            let taken = take(&mut batch, BLOCK_ROWS - self.loose_rows, BLOCK, &mut self.loose_bytes);
            self.loose_rows += taken.num_rows();
            self.small.push(taken);
            if self.loose_rows == BLOCK_ROWS || BLOCK.is_reached(self.loose_bytes.iter().copied()) {
                self.end_block(table)?;
            } else if self.small.len() == FEW {
                self.merged.push(concat(table, std::mem::take(&mut self.small))?);
            }
        }
        Ok(())
    }

    fn end_block(&mut self, table: &str) -> Result<(), Error> {
        if self.loose_rows > 0 {
            self.merged.append(&mut self.small);
            self.blocks.push(concat(table, std::mem::take(&mut self.merged))?);
            self.loose_rows = 0;
            self.loose_bytes.clear();
        }
        Ok(())
    }
}

/// Takes rows from the front of a batch: at least one, at most `rows`, and none after the values are as large as `most`
/// together with those that are there. These become more by what is taken.
fn take(batch: &mut RecordBatch, rows: usize, most: Most, there: &mut Vec<u64>) -> RecordBatch {
    there.resize(batch.num_columns(), 0);
    let mut taken = batch.slice(0, batch.num_rows().min(rows));
    let is_full = |rows: &RecordBatch| {
        most.is_reached(there.iter().zip(size::value_bytes(rows)).map(|(there, more)| there + more))
    };
    if let Some(rows) = size::rows_until(&taken, is_full) {
        taken = taken.slice(0, rows);
    }
    *batch = batch.slice(taken.num_rows(), batch.num_rows() - taken.num_rows());
    there.iter_mut().zip(size::value_bytes(&taken)).for_each(|(there, more)| *there += more);
    taken
}

/// Always a copy: a slice would keep the whole batch alive that it was cut from. Column after column, so that no more
/// than one of them is there twice.
fn concat(table: &str, batches: Vec<RecordBatch>) -> Result<RecordBatch, Error> {
    let schema = batches.first().map(RecordBatch::schema).unwrap_or_else(|| Schema::empty().into());
    let failed = |error| Error::arrow(table, error);
    let rows = batches.iter().map(RecordBatch::num_rows).sum();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    let whole = |arrays: Vec<ArrayRef>| {
        let arrays: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
        concat_arrays(&arrays).map_err(failed)
    };
    let columns = by_column(&schema, batches).into_iter().map(whole).collect::<Result<_, Error>>()?;
    RecordBatch::try_new_with_options(schema, columns, &options).map_err(failed)
}

/// The arrays of each column, so that one column can be done with and freed before the next.
pub(crate) fn by_column(schema: &Schema, batches: Vec<RecordBatch>) -> Vec<Vec<ArrayRef>> {
    let mut columns: Vec<Vec<ArrayRef>> = schema.fields().iter().map(|_| Vec::new()).collect();
    for batch in batches {
        for (column, array) in columns.iter_mut().zip(batch.into_parts().1) {
            column.push(array);
        }
    }
    columns
}
