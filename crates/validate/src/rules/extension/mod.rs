//! Rules about extensions: what they are, where they stand.

pub(crate) mod context;
pub(crate) mod context_invariant;
pub(crate) mod modifier;
pub(crate) mod nested;
pub(crate) mod path;
pub(crate) mod unknown;
pub(crate) mod url;
pub(crate) mod value_type;
