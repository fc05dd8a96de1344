//! What a worker hands to the collector: rows of one table, ready to be written.

use arrow_array::RecordBatch;

use crate::misfit::Misfit;
use crate::text::Lines;

/// Cells that were changed or left out by rule, not by mistake.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Decimals rounded because that was asked for.
    pub rounded: u64,
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

impl Piece {
    /// By row: the folder that it goes to and its number, from 0, among those of this piece that go there. Empty in a
    /// table without partitions.
    pub fn places(&self) -> Vec<(&str, u32)> {
        let mut places = vec![("", 0); self.parts.iter().map(|part| part.of.len()).sum()];
        for part in &self.parts {
            let folder = part.folder.as_deref().unwrap_or_default();
            for (number, row) in (0..).zip(&part.of) {
                if let Some(place) = places.get_mut(*row as usize) {
                    *place = (folder, number);
                }
            }
        }
        places
    }

    /// The folders that its rows go to, and how many; none in a table without partitions.
    pub fn folders(&self) -> impl Iterator<Item = (&str, u64)> {
        self.parts.iter().filter_map(|part| Some((part.folder.as_deref()?, part.rows.count() as u64)))
    }
}

/// The rows of a piece that go to the same folder.
#[derive(Debug)]
pub(crate) struct Part {
    /// `part=<value>`, or `None` in a table without partitions.
    pub(crate) folder: Option<String>,
    /// The rows of the piece that these are; none in a table without partitions.
    pub(crate) of: Vec<u32>,
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
