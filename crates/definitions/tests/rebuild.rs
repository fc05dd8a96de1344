//! `schemas/` is what `cargo xtask schemas` makes of the package, byte for byte.

mod shared;

use fhirkit_definitions::package::Package;
use std::collections::BTreeSet;
use std::fs;

#[test]
fn rebuild_of_schemas_is_identical() {
    let Some(path) = shared::shared("packages/hl7.fhir.r4.core-4.0.1.tgz") else { return };
    let package = Package::from_tgz(&fs::read(path).unwrap()).unwrap();
    let folder = shared::repository().join("schemas").join(&package.label).join("structures");
    let terminology = fs::read_to_string(folder.join("../terminology.ndjson")).unwrap();
    assert!(terminology == package.terminology_text().unwrap(), "terminology.ndjson differs");
    let mut names = BTreeSet::new();
    for structure in &package.structures {
        let name = format!("{}.json", structure.id);
        let kept = fs::read_to_string(folder.join(&name)).unwrap();
        assert!(kept == structure.to_text().unwrap(), "{name} differs: run cargo xtask schemas");
        names.insert(name);
    }
    let kept: BTreeSet<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(kept, names);
}

#[test]
fn bytes_that_are_no_package_are_an_error() {
    for bytes in [&b""[..], b"<html>", &[0x1f, 0x8b, 8, 0]] {
        assert!(Package::from_tgz(bytes).is_err());
    }
}
