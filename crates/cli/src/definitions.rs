//! The definitions of a run: the embedded ones, and the packages that `--ig` names besides.

use std::path::Path;
use std::sync::Arc;

use fhirkit_definitions::package::Package;
use fhirkit_definitions::{Definitions, PackageId, PackageNotHeld};
use fhirkit_issue::Issue;
use fhirkit_validate::Shared;

use crate::exit::{Exit, Failure, usage_issue};

/// Definitions, and in them the packages that were asked for.
pub(crate) struct Chosen {
    /// What a validator keeps.
    pub(crate) shared: Shared,
    /// The packages that were named.
    pub(crate) given: Vec<PackageId>,
}

impl Chosen {
    /// The definitions themselves.
    pub(crate) fn definitions(&self) -> &Definitions {
        match &self.shared {
            Shared::Embedded(definitions) => definitions,
            Shared::Added(definitions) => definitions,
        }
    }
}

/// The embedded definitions; that they are damaged, tests rule out.
pub(crate) fn embedded() -> Result<&'static Definitions, Failure> {
    Definitions::embedded().map_err(|error| failed("the built-in definitions", &error.to_string()))
}

/// Finds or loads what `--ig` names.
pub(crate) fn choose(names: &[String]) -> Result<Chosen, Failure> {
    let embedded = embedded()?;
    let mut added = Vec::new();
    let mut wanted = Vec::new();
    for name in names {
        if let Ok(id) = embedded.package_meant(name) {
            wanted.push(label(embedded, id));
            continue;
        }
        let Some(package) = load(name)? else {
            let found = embedded.package_meant(name);
            return Err(found.err().map_or_else(|| failed(name, "is not held"), |why| not_held(name, &why)));
        };
        wanted.push((package.manifest.name.clone(), package.manifest.version.clone()));
        added.push(package);
    }
    let shared = if added.is_empty() {
        Shared::Embedded(embedded)
    } else {
        let all = Definitions::with_packages(added);
        Shared::Added(Arc::new(all.map_err(|error| failed("--ig", &error.to_string()))?))
    };
    let mut chosen = Chosen { shared, given: Vec::new() };
    let found =
        wanted.iter().filter_map(|(name, version)| chosen.definitions().package_named(name, Some(version)));
    chosen.given = found.collect();
    Ok(chosen)
}

fn label(definitions: &Definitions, id: PackageId) -> (String, String) {
    let manifest = definitions.package(id);
    (manifest.name.clone(), manifest.version.clone())
}

/// A package that lies in a file or folder.
fn load(name: &str) -> Result<Option<Package>, Failure> {
    let path = Path::new(name);
    if path.is_dir() {
        return from_folder(path).map(Some);
    }
    if path.is_file() {
        return from_file(path).map(Some);
    }
    Ok(None)
}

/// Reads a `.tgz`.
pub(crate) fn from_file(path: &Path) -> Result<Package, Failure> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| failed(&name, &error.to_string()))?;
    Package::from_tgz(&bytes).map_err(|error| failed(&name, &error.to_string()))
}

/// Reads an unpacked package: the folder that holds `package.json`, or the one around it.
pub(crate) fn from_folder(path: &Path) -> Result<Package, Failure> {
    let name = path.display().to_string();
    let inner = path.join("package");
    let folder = if inner.join("package.json").is_file() { inner } else { path.to_owned() };
    let mut files = Vec::new();
    let entries = std::fs::read_dir(&folder).map_err(|error| failed(&name, &error.to_string()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "json") && path.is_file() {
            let bytes = std::fs::read(&path).map_err(|error| failed(&name, &error.to_string()))?;
            files.push((entry.file_name().to_string_lossy().into_owned(), bytes));
        }
    }
    files.sort();
    let files = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    Package::from_files(None, files).map_err(|error| failed(&name, &error.to_string()))
}

fn failed(name: &str, why: &str) -> Failure {
    Failure::usage("package", format!("{name}: {why}"))
}

pub(crate) fn not_held(name: &str, why: &PackageNotHeld) -> Failure {
    let issue = usage_issue("unknown-package", format!("no package `{name}` is at hand"));
    let help = match (&why.nearest, why.held.is_empty()) {
        (Some(nearest), _) => format!("did you mean `{nearest}`?"),
        (None, false) => format!("of that name there are {}", why.held.join(", ")),
        (None, true) => {
            "a file (.tgz) or folder will do; fhirkit packages list names those at hand".to_owned()
        }
    };
    Failure::new(Exit::Usage, Issue { help: Some(help), ..issue })
}
