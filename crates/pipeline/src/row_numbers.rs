//! The numbers of rows, by which a line of `_issues.ndjson` finds its cell: in the whole table, or, where the table is
//! partitioned, in the folder that its row goes to.

use fhirkit_sink::{Piece, Writers};
use rustc_hash::FxHashMap;

use crate::cells::PendingCell;

/// How many rows the folders of partitioned tables have.
#[derive(Default)]
pub(crate) struct RowNumbers {
    folders: FxHashMap<(usize, String), u64>,
}

impl RowNumbers {
    /// Numbers the cells of the next pieces, whose rows count within their piece.
    pub(crate) fn number(&self, cells: &mut [PendingCell], pieces: &[(usize, Piece)], writers: &Writers) {
        if cells.is_empty() {
            return;
        }
        for (table, piece) in pieces {
            let first = writers.row_count(*table);
            let places = piece.places();
            for cell in cells.iter_mut().filter(|cell| cell.table == *table) {
                match places.get(cell.row as usize) {
                    Some((folder, row)) => {
                        let key = (*table, (*folder).to_owned());
                        cell.row = self.folders.get(&key).copied().unwrap_or(0) + u64::from(*row);
                        cell.part = Some(key.1);
                    }
                    None => cell.row += first,
                }
            }
        }
    }

    /// Counts the rows of a piece.
    pub(crate) fn add(&mut self, table: usize, piece: &Piece) {
        for (folder, rows) in piece.folders() {
            *self.folders.entry((table, folder.to_owned())).or_default() += rows;
        }
    }
}
