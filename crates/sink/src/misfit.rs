//! A cell whose value does not fit its column: null where the column is typed, its text kept here.

/// Why a cell is null although the data has something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The value is not of the column's type.
    Unfit,
    /// A legal date or time that says less than the column needs.
    Partial,
    /// More than one value where one was meant. Null in every format.
    Ambiguous,
}

/// One such cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// Row in the batch, from 0.
    pub row: u32,
    /// Column in the batch, from 0.
    pub column: u32,
    /// Why it is null.
    pub reason: Reason,
    /// The value as written; of a list, its JSON text.
    pub text: String,
    /// What was wanted, to be put behind "expected".
    pub expected: &'static str,
}
