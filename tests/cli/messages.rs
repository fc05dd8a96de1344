//! The words of the plan, on the input that calls for them.

use crate::support::{BUNDLE, PATIENT, Place};

#[test]
fn html_says_what_it_is_and_how_it_begins() {
    let place = Place::with("x.json", "<!DOCTYPE html><html></html>");
    let run = place.run(&["export", "x.json", "-o", "out"]);
    run.says("error[io/not-fhir]: x.json is HTML, not JSON (begins \"<!DOCTYPE html");
    run.says("= help: the server may have sent a login page");
}

#[test]
fn a_truncated_bundle_says_what_was_read_and_where_it_breaks_off() {
    let place = Place::with("a.json", &BUNDLE[..BUNDLE.len() - 40]);
    place
        .run(&["summary", "a.json"])
        .says("error[io/truncated]: 1 complete entr")
        .says("entry[1] breaks off at byte 2");
    place
        .run(&["export", "a.json", "-o", "out"])
        .says("error[io/truncated]: 1 complete entr")
        .says("entry[1] breaks off at byte 2");
}

#[test]
fn a_broken_line_is_placed_by_line_and_column() {
    let place = Place::with("in.ndjson", format!("{PATIENT}\n{{\"resourceType\":\"Patient\",\"id\":2x}}\n"));
    let run = place.run(&["export", "in.ndjson", "-o", "out"]);
    run.says("error[json/syntax]: ").says("--> in.ndjson:2:3");
}

#[test]
fn an_unknown_type_gets_a_hint() {
    let place =
        Place::with("in.ndjson", format!("{PATIENT}\n{{\"resourceType\":\"Patientt\",\"id\":\"2\"}}\n"));
    let run = place.run(&["export", "in.ndjson", "-o", "out"]);
    run.says("error[structure/unknown-type]: \"Patientt\" is not an R4 resource type");
    run.says("= help: did you mean \"Patient\"?");
}

#[test]
fn values_do_not_reach_the_log() {
    let place =
        Place::with("in.ndjson", "{\"resourceType\":\"Patient\",\"id\":\"secret-id\",\"birthDate\":1944x}\n");
    for words in [&["export", "in.ndjson", "-o", "out"][..], &["summary", "in.ndjson"]] {
        let run = place.run(words);
        assert!(!run.stderr.contains("secret-id") && !run.stderr.contains("1944"), "{}", run.stderr);
    }
}
