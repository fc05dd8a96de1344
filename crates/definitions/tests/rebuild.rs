//! `schemas/` is what `cargo xtask schemas` makes of the package, byte for byte.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

mod shared;

#[path = "../../xtask/src/packages.rs"]
mod packages;

use fhirkit_definitions::package::{self, Package};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

#[test]
fn rebuild_of_schemas_is_identical() {
    let Some(folder) = shared::shared("packages") else { return };
    let mut rebuilt = BTreeMap::new();
    for package in package::for_embedding(packages::read_all(&folder).unwrap()) {
        for (name, text) in package.files().unwrap() {
            rebuilt.insert(format!("{}/{name}", package.label()), text);
        }
    }
    let schemas = shared::repository().join("schemas");
    let mut kept = BTreeMap::new();
    read(&schemas, "", &mut kept);
    kept.retain(|name, _| !name.starts_with("not-r4/"));
    let differ = |name: &&String| rebuilt.get(*name) != kept.get(*name);
    let different: Vec<&String> = rebuilt.keys().chain(kept.keys()).filter(differ).take(10).collect();
    assert!(different.is_empty(), "run cargo xtask schemas: {different:#?}");
}

/// Every file below a folder, by its path.
fn read(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            read(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read_to_string(entry.path()).unwrap());
        }
    }
}

#[test]
fn bytes_that_are_no_package_are_an_error() {
    for bytes in [&b""[..], b"<html>", &[0x1f, 0x8b, 8, 0]] {
        assert!(Package::from_tgz(bytes).is_err());
    }
}
