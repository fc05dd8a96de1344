//! Which packages a run used, and why these versions of them.

use fhirkit_definitions::{Definitions, PackageId, Sort};
use fhirkit_issue::Verdict;
use fhirkit_issue::verdict::Package;

const CORE: &str = "hl7.fhir.r4.core";

/// The core specification, what was given, and the packages of the profiles that were checked.
pub(crate) fn used(definitions: &Definitions, given: &[PackageId], verdict: &Verdict) -> Vec<Package> {
    if verdict.resources.is_empty() {
        return Vec::new();
    }
    let scope = definitions.scope(given, &[]);
    let mut ids: Vec<PackageId> = definitions.package_named(CORE, None).into_iter().collect();
    for canonical in verdict.profiles.keys() {
        ids.extend(definitions.resolve(Sort::Structure, canonical, &scope).map(|found| found.package));
    }
    ids.extend(given);
    let mut packages: Vec<Package> = ids.iter().map(|&id| package(definitions, id, given)).collect();
    packages.sort();
    packages.dedup();
    packages
}

fn package(definitions: &Definitions, id: PackageId, given: &[PackageId]) -> Package {
    let manifest = definitions.package(id);
    let is_default = definitions.package_named(&manifest.name, None) == Some(id);
    let reason = match () {
        () if given.contains(&id) => "named by --ig",
        () if manifest.name == CORE => "",
        () if is_default => "the default",
        () => "named by the data",
    };
    let source = if manifest.built_from_source { " (built from source)" } else { "" };
    Package {
        name: manifest.name.clone(),
        version: format!("{}{source}", manifest.version),
        reason: reason.to_owned(),
    }
}
