//! A range of bytes.

use std::ops::Range;

/// A range of bytes in a buffer, the end not included. Offsets are `u32`: a buffer stays below 4 GiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Span {
    /// The span from `start` to `end` (not included).
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The number of bytes; 0 if the end lies before the start.
    pub const fn len(self) -> u32 {
        self.end.saturating_sub(self.start)
    }

    /// Whether the span holds no byte.
    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// The same as a range, to index a slice with.
    pub const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}
