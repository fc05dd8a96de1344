//! Opening embedded definitions.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

use fhirkit_definitions::{Definitions, StructureDefinition};

fn open(name: &str) -> StructureDefinition {
    Definitions::embedded().unwrap().structure(name).unwrap().unwrap()
}

#[test]
fn every_embedded_definition_opens_and_writes_back_as_its_file() {
    let definitions = Definitions::embedded().unwrap();
    let schemas = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas"));
    for (id, summary) in definitions.structures() {
        let structure = definitions.structure_at(id).unwrap();
        assert_eq!((structure.url.as_str(), structure.id.as_str()), (summary.url, summary.id));
        let package = schemas.join(definitions.package(summary.package).label());
        let file = package.join("structures").join(format!("{}.json", summary.id));
        assert!(structure.to_text().unwrap() == std::fs::read_to_string(&file).unwrap(), "{}", summary.id);
    }
}

#[test]
fn definition_is_found_by_url_version_id_and_name() {
    let url = "http://hl7.org/fhir/StructureDefinition/bmi";
    for name in [url, "http://hl7.org/fhir/StructureDefinition/bmi|4.0.1", "bmi", "observation-bmi"] {
        assert_eq!(open(name).url, url, "{name}");
    }
    let definitions = Definitions::embedded().unwrap();
    assert_eq!(definitions.structure("http://hl7.org/fhir/StructureDefinition/bmi|3.0.1").unwrap(), None);
    assert_eq!(definitions.structure("nothing").unwrap(), None);
}

#[test]
fn facts_of_a_profile_are_kept() {
    let bmi = open("bmi");
    let code = bmi.element("Observation.value[x]:valueQuantity.code").unwrap();
    let fixed = code.fixed.as_ref().unwrap();
    assert_eq!((fixed.type_name.as_str(), fixed.value.as_str()), ("code", "\"kg/m2\""));
    assert!(code.must_support && code.path == "Observation.value[x].code");
    let category = bmi.element("Observation.category").unwrap();
    assert_eq!(category.slicing.as_ref().unwrap().discriminators[0].path, "coding.code");
    let status = bmi.element("Observation.status").unwrap();
    let binding = status.binding.as_ref().unwrap();
    assert_eq!(binding.strength, "required");
    assert!(status.is_modifier && status.min == 1 && status.max == Some(1));
    let keys: Vec<&str> = bmi.constraints_of(&bmi.elements[0]).map(|c| c.key.as_str()).collect();
    assert!(keys.contains(&"vs-2") && keys.contains(&"obs-7"));
}

#[test]
fn target_profiles_and_regular_expressions_are_kept() {
    let subject = open("Observation").element("Observation.subject").unwrap().clone();
    assert!(subject.types[0].target_profiles.iter().any(|p| p.ends_with("/Patient")));
    let value = open("id").element("id.value").unwrap().clone();
    assert_eq!(value.types[0].regex.as_deref(), Some(r"[A-Za-z0-9\-\.]{1,64}"));
}
