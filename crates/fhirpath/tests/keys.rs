//! Join keys: one resource has one key, however a reference spells it.

mod common;

use common::{evaluate, results};

fn observation(reference: &str) -> String {
    format!(r#"{{"resourceType":"Observation","id":"o1","subject":{{"reference":"{reference}"}}}}"#)
}

#[test]
fn every_literal_spelling_gives_the_same_key() {
    for reference in [
        "Patient/p1",
        "Patient/p1/_history/3",
        "https://example.org/fhir/Patient/p1",
        "http://localhost:8080/a/b/Patient/p1/_history/2",
    ] {
        let json = observation(reference);
        for call in ["subject.getReferenceKey()", "subject.getReferenceKey(Patient)"] {
            assert_eq!(evaluate(&json, call, |_| {}).unwrap(), (vec!["p1".to_owned()], 0), "{reference}");
        }
        assert!(results(&json, "subject.getReferenceKey(Group)").is_empty());
        assert_eq!(results(&json, "subject.getReferenceType()"), ["Patient"]);
    }
    assert_eq!(results(&observation("Patient/p1"), "getResourceKey()"), ["o1"]);
    assert_eq!(results(&observation("Patient/Patient"), "subject.getReferenceKey()"), ["Patient"]);
}

#[test]
fn what_the_text_does_not_tell_is_empty_and_counted() {
    for reference in [
        "urn:uuid:6f1b0d1e-0000-0000-0000-000000000000",
        "#c1",
        "Practitioner?identifier=x",
        "Coverage/part-a-contract1 reference",
        "Organization / 1",
        "Patient/Anyman/Bob",
        "",
    ] {
        let found = evaluate(&observation(reference), "subject.getReferenceKey()", |_| {}).unwrap();
        assert_eq!(found, (vec![], 1), "{reference}");
    }
    let display_only = r#"{"resourceType":"Observation","subject":{"display":"x"}}"#;
    assert_eq!(evaluate(display_only, "subject.getReferenceKey()", |_| {}).unwrap(), (vec![], 0));
}

#[test]
fn the_type_of_a_target_comes_from_the_url_or_from_the_reference() {
    assert_eq!(results(&observation("Group?code=1"), "subject.getReferenceType()"), ["Group"]);
    assert!(results(&observation("urn:uuid:1"), "subject.getReferenceType()").is_empty());
    let json = r#"{"resourceType":"Observation","subject":{"reference":"urn:uuid:1","type":"Patient"}}"#;
    assert_eq!(results(json, "subject.getReferenceType()"), ["Patient"]);
}
