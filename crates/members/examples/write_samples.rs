//! Writes `samples/members` anew: `cargo run -p fhirkit-members --example write_samples`.
//!
//! A test compares that folder with what the generator writes, so run this after a change of the generator and look at
//! the difference.

use std::path::Path;

use fhirkit_members::{DemoOptions, write_demo};

fn main() -> std::io::Result<()> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/members");
    if target.exists() {
        std::fs::remove_dir_all(&target)?;
    }
    let summary = write_demo(&target, &DemoOptions { members: 3, ..DemoOptions::default() })?;
    println!("{} resources, {} bytes in {} files", summary.resources, summary.bytes, summary.files);
    Ok(())
}
