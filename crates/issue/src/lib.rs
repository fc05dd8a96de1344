//! What is wrong, where.
