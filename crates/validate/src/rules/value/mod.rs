//! Rules about single values: that of an element with the one a profile gives, codes with their systems.

pub(crate) mod attachment;
pub(crate) mod attachment_hash;
pub(crate) mod attachment_size;
mod base64;
pub(crate) mod code_status;
pub(crate) mod coding;
pub(crate) mod constant;
pub(crate) mod display;
pub(crate) mod fixed;
mod from_now;
pub(crate) mod max_length;
pub(crate) mod no_system;
pub(crate) mod pattern;
pub(crate) mod range;
pub(crate) mod relative_system;
pub(crate) mod unknown_code;
pub(crate) mod value_set_as_system;
