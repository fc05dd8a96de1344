//! The records of other systems: as many resources of each type as an independent program counted.

use std::collections::BTreeMap;
use std::path::PathBuf;

use fhirkit_source::references::{Reference, each};
use fhirkit_source::{Event, Options, Reader, discover};
use fhirkit_tape::{Span, Tape};
use serde_json::Value;

use crate::common::{Outcome, drain, read_with};

fn data() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: ../shared/data is not here, the given records were not read");
    None
}

fn types(outcome: &Outcome) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for document in &outcome.documents {
        let value: Value = serde_json::from_str(&document.text).unwrap();
        if let Some(name) = value["resourceType"].as_str() {
            *counts.entry(name.to_owned()).or_default() += 1;
        }
    }
    counts
}

#[test]
fn resources_by_type_are_those_of_the_truth() {
    let Some(data) = data() else { return };
    let truth: Value = serde_json::from_slice(&std::fs::read(data.join("truth.json")).unwrap()).unwrap();
    for (set, expected) in truth.as_object().unwrap() {
        let inputs = discover(&[data.join(set).to_str().unwrap()]).unwrap();
        assert_eq!(inputs.len(), expected["files"].as_object().unwrap().len(), "{set}");
        let outcome = drain(Reader::open(inputs, Options::default()));
        let expected_types: BTreeMap<String, u64> =
            serde_json::from_value(expected["types"].clone()).unwrap();
        assert_eq!(types(&outcome), expected_types, "{set}");
        assert!(outcome.unparsed.is_empty(), "{set}: {:?}", outcome.unparsed);
        let not_fhir = outcome.events.iter().filter(|event| matches!(event, Event::NotFhir { .. })).count();
        let (rejects, others) = match set.as_str() {
            "P04-c4bb" => (vec!["io/truncated"], 0),
            "P09-vendor-quirks" => (vec![], 4),
            _ => (vec![], 0),
        };
        assert_eq!((outcome.rules(), not_fhir), (rejects, others), "{set}");
    }
}

#[test]
fn reads_and_chunk_sizes_change_nothing() {
    let Some(data) = data() else { return };
    for set in ["P03-payer-everything", "P07-bulk-ndjson", "P09-vendor-quirks"] {
        for input in discover(&[data.join(set).to_str().unwrap()]).unwrap() {
            let bytes = std::fs::read(input.path.unwrap()).unwrap();
            let options = Options { chunk_bytes: 4096, ..Options::default() };
            let whole = read_with(&bytes, &[], &Options::default());
            let once = read_with(&bytes, &[], &options);
            let pieces = read_with(&bytes, &[1, 77, 4095], &options);
            assert_eq!(once, pieces, "{}", input.name);
            assert_eq!(once.documents, whole.documents, "{}", input.name);
        }
    }
}

#[test]
fn references_by_form_are_those_of_the_truth() {
    let Some(data) = data() else { return };
    let truth: Value = serde_json::from_slice(&std::fs::read(data.join("truth.json")).unwrap()).unwrap();
    for set in ["P01-synthea-2019", "P02-synthea-2021-uscore"] {
        let inputs = discover(&[data.join(set).to_str().unwrap()]).unwrap();
        let outcome = drain(Reader::open(inputs, Options::default()));
        let (mut urn, mut contained, mut conditional) = (0, 0, 0);
        let mut tape = Tape::new();
        for document in outcome.documents {
            let length = u32::try_from(document.text.len()).unwrap();
            tape.load(document.text.into_bytes());
            let root = tape.parse(Span::new(0, length)).unwrap();
            each(tape.node(root), &mut |text| match Reference::parse(&text) {
                Reference::Urn(_) => urn += 1,
                Reference::Contained(_) => contained += 1,
                Reference::Conditional { .. } => conditional += 1,
                other => panic!("{other:?}"),
            });
        }
        let expected = &truth[set]["reference_targets"];
        let of = |form: &str| expected[form].as_u64().unwrap_or(0);
        assert_eq!((urn, contained, conditional), (of("urn"), of("contained"), of("conditional")), "{set}");
    }
}
