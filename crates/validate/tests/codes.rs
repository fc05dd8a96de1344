//! Codes: one fault is one issue, and what cannot be told is counted.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use common::check_with;
use fhirkit_definitions::Definitions;
use fhirkit_validate::{Checked, Options, Scratch, Validator};

/// The issues as `rule @ expression`, and the counts.
fn verdict(json: &str) -> (Vec<String>, Checked) {
    let validator = Validator::new(Definitions::embedded().unwrap(), Options::default());
    let mut scratch = Scratch::new();
    let issues = check_with(&validator, &mut scratch, json).unwrap();
    let lines = issues
        .iter()
        .map(|issue| format!("{} @ {}", issue.rule, issue.expression.as_deref().unwrap_or_default()));
    (lines.collect(), scratch.take_checked())
}

#[test]
fn a_bad_code_is_told_with_the_codes_of_the_set() {
    let validator = Validator::new(Definitions::embedded().unwrap(), Options::default());
    let json = r#"{"resourceType":"Patient","gender":"F"}"#;
    let issues = check_with(&validator, &mut Scratch::new(), json).unwrap();
    let [issue] = issues.as_slice() else { panic!("{} issues", issues.len()) };
    let words = "`Patient.gender`: \"F\" is not in administrative-gender (male, female, other, unknown)";
    assert_eq!((issue.message.as_str(), issue.rule.as_str()), (words, "binding/required"));
}

#[test]
fn one_fault_of_a_code_is_one_issue_for_all_profiles() {
    let json = r#"{"resourceType":"Patient","meta":{"profile":[
        "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|6.1.0"]},"gender":"F",
        "identifier":[{"system":"http://x.org","value":"1"}],"name":[{"family":"A"}]}"#;
    assert_eq!(verdict(json).0, ["binding/required @ Patient.gender"]);
}

#[test]
fn an_unknown_code_is_no_second_fault_of_a_weak_binding() {
    let system = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus";
    let json = format!(
        r#"{{"resourceType":"Patient","maritalStatus":{{"coding":[{{"system":"{system}","code":"married"}}]}}}}"#
    );
    assert_eq!(verdict(&json).0, ["value/unknown-code @ Patient.maritalStatus.coding[0].code"]);
}

#[test]
fn a_concept_keeps_its_binding_when_any_coding_does() {
    let good = "{\"system\":\"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical\",\"code\":\"active\"}";
    let other = r#"{"system":"http://example.org/status","code":"on"}"#;
    let with = |codings: &str| {
        let json = format!(
            r#"{{"resourceType":"AllergyIntolerance","patient":{{"display":"A"}},"clinicalStatus":{{"coding":[{codings}]}}}}"#
        );
        verdict(&json).0
    };
    assert!(with(&format!("{other},{good}")).is_empty());
    assert_eq!(with(other), ["binding/required @ AllergyIntolerance.clinicalStatus"]);
}

#[test]
fn what_is_not_held_is_counted_and_no_fault() {
    let json = r#"{"resourceType":"Observation","status":"final",
        "code":{"coding":[{"system":"http://loinc.org","code":"no-such-code"}]},
        "valueQuantity":{"value":1,"system":"http://unitsofmeasure.org","code":"mg"}}"#;
    let (issues, checked) = verdict(json);
    assert!(issues.is_empty(), "{issues:?}");
    let systems: Vec<&String> = checked.not_checked.code_systems.keys().collect();
    assert_eq!(systems, ["http://loinc.org", "http://unitsofmeasure.org"]);
}
