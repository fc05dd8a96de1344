//! Rules about slices: how often each may stand, and what belongs to none.

pub(crate) mod ambiguous;
pub(crate) mod max;
pub(crate) mod min;
pub(crate) mod unmatched;
