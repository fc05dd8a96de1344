//! Packs `schemas/` into the one blob that the crate embeds. Layouts: `build/blob.rs`, `build/model.rs`.

#[path = "build/blob.rs"]
mod blob;
#[path = "build/model.rs"]
mod model;
#[path = "build/refused.rs"]
mod refused;
#[path = "build/words.rs"]
mod words;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The package whose types are the type model.
const CORE: &str = "hl7.fhir.r4.core#4.0.1";

fn main() -> Result<(), Box<dyn Error>> {
    let schemas = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../schemas");
    println!("cargo::rerun-if-changed={}", schemas.display());
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=build.rs");
    let mut packages = Vec::new();
    for label in names_in(&schemas)? {
        let folder = schemas.join(&label);
        if folder.join("package.json").is_file() {
            packages.push(package(label, &folder)?);
        }
    }
    let core = packages
        .iter()
        .find(|package| package.label == CORE)
        .ok_or_else(|| format!("schemas/{CORE} is missing: run cargo xtask schemas"))?;
    let types = model::types(&core.definitions)?;
    let older = fs::read_to_string(schemas.join("not-r4").join("elements.tsv"))?;
    let refused = refused::into_bytes(&types, &older)?;
    let blob = blob::pack(&packages, model::into_bytes(&types)?, refused)?;
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("definitions.bin"), blob)?;
    Ok(())
}

/// Names in a folder, sorted, so that the blob depends on nothing but the files.
fn names_in(folder: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn package(label: String, folder: &Path) -> Result<blob::Package, Box<dyn Error>> {
    let manifest = fs::read_to_string(folder.join("package.json"))?;
    let mut definitions = Vec::new();
    let structures = folder.join("structures");
    if structures.is_dir() {
        for name in names_in(&structures)? {
            let text = fs::read_to_string(structures.join(&name))?;
            definitions.push(definition(text).map_err(|error| format!("schemas: {name}: {error}"))?);
        }
    }
    let terminology = folder.join("terminology.ndjson");
    if terminology.is_file() {
        for line in fs::read_to_string(terminology)?.lines() {
            let one = definition(line.to_owned());
            definitions.push(one.map_err(|error| format!("schemas: {label}: terminology: {error}"))?);
        }
    }
    Ok(blob::Package { label, manifest, definitions })
}

fn definition(text: String) -> Result<blob::Definition, serde_json::Error> {
    let header = serde_json::from_str(&text)?;
    Ok(blob::Definition { text, header })
}
