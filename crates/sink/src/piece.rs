//! What a worker hands to the collector: rows of one table, ready to be written.

use arrow_array::RecordBatch;

use crate::misfit::Misfit;
use crate::text::Lines;

/// Cells that were changed or left out by rule, not by mistake.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Decimals rounded because that was asked for.
    pub rounded: u64,
    /// Partial dates and times that are null because another column carries their text.
    pub partial: u64,
}

/// Converted rows of one table.
#[derive(Debug)]
pub struct Piece {
    /// How many rows.
    pub rows: u64,
    /// Bytes that they hold while they wait.
    pub bytes: u64,
    /// Cells that do not fit: those given and those found, by row and column.
    pub misfits: Vec<Misfit>,
    /// Cells changed by rule.
    pub counts: Counts,
    pub(crate) parts: Vec<Part>,
}

/// The rows of a piece that go to the same folder.
#[derive(Debug)]
pub(crate) struct Part {
    /// `part=<value>`, or `None` in a table without partitions.
    pub(crate) folder: Option<String>,
    pub(crate) rows: Rows,
}

#[derive(Debug)]
pub(crate) enum Rows {
    Batch(RecordBatch),
    Lines(Lines),
}

impl Rows {
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Batch(batch) => batch.num_rows(),
            Self::Lines(lines) => lines.ends.len(),
        }
    }
}
