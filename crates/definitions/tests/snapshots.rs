//! Snapshots made from differentials, against those that HL7's own build made of the same definitions.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

mod shared;

use fhirkit_definitions::package::Package;
use fhirkit_definitions::{Definitions, ElementDefinition, StructureDefinition};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;

/// The package with every snapshot taken away that has a differential beside it.
fn without_snapshots(bytes: &[u8]) -> Package {
    let mut files = Vec::new();
    for entry in tar::Archive::new(flate2::read::GzDecoder::new(bytes)).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_string_lossy().into_owned();
        let Some(name) = path.strip_prefix("package/").filter(|name| !name.contains('/')) else { continue };
        let name = name.to_owned();
        let mut text = Vec::new();
        entry.read_to_end(&mut text).unwrap();
        if name.starts_with("StructureDefinition-") {
            let mut definition: Value = serde_json::from_slice(&text).unwrap();
            if definition["differential"].is_object() {
                definition.as_object_mut().unwrap().remove("snapshot");
            }
            text = serde_json::to_vec(&definition).unwrap();
        }
        files.push((name, text));
    }
    Package::from_files(None, files.iter().map(|(name, text)| (name.as_str(), text.as_slice()))).unwrap()
}

/// What a validator uses of an element, as text, by the name of each part.
fn facts(structure: &StructureDefinition, element: &ElementDefinition) -> BTreeMap<&'static str, String> {
    let mut constraints: Vec<&str> = structure.constraints_of(element).map(|one| one.key.as_str()).collect();
    constraints.sort_unstable();
    let value = |value: &Option<fhirkit_definitions::structure::TypedValue>| {
        value.as_ref().map(|v| (v.type_name.clone(), serde_json::from_str::<Value>(&v.value).unwrap()))
    };
    BTreeMap::from([
        ("cardinality", format!("{} {:?}", element.min, element.max)),
        ("types", format!("{:?}", element.types)),
        ("binding", format!("{:?}", element.binding)),
        ("fixed", format!("{:?} {:?}", value(&element.fixed), value(&element.pattern))),
        ("limits", format!("{:?} {:?} {:?}", element.min_value, element.max_value, element.max_length)),
        ("slicing", format!("{:?} {:?}", element.slicing, element.slice_name)),
        ("flags", format!("{} {}", element.must_support, element.is_modifier)),
        ("constraints", format!("{constraints:?}")),
    ])
}

#[derive(Default, Debug)]
struct Comparison {
    definitions: usize,
    elements: usize,
    missing: Vec<String>,
    surplus: usize,
    differ: BTreeMap<&'static str, Vec<String>>,
}

impl Comparison {
    fn compare(&mut self, official: &StructureDefinition, made: &StructureDefinition) {
        self.definitions += 1;
        self.surplus += made.elements.iter().filter(|one| official.element(one.id()).is_none()).count();
        for element in &official.elements {
            self.elements += 1;
            let place = format!("{} {}", official.id, element.id());
            let Some(own) = made.element(element.id()) else {
                self.missing.push(place);
                continue;
            };
            let (wanted, found) = (facts(official, element), facts(made, own));
            for (part, wanted) in wanted {
                if wanted != found[part] {
                    let text = format!("{place}: wanted {wanted} found {}", found[part]);
                    self.differ.entry(part).or_default().push(text);
                }
            }
        }
    }
}

#[test]
fn snapshots_made_here_agree_with_those_of_hl7() {
    let names = [
        "hl7.fhir.us.core-3.1.1",
        "hl7.fhir.us.core-6.1.0",
        "hl7.fhir.us.core-7.0.0",
        "hl7.fhir.us.carin-bb-2.0.0",
        "hl7.fhir.us.davinci-pdex-2.0.0",
        "hl7.fhir.us.davinci-pdex-plan-net-1.1.0",
        "hl7.fhir.us.davinci-drug-formulary-2.0.1",
    ];
    let embedded = Definitions::embedded().unwrap();
    let mut comparison = Comparison::default();
    for name in names {
        let Some(path) = shared::shared(&format!("packages/{name}.tgz")) else { return };
        let package = without_snapshots(&fs::read(path).unwrap());
        assert!(package.structures.is_empty());
        let (own, version) = (package.manifest.name.clone(), package.manifest.version.clone());
        let definitions = Definitions::with_packages(vec![package]).unwrap();
        // The base of one, of the SDC guide, is not embedded.
        for one in definitions.without_snapshot() {
            assert!(one.why.to_string().contains("/uv/sdc/"), "{one:#?}");
        }
        let official = embedded.package_named(&own, Some(&version)).unwrap();
        let made = definitions.package_named(&own, Some(&version)).unwrap();
        assert!(official != made, "the added package takes the place of the embedded one");
        let mine: BTreeMap<_, _> =
            definitions.structures().filter(|(_, s)| s.package == made).map(|(id, s)| (s.url, id)).collect();
        for (id, summary) in embedded.structures().filter(|(_, summary)| summary.package == official) {
            let Some(made) = mine.get(summary.url) else { continue };
            let made = definitions.structure_at(*made).unwrap();
            comparison.compare(&embedded.structure_at(id).unwrap(), &made);
        }
    }
    // What is left are two manners of the same: HL7's older builds spell a choice of one type as a slice, and copy
    // a slice from the base rather than from what the profile makes of the sliced element.
    let differ = comparison.differ.iter().map(|(part, places)| (*part, places.len())).collect::<Vec<_>>();
    eprintln!(
        "{} definitions, {} elements: {} missing, {} surplus; {differ:?}",
        comparison.definitions,
        comparison.elements,
        comparison.missing.len(),
        comparison.surplus
    );
    let at_most = |part: &str, most: usize| {
        let places = comparison.differ.get(part).map_or(&[][..], Vec::as_slice);
        assert!(places.len() <= most, "{part}: {} {:#?}", places.len(), &places[..places.len().min(20)]);
    };
    let most = [("binding", 50), ("cardinality", 2), ("constraints", 13), ("fixed", 1), ("limits", 0)];
    most.into_iter().for_each(|(part, most)| at_most(part, most));
    [("flags", 64), ("slicing", 70), ("types", 169)].into_iter().for_each(|(part, most)| at_most(part, most));
    assert!(comparison.missing.len() <= 125, "{:#?}", comparison.missing);
}

#[test]
fn definition_whose_base_or_element_is_not_held_is_named_with_the_reason() {
    let profile = |id: &str, base: &str, element: &str| {
        format!(
            r#"{{"resourceType":"StructureDefinition","url":"http://x/{id}","kind":"resource","type":"Patient","derivation":"constraint","baseDefinition":"{base}","differential":{{"element":[{{"path":"{element}","min":1}}]}}}}"#
        )
    };
    let patient = "http://hl7.org/fhir/StructureDefinition/Patient";
    let files = [
        profile("no-base", "http://x/none", "Patient.name"),
        profile("no-element", patient, "Patient.nome"),
        profile("circle", "http://x/circle", "Patient.name"),
        profile("second", "http://x/first", "Patient.name.given"),
        profile("first", patient, "Patient.name"),
    ];
    let manifest = fhirkit_definitions::package::value_sets_manifest();
    let manifest = fhirkit_definitions::package::Manifest { name: "x".to_owned(), ..manifest };
    let files = files.iter().map(|text| ("x.json", text.as_bytes()));
    let definitions =
        Definitions::with_packages(vec![Package::from_files(Some(manifest), files).unwrap()]).unwrap();
    let why: Vec<String> =
        definitions.without_snapshot().iter().map(|one| format!("{}: {}", one.url, one.why)).collect();
    let expected = [
        "http://x/no-base: its base `http://x/none` is not held",
        "http://x/no-element: its base has no element `Patient.nome`",
        "http://x/circle: its base `http://x/circle` is not held",
    ];
    assert_eq!(why, expected);
    let second = definitions.structure("http://x/second").unwrap().unwrap();
    assert_eq!(second.element("Patient.name").unwrap().min, 1);
    assert_eq!(second.element("Patient.name.given").unwrap().min, 1);
    assert_eq!(second.element("Patient.name.given").unwrap().max, None);
}
