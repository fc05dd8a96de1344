//! Strict parsers from text as written to exact typed values. None rounds, trims or guesses.

pub mod date;
pub mod decimal;

use crate::misfit::Reason;

/// Why a text is not a value of the wanted type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Unfit or partial.
    pub reason: Reason,
    /// What was wanted, to be put behind "expected".
    pub expected: &'static str,
}

impl Fault {
    pub(crate) const fn unfit(expected: &'static str) -> Self {
        Self { reason: Reason::Unfit, expected }
    }

    pub(crate) const fn partial(expected: &'static str) -> Self {
        Self { reason: Reason::Partial, expected }
    }
}
