//! What the HL7 validator says of codes, against what is said here of the same codes.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

mod shared;

use fhirkit_definitions::{CodeCheck, Definitions, Scope};
use regex::Regex;
use serde_json::Value;
use std::fs;

/// Messages of one kind: the group's scope, and what the pattern caught.
fn messages(id: &str, pattern: &str, mut visit: impl FnMut(&Definitions, &Scope, &[String])) -> usize {
    let Some(folder) = shared::shared("oracle/expected") else { return 0 };
    let definitions = Definitions::embedded().unwrap();
    let pattern = Regex::new(pattern).unwrap();
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let group = path.file_stem().unwrap().to_str().unwrap();
        let name = group.rsplit_once('-').filter(|_| group != "r4");
        let meant = |(name, version)| definitions.package_meant(&format!("{name}@{version}")).unwrap();
        let given = name.map(meant);
        let scope = definitions.scope(given.as_slice(), &[]);
        for line in fs::read_to_string(&path).unwrap().lines() {
            let verdict: Value = serde_json::from_str(line).unwrap();
            for error in verdict["errors"].as_array().unwrap().iter().filter(|error| error["id"] == id) {
                let Some(caught) = pattern.captures(error["message"].as_str().unwrap()) else { continue };
                let parts = caught.iter().skip(1).map(|part| part.unwrap().as_str().to_owned());
                visit(definitions, &scope, &parts.collect::<Vec<_>>());
                count += 1;
            }
        }
    }
    count
}

#[test]
fn codes_unknown_to_the_reference_are_unknown_in_the_same_version() {
    let pattern = "^Unknown code '(.*)' in the CodeSystem '(.*)' version '(.*)'";
    let count = messages("Unknown_Code_in_Version", pattern, |definitions, scope, parts| {
        let check = definitions.check_code(&parts[1], &parts[0], None, scope);
        let CodeCheck::Unknown { version, .. } = &check else { panic!("{parts:?}: {check:?}") };
        assert_eq!(version.as_deref(), Some(parts[2].as_str()), "{parts:?}");
    });
    // 81 in all; nothing where the folder is missing.
    assert!(count == 81 || count == 0, "{count}");
}

#[test]
fn displays_wrong_to_the_reference_are_not_accepted_and_those_that_it_wants_are() {
    let pattern = "^Wrong Display Name '(.*)' for ([^ ]*)#([^ ]*). Valid display is '(.*)' \\(for";
    let mut differ = Vec::new();
    let id = "Display_Name_for__should_be_one_of__instead_of";
    let count = messages(id, pattern, |definitions, scope, parts| {
        let check = definitions.check_code(&parts[1], &parts[2], None, scope);
        let CodeCheck::Known(known) = &check else { panic!("{parts:?}: {check:?}") };
        if known.accepts_display(&parts[0]) || !known.accepts_display(&parts[3]) {
            differ.push(format!("{parts:?}: {:?}", known.displays().collect::<Vec<_>>()));
        }
    });
    differ.sort();
    differ.dedup();
    // The texts are cut at 160 characters: in 646 the right display is still whole.
    assert!(differ.is_empty() && (count == 646 || count == 0), "{count} {differ:#?}");
}
