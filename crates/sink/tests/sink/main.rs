//! The room seen from outside: rows in, files out, read back by other programs' readers.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as the tests themselves do")]

mod determinism;
mod failures;
mod files;
mod parquet_files;
mod same_cells;
mod support;
mod text_files;
mod trees;
