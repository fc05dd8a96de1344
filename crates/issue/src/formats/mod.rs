//! Renderers: one file a format. They read issues and never change them.

pub mod json_lines;
pub mod terminal;
