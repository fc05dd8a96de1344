//! Rules about the shape of the data: names, JSON types, how often an element stands.

pub(crate) mod cardinality;
pub(crate) mod choice;
pub(crate) mod comments;
pub(crate) mod duplicate_id;
pub(crate) mod empty;
pub(crate) mod expected_array;
pub(crate) mod expected_object;
pub(crate) mod expected_scalar;
pub(crate) mod misplaced_type;
pub(crate) mod no_type;
pub(crate) mod null;
pub(crate) mod prohibited;
pub(crate) mod sibling;
pub(crate) mod type_not_allowed;
pub(crate) mod unknown_element;
pub(crate) mod unknown_type;
pub(crate) mod wrong_type;
