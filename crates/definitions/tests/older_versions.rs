//! `not_r4` on records from other systems: the STU3 and DSTU2 ones are refused, no R4 one is.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

mod shared;

use fhirkit_definitions::refused::{Reason, not_r4};
use fhirkit_definitions::{Definitions, TypeModel};
use fhirkit_tape::{Node, Span, Tape};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Resources read, and how often each reason was given.
#[derive(Default)]
struct Outcome {
    resources: usize,
    refused: usize,
    reasons: BTreeMap<String, usize>,
}

impl Outcome {
    fn resource(&mut self, types: &TypeModel, node: Node<'_>) {
        match node.get("resourceType").as_str().as_deref() {
            None => {}
            Some("Bundle") => {
                let entries = node.get("entry").items();
                entries.for_each(|entry| self.resource(types, entry.get("resource")));
            }
            Some(_) => self.note(not_r4(types, node)),
        }
        if node.get("resourceType").str_is("Parameters") {
            let parameters = node.get("parameter").items();
            parameters.for_each(|parameter| self.resource(types, parameter.get("resource")));
        }
    }

    fn note(&mut self, reason: Option<Reason>) {
        self.resources += 1;
        if let Some(reason) = reason {
            self.refused += 1;
            *self.reasons.entry(reason.to_string()).or_default() += 1;
        }
    }

    /// A file as one JSON value, else as one a line; what is neither holds no resource.
    fn file(&mut self, types: &TypeModel, path: &Path) {
        let bytes = fs::read(path).unwrap();
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes).to_vec();
        let end = u32::try_from(bytes.len()).unwrap();
        let lines: Vec<u32> = (0..end).filter(|&at| bytes[at as usize] == b'\n').chain([end]).collect();
        let mut tape = Tape::new();
        tape.load(bytes);
        if let Ok(root) = tape.parse(Span { start: 0, end }) {
            let root = tape.node(root);
            self.resource(types, root);
            root.items().for_each(|item| self.resource(types, item));
            return;
        }
        let mut start = 0;
        for line in lines {
            if let Ok(root) = tape.parse(Span { start, end: line }) {
                self.resource(types, tape.node(root));
            }
            start = (line + 1).min(end);
        }
    }

    fn folder(&mut self, types: &TypeModel, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { self.folder(types, &path) } else { self.file(types, &path) }
        }
    }
}

fn outcome(set: &str) -> Option<Outcome> {
    let folder = shared::shared(&format!("data/{set}"))?;
    let mut outcome = Outcome::default();
    outcome.folder(Definitions::embedded().unwrap().types(), &folder);
    eprintln!("{set}: {} of {} refused: {:#?}", outcome.refused, outcome.resources, outcome.reasons);
    Some(outcome)
}

/// 54 of 108: counted by another program over `prototypes/r4.tsv`.
#[test]
fn every_stu3_and_dstu2_resource_with_a_lacking_element_is_refused() {
    let Some(outcome) = outcome("P10-not-R4") else { return };
    assert_eq!((outcome.resources, outcome.refused), (108, 54));
}

/// By hand: DSTU2 Conditions, STU3 CapabilityStatements, and one STU3 CarePlan with its Goal.
#[test]
fn only_the_older_resources_among_vendor_quirks_are_refused() {
    let Some(outcome) = outcome("P09-vendor-quirks") else { return };
    assert_eq!(outcome.refused, 9);
}

#[test]
fn no_r4_resource_is_refused() {
    for set in [
        "P01-synthea-2019",
        "P02-synthea-2021-uscore",
        "P03-payer-everything",
        "P04-c4bb",
        "P05-uscore",
        "P06-pdex",
        "P07-bulk-ndjson",
        "P08-pas",
        "P11-r4-examples",
    ] {
        let Some(outcome) = outcome(set) else { return };
        assert!(outcome.resources > 0 && outcome.refused == 0, "{set}");
    }
}
