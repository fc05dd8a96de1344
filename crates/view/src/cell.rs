//! A cell before it becomes Arrow: where its value stands, not the value.

use fhirkit_tape::NodeId;

/// One cell; the tape and the arena of [`Rows`](crate::Rows) hold what it points to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell {
    /// Null.
    Absent,
    /// A value as it stands in the document; whether it fits the column is seen when the batch is built.
    Node(NodeId),
    /// A computed text.
    Text(Range),
    /// A computed whole number.
    Integer(i64),
    /// A computed decimal, its digits in the arena.
    Decimal(Range),
    /// A computed truth.
    Boolean(bool),
    /// Several values of a `collection: true` column.
    List(Range),
    /// Two values or more where one may stand: their JSON array in the arena.
    Ambiguous(Range),
    /// An expression that failed on the document: what it met there, in the arena.
    Failed(Range),
}

/// A range of the arena or of the list cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Range {
    pub(crate) fn of(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}
