//! Rules that compare a value with one that a profile gives.

mod constant;
pub(crate) mod fixed;
pub(crate) mod max_length;
pub(crate) mod pattern;
pub(crate) mod range;
