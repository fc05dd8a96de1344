//! Finding the inputs that are given beside the repository.

use std::path::{Path, PathBuf};

/// A path below `../shared`, or nothing, said aloud, where the folder is missing.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let found = repository().join("../shared").join(path);
    if found.exists() {
        return Some(found);
    }
    eprintln!("SKIPPED: ../shared/{path} is missing");
    None
}

/// The root of the repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
