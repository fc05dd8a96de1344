//! `cargo xtask schemas [PACKAGE.tgz…]`: compiles FHIR packages to the facts under `schemas/`.
//! `cargo xtask schemas --older DIR`: see `older.rs`.

use crate::{Outcome, older};
use fhirkit_definitions::package::Package;
use std::fs;
use std::path::{Path, PathBuf};

const CORE: &str = "../shared/packages/hl7.fhir.r4.core-4.0.1.tgz";

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let root = root();
    if let [flag, folder] = arguments
        && flag == "--older"
    {
        return older::run(Path::new(folder), &root.join("schemas"));
    }
    let packages: Vec<PathBuf> = if arguments.is_empty() {
        vec![root.join(CORE)]
    } else {
        arguments.iter().map(PathBuf::from).collect()
    };
    for path in packages {
        let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        write(&Package::from_tgz(&bytes)?, &root.join("schemas"))?;
    }
    Ok(())
}

/// The folder of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")).to_owned()
}

/// Writes the package's folder anew, so that nothing of an older run stays.
fn write(package: &Package, schemas: &Path) -> Outcome {
    let folder = schemas.join(&package.label).join("structures");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    for structure in &package.structures {
        fs::write(folder.join(format!("{}.json", structure.id)), structure.to_text()?)?;
    }
    fs::write(schemas.join(&package.label).join("terminology.ndjson"), package.terminology_text()?)?;
    println!(
        "{}: {} structures, {} value sets and code systems; left out: {}",
        package.label,
        package.structures.len(),
        package.terminology.len(),
        package.left_out.join(", ")
    );
    Ok(())
}
