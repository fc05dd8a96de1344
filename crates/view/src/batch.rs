//! What a chunk gives of a view: Arrow columns, where each row came from, and the cells that did not fit.

use arrow_array::RecordBatch;

/// Rows of one view from one chunk.
///
/// Shape: one row a row of the view, in the order of the documents appended; columns as
/// [`View::schema`](crate::View::schema), all nullable.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The cells. Decimals and dates are text as written; see the crate's documentation.
    pub record: RecordBatch,
    /// For each row the number that its document was appended with ([`Place::entry`](crate::Place::entry)).
    pub row_entry: Vec<u32>,
    /// Cells that are null in the record although the document has something there, by row, then column.
    pub misfits: Vec<Misfit>,
}

/// A cell that is null in the record although the document has something there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Row in the batch, from 0.
    pub row: u32,
    /// Column in the batch, from 0.
    pub column: u32,
    /// Why the cell is null.
    pub reason: Reason,
    /// What stands there: a string's own text, another value's JSON, or a JSON array of several values.
    pub text: String,
    /// What was wanted: `a number`.
    pub expected: &'static str,
}

/// Why a cell is null in the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The JSON value is not of the column's kind.
    Unfit,
    /// Two values or more met in the cell of a built-in table.
    Ambiguous,
}
