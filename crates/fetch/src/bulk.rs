//! The records of many: `$export` (Bulk Data Access IG 2.0), from the kick-off to the last file.
//!
//! [`export`] asks for an export, waits until the server has made its files, and downloads them several at a time,
//! each line checked on its way to the disk. All of it grows in `FOLDER.part` and gets its name when it is complete;
//! a run that was killed goes on where it stopped. It ends with a [`Receipt`]. [`cancel`] gives it up.

mod address;
mod connection;
mod download;
mod export;
mod folder;
mod job;
mod lines;
mod manifest;
mod receipt;
mod request;
mod said;
mod state;

pub use export::{Exported, Progress, cancel, export};
pub use receipt::{FileReceipt, Receipt};
pub use request::{Level, Limits, Request};
