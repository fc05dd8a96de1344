//! Rules of single datatypes that no profile states: identifiers.

pub(crate) mod identifier_system;
pub(crate) mod identifier_value;
