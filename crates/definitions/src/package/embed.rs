//! What may be embedded of a package: facts, and codes that are HL7's own or free.

use super::{Manifest, Package};
use crate::terminology::{CodeSystem, Concept, Terminology};
use std::collections::BTreeSet;

/// The packages that are embedded, as their files are called.
pub const SOURCES: [&str; 13] = [
    "hl7.fhir.r4.core-4.0.1.tgz",
    "hl7.fhir.us.carin-bb-1.1.0.tgz",
    "hl7.fhir.us.carin-bb-2.0.0.tgz",
    "hl7.fhir.us.carin-bb-2.1.0-LOCALSUSHI.tgz",
    "hl7.fhir.us.core-3.1.1.tgz",
    "hl7.fhir.us.core-6.1.0.tgz",
    "hl7.fhir.us.core-7.0.0.tgz",
    "hl7.fhir.us.davinci-drug-formulary-2.0.1.tgz",
    "hl7.fhir.us.davinci-hrex-1.1.0-LOCALSUSHI.tgz",
    "hl7.fhir.us.davinci-pdex-2.0.0.tgz",
    "hl7.fhir.us.davinci-pdex-plan-net-1.1.0.tgz",
    "hl7.fhir.uv.extensions.r4-5.3.0-ballot-tc1.tgz",
    "hl7.terminology.r4-7.0.1.tgz",
];

/// The folder of value sets that the Value Set Authority Center publishes and the packages above bind to.
pub const VALUE_SETS: &str = "vsac-public";

/// The folder has no `package.json`; its version is the day on which its sets were expanded.
#[must_use]
pub fn value_sets_manifest() -> Manifest {
    Manifest {
        name: VALUE_SETS.to_owned(),
        version: "2025-05-23".to_owned(),
        built_from_source: false,
        dependencies: Vec::new(),
    }
}

/// Systems under an address of HL7 whose codes belong to others (NUCC, ADA).
const OF_OTHERS: [&str; 3] = [
    "http://terminology.hl7.org/CodeSystem/ADAToothSurfaceCodes",
    "http://terminology.hl7.org/CodeSystem/ADAUniversalToothDesignationSystem",
    "http://terminology.hl7.org/CodeSystem/v3-HealthcareProviderTaxonomyHIPAA",
];

/// Systems of United States agencies, which the packages say are free to use: race and ethnicity (CDC), place of
/// service and present-on-admission indicators (CMS).
const FREE: [&str; 3] = [
    "urn:oid:2.16.840.1.113883.6.238",
    "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set",
    "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/HospitalAcqCond/Coding",
];

/// The packages without third parties' code systems, and without the properties of codes that no filter of any of
/// their value sets asks for.
#[must_use]
pub fn for_embedding(mut packages: Vec<Package>) -> Vec<Package> {
    let asked: BTreeSet<(String, String)> = packages.iter().flat_map(asked_properties).collect();
    for package in &mut packages {
        package.terminology.retain(|one| match one {
            Terminology::CodeSystem(system) => may_be_kept(&system.url),
            Terminology::ValueSet(_) => true,
        });
        for one in &mut package.terminology {
            if let Terminology::CodeSystem(system) = one {
                drop_properties(system, &asked);
            }
        }
    }
    packages
}

fn may_be_kept(url: &str) -> bool {
    let host = url.split('/').nth(2).unwrap_or_default();
    let is_of_hl7 = host == "hl7.org" || host.ends_with(".hl7.org");
    FREE.contains(&url) || (is_of_hl7 && !OF_OTHERS.contains(&url))
}

/// System and property of every filter.
fn asked_properties(package: &Package) -> Vec<(String, String)> {
    let sets = package.terminology.iter().filter_map(|one| match one {
        Terminology::ValueSet(set) => Some(set),
        Terminology::CodeSystem(_) => None,
    });
    let parts = sets.flat_map(|set| set.include.iter().chain(&set.exclude));
    let asked = parts.flat_map(|part| {
        part.filters.iter().map(|filter| (part.system.clone().unwrap_or_default(), filter.property.clone()))
    });
    asked.collect()
}

fn drop_properties(system: &mut CodeSystem, asked: &BTreeSet<(String, String)>) {
    let mut left_out = BTreeSet::new();
    let url = system.url.clone();
    let mut waiting: Vec<&mut Concept> = system.concepts.iter_mut().collect();
    while let Some(concept) = waiting.pop() {
        concept.properties.retain(|(name, _)| {
            let keep = asked.contains(&(url.clone(), name.clone()));
            if !keep && !left_out.contains(name) {
                left_out.insert(name.clone());
            }
            keep
        });
        waiting.extend(concept.concepts.iter_mut());
    }
    system.left_out = left_out.into_iter().collect();
}
