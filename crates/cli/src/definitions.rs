//! The definitions of a run: the embedded ones, and the packages that `--ig` names besides.

pub(crate) mod cache;

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

/// Finds or loads what `--ig` names, and what that depends on as far as it is at hand.
pub(crate) fn choose(names: &[String]) -> Result<Chosen, Failure> {
    let embedded = embedded()?;
    let mut added: Vec<Package> = Vec::new();
    let mut wanted = Vec::new();
    for name in names {
        match embedded.package_meant(name) {
            Ok(id) => wanted.push(label(embedded, id)),
            Err(why) => {
                let package = load(name)?.ok_or_else(|| not_held(name, &why))?;
                wanted.push((package.manifest.name.clone(), package.manifest.version.clone()));
                added.push(package);
            }
        }
    }
    add_dependencies(embedded, &mut added)?;
    let shared = if added.is_empty() {
        Shared::Embedded(embedded)
    } else {
        let all = Definitions::with_packages(added);
        Shared::Added(Arc::new(all.map_err(|error| failed("--ig", &error.to_string()))?))
    };
    let mut chosen = Chosen { shared, given: Vec::new() };
    let named = |(name, version): &(String, String)| chosen.definitions().package_named(name, Some(version));
    chosen.given = wanted.iter().filter_map(named).collect();
    Ok(chosen)
}

/// Adds what added packages need and a cache has.
fn add_dependencies(embedded: &Definitions, added: &mut Vec<Package>) -> Result<(), Failure> {
    let mut at = 0;
    while let Some(package) = added.get(at) {
        at += 1;
        for dependency in package.manifest.dependencies.clone() {
            let (name, version) = (&dependency.name, &dependency.version);
            let is_here = |one: &Package| (&one.manifest.name, &one.manifest.version) == (name, version);
            if embedded.package_named(name, Some(version)).is_some() || added.iter().any(is_here) {
                continue;
            }
            if let Some(kept) = cache::find(&format!("{name}#{version}")) {
                added.extend(load_path(&kept.path)?);
            }
        }
    }
    Ok(())
}

fn label(definitions: &Definitions, id: PackageId) -> (String, String) {
    let manifest = definitions.package(id);
    (manifest.name.clone(), manifest.version.clone())
}

/// A package that lies in a file or folder, or in a cache.
fn load(name: &str) -> Result<Option<Package>, Failure> {
    match load_path(Path::new(name))? {
        Some(package) => Ok(Some(package)),
        None => cache::find(name).map_or(Ok(None), |kept| load_path(&kept.path)),
    }
}

fn load_path(path: &Path) -> Result<Option<Package>, Failure> {
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
