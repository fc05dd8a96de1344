//! `cargo xtask schemas`: compiles the packages of `../shared/packages` to the facts under `schemas/`.
//! `cargo xtask schemas --older DIR`: see `older.rs`.

use crate::{Outcome, older, packages};
use fhirkit_definitions::package::{self, Package};
use std::fs;
use std::path::{Path, PathBuf};

const PACKAGES: &str = "../shared/packages";

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let root = root();
    if let [flag, folder] = arguments
        && flag == "--older"
    {
        return older::run(Path::new(folder), &root.join("schemas"));
    }
    // All at once: which properties of codes are kept depends on the filters of all value sets.
    let packages = package::for_embedding(packages::read_all(&root.join(PACKAGES))?);
    packages.iter().try_for_each(|package| write(package, &root.join("schemas")))
}

/// The folder of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")).to_owned()
}

/// Writes the package's folder anew, so that nothing of an older run stays.
fn write(package: &Package, schemas: &Path) -> Outcome {
    let folder = schemas.join(package.label());
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut bytes = 0;
    for (name, text) in package.files()? {
        let path = folder.join(name);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        bytes += text.len();
        fs::write(path, text)?;
    }
    println!(
        "{}: {} structures, {} value sets and code systems, {bytes} bytes; logical: {}; without snapshot: {}",
        package.label(),
        package.structures.len(),
        package.terminology.len(),
        package.logical.join(", "),
        package.differentials.iter().map(|one| one.header.id.as_str()).collect::<Vec<_>>().join(", ")
    );
    Ok(())
}
