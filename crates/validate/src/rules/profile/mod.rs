//! Rules about the profiles that resources claim.

pub(crate) mod no_match;
pub(crate) mod unknown;
pub(crate) mod wrong_type;
