//! Rules about the JSON itself.

pub(crate) mod duplicate_key;
