//! Reading the packages that are embedded. The test that rebuilds `schemas/` uses this file too.

use fhirkit_definitions::package::{self, Package};
use std::fs;
use std::path::Path;

/// Every embedded package, from the folder that holds their files.
pub(crate) fn read_all(folder: &Path) -> Result<Vec<Package>, Box<dyn std::error::Error>> {
    let mut packages = Vec::new();
    for name in package::SOURCES {
        let path = folder.join(name);
        let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut package = Package::from_tgz(&bytes).map_err(|error| format!("{name}: {error}"))?;
        package.manifest.built_from_source = name.contains("LOCALSUSHI");
        packages.push(package);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(folder.join(package::VALUE_SETS))? {
        let entry = entry?;
        files.push((entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path())?));
    }
    let files = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    packages.push(Package::from_files(Some(package::value_sets_manifest()), files)?);
    Ok(packages)
}
