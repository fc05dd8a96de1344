//! Rows of one Parquet file that wait for their row group to be full.
//!
//! Whatever batches they came in, they are cut into blocks of exactly 8,192 rows from the group's
//! first row on, so that the encoded bytes depend on the rows alone.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;

use crate::error::Error;
use crate::parquet_file::BLOCK_ROWS;
use crate::size;

/// A row group ends when its values sum up to this many bytes, if it has not ended before.
pub(crate) const GROUP_BYTES: u64 = 32 * 1024 * 1024;

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
    loose_rows: usize,
    rows: usize,
    value_bytes: u64,
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
            let mut taken = batch.slice(0, batch.num_rows().min(room));
            if let Some(rows) = size::rows_until(&taken, GROUP_BYTES.saturating_sub(self.value_bytes)) {
                taken = taken.slice(0, rows);
            }
            batch = batch.slice(taken.num_rows(), batch.num_rows() - taken.num_rows());
            self.rows += taken.num_rows();
            self.value_bytes += size::value_bytes(&taken);
            self.held_bytes += size::held_bytes(&taken);
            self.add(table, taken)?;
            if self.rows >= most_rows || self.value_bytes >= GROUP_BYTES {
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
            let rows = batch.num_rows().min(BLOCK_ROWS - self.loose_rows);
            self.small.push(batch.slice(0, rows));
            self.loose_rows += rows;
            batch = batch.slice(rows, batch.num_rows() - rows);
            if self.loose_rows == BLOCK_ROWS {
                self.end_block(table)?;
            } else if self.small.len() == FEW {
                let together = concat(table, &self.small)?;
                self.small.clear();
                self.merged.push(together);
            }
        }
        Ok(())
    }

    fn end_block(&mut self, table: &str) -> Result<(), Error> {
        if self.loose_rows > 0 {
            self.merged.append(&mut self.small);
            self.blocks.push(concat(table, &self.merged)?);
            self.merged.clear();
            self.loose_rows = 0;
        }
        Ok(())
    }
}

/// Always a copy: a slice would keep the whole batch alive that it was cut from.
fn concat(table: &str, batches: &[RecordBatch]) -> Result<RecordBatch, Error> {
    let schema =
        batches.first().map(RecordBatch::schema).unwrap_or_else(|| arrow::datatypes::Schema::empty().into());
    concat_batches(&schema, batches).map_err(|error| Error::arrow(table, error))
}
