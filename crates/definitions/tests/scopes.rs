//! Which version a canonical means (decision 16), and what is said of it.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

use fhirkit_definitions::{CodeCheck, Definitions, PackageNotHeld, Reason, Scope, Sort};

const PATIENT: &str = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient";
const C4BB: &str = "http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-Patient";
const PDEX: &str = "http://hl7.org/fhir/us/davinci-pdex/StructureDefinition/pdex-provenance";

fn definitions() -> &'static Definitions {
    Definitions::embedded().unwrap()
}

/// Package of the definition that a canonical means, and why.
fn meant(canonical: &str, scope: &Scope) -> (String, String) {
    let definitions = definitions();
    let found = definitions.resolve(Sort::Structure, canonical, scope).unwrap();
    let reason = match found.reason {
        Reason::DependencyOf(package) => format!("dependency of {}", definitions.package(package).label()),
        other => format!("{other:?}").to_lowercase(),
    };
    (definitions.package(found.package).label(), reason)
}

fn pair(package: &str, reason: &str) -> (String, String) {
    (package.to_owned(), reason.to_owned())
}

#[test]
fn unversioned_canonical_means_the_default_version() {
    let scope = definitions().scope(&[], &[PATIENT, C4BB]);
    assert_eq!(meant(PATIENT, &scope), pair("hl7.fhir.us.core#6.1.0", "default"));
    assert_eq!(meant(C4BB, &scope), pair("hl7.fhir.us.carin-bb#2.0.0", "default"));
    let plan_net = "http://hl7.org/fhir/us/davinci-pdex-plan-net/StructureDefinition/plannet-Location";
    assert_eq!(meant(plan_net, &scope), pair("hl7.fhir.us.davinci-pdex-plan-net#1.1.0", "default"));
}

#[test]
fn versioned_canonical_means_that_version_and_part_of_one_the_newest() {
    let scope = definitions().scope(&[], &[]);
    let versioned = |version: &str| meant(&format!("{PATIENT}|{version}"), &scope).0;
    assert_eq!(versioned("3.1.1"), "hl7.fhir.us.core#3.1.1");
    assert_eq!(versioned("7.0.0"), "hl7.fhir.us.core#7.0.0");
    assert_eq!(versioned("6.1"), "hl7.fhir.us.core#6.1.0");
    assert_eq!(meant(&format!("{C4BB}|2"), &scope), pair("hl7.fhir.us.carin-bb#2.1.0", "versioned"));
    assert_eq!(definitions().resolve(Sort::Structure, &format!("{PATIENT}|5.0.1"), &scope), None);
    let versions: Vec<&str> =
        definitions().versions(Sort::Structure, PATIENT).into_iter().map(|(version, _)| version).collect();
    assert_eq!(versions, ["7.0.0", "6.1.0", "3.1.1"]);
}

#[test]
fn profile_with_a_version_chooses_its_package_and_those_that_it_depends_on() {
    let scope = definitions().scope(&[], &[&format!("{PATIENT}|3.1.1")]);
    assert_eq!(meant(PATIENT, &scope), pair("hl7.fhir.us.core#3.1.1", "claimed"));
    let scope = definitions().scope(&[], &[&format!("{C4BB}|2.0.0")]);
    let by = |package: &str| format!("dependency of {package}");
    assert_eq!(meant(PATIENT, &scope), pair("hl7.fhir.us.core#3.1.1", &by("hl7.fhir.us.carin-bb#2.0.0")));
    let scope = definitions().scope(&[], &[&format!("{PDEX}|2.0.0")]);
    assert_eq!(meant(PATIENT, &scope), pair("hl7.fhir.us.core#3.1.1", &by("hl7.fhir.us.davinci-pdex#2.0.0")));
    // CARIN BB 2.1.0 names US Core 6.1.0 first, 3.1.1 under an alias.
    let scope = definitions().scope(&[], &[&format!("{C4BB}|2.1.0")]);
    assert_eq!(meant(PATIENT, &scope).0, "hl7.fhir.us.core#6.1.0");
}

#[test]
fn given_package_comes_before_what_a_profile_names() {
    let given = definitions().package_meant("us-core@7.0.0").unwrap();
    let scope = definitions().scope(&[given], &[&format!("{C4BB}|2.0.0")]);
    assert_eq!(meant(PATIENT, &scope), pair("hl7.fhir.us.core#7.0.0", "given"));
    assert_eq!(meant(C4BB, &scope), pair("hl7.fhir.us.carin-bb#2.0.0", "claimed"));
}

#[test]
fn inside_a_definition_its_own_package_and_dependencies_come_first() {
    let definitions = definitions();
    let outer = definitions.scope(&[], &[]);
    let carin = definitions.package_meant("c4bb").unwrap();
    let inside = definitions.scope_inside(carin, &outer);
    assert_eq!(meant(PATIENT, &inside).0, "hl7.fhir.us.core#3.1.1");
    let older = definitions.package_meant("us-core@3.1.1").unwrap();
    assert_eq!(
        meant(PATIENT, &definitions.scope_inside(older, &outer)),
        pair("hl7.fhir.us.core#3.1.1", "own")
    );
    assert_eq!(definitions.scope_inside(carin, &outer).index(), inside.index(), "a scope is made once");
}

#[test]
fn terminology_and_extension_packs_come_before_the_core_specification() {
    let definitions = definitions();
    let scope = definitions.scope(&[], &[]);
    let gender = "http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender";
    let found = definitions.resolve(Sort::CodeSystem, gender, &scope).unwrap();
    assert_eq!(definitions.package(found.package).label(), "hl7.terminology.r4#7.0.1");
    let extension = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace";
    assert_eq!(meant(extension, &scope).0, "hl7.fhir.uv.extensions.r4#5.3.0-ballot-tc1");
    assert_eq!(meant(&format!("{extension}|4.0.1"), &scope).0, "hl7.fhir.r4.core#4.0.1");
}

#[test]
fn version_of_the_package_finds_a_value_set_with_a_version_of_its_own() {
    let definitions = definitions();
    let scope = definitions.scope(&[], &[]);
    let nulls = "http://terminology.hl7.org/ValueSet/v3-NullFlavor|4.0.1";
    let found = definitions.resolve(Sort::ValueSet, nulls, &scope).unwrap();
    assert_eq!(definitions.package(found.package).label(), "hl7.fhir.r4.core#4.0.1");
}

#[test]
fn wrong_canonicals_find_the_profile_that_was_meant() {
    let definitions = definitions();
    let nearest = |wrong: &str| {
        let found = definitions.nearest_canonical(Sort::Structure, wrong)?;
        let summary = definitions.summary(found);
        Some((summary.url, summary.version))
    };
    let wrong = "http://hl7.org/fhir/us/core/StructureDefinition/uscore-patient";
    assert_eq!(nearest(wrong), Some((PATIENT, "6.1.0")));
    let wrong = "http://hl7.org/fhir/us/carinbb/StructureDefinition/C4BB-Patient";
    assert_eq!(nearest(wrong), Some((C4BB, "2.0.0")));
    let wrong = "http://hl7.org/fhir/us/core/StructureDefinition/uscore-provenance";
    let right = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-provenance";
    assert_eq!(nearest(wrong), Some((right, "6.1.0")));
    assert_eq!(nearest("https://example.org/StructureDefinition/my-own-profile"), None);
}

#[test]
fn packages_are_found_by_their_short_names() {
    let definitions = definitions();
    let label = |text: &str| definitions.package_meant(text).map(|id| definitions.package(id).label());
    for text in ["us-core", "us-core@6.1.0", "US-Core@6.1", "hl7.fhir.us.core#6.1.0"] {
        assert_eq!(label(text).as_deref(), Ok("hl7.fhir.us.core#6.1.0"), "{text}");
    }
    assert_eq!(label("c4bb@2.1.0").as_deref(), Ok("hl7.fhir.us.carin-bb#2.1.0"));
    let held = ["hl7.fhir.us.core#7.0.0", "hl7.fhir.us.core#6.1.0", "hl7.fhir.us.core#3.1.1"];
    let held = held.map(str::to_owned).to_vec();
    assert_eq!(label("us-core@5.0.1"), Err(PackageNotHeld { held, nearest: None }));
    assert_eq!(label("uscore").unwrap_err().nearest.as_deref(), Some("us-core"));
    let carin = definitions.package_meant("c4bb@2.1.0").unwrap();
    assert!(definitions.package(carin).built_from_source);
}

#[test]
fn every_package_that_is_embedded_names_its_dependencies() {
    for (_, one) in definitions().packages() {
        let is_base = ["hl7.fhir.r4.core", "vsac-public"].contains(&one.name.as_str());
        assert_eq!(one.dependencies.is_empty(), is_base, "{}", one.label());
        assert_eq!(
            one.built_from_source,
            one.name.ends_with("hrex") || one.label().ends_with("carin-bb#2.1.0")
        );
    }
}

#[test]
fn codes_of_known_systems_are_known_retired_abstract_or_not_there() {
    let definitions = definitions();
    let scope = definitions.scope(&[], &[]);
    let check = |system: &str, code: &str| definitions.check_code(system, code, None, &scope);
    let act = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
    let CodeCheck::Known(amb) = check(act, "AMB") else { panic!() };
    assert!(amb.accepts_display("Ambulatory") && !amb.accepts_display("Walking") && !amb.code().is_abstract);
    let CodeCheck::Known(top) = check(act, "_ActEncounterCode") else { panic!() };
    assert!(top.code().is_abstract);
    let gender = "http://hl7.org/fhir/administrative-gender";
    let CodeCheck::Unknown { version, nearest } = check(gender, "mal") else { panic!() };
    assert_eq!((version.as_deref(), nearest.as_deref()), (Some("4.0.1"), Some("male")));
    assert!(matches!(check("http://loinc.org", "1-8"), CodeCheck::Unverifiable(_)));
    assert!(matches!(check("urn:ietf:bcp:47", "en_US"), CodeCheck::Malformed));
    let example = "http://hl7.org/fhir/CodeSystem/example";
    assert!(matches!(check(example, "chol"), CodeCheck::Known(_)));
}
