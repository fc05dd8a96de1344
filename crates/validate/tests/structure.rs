//! One fault in the data is one issue, at the place where the HL7 validator puts it.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use common::check_with;
use fhirkit_definitions::Definitions;
use fhirkit_issue::{Issue, Severity};
use fhirkit_validate::{Options, Scratch, Selection, Validator};

/// The issues as `rule @ expression`, without those of invariants, many of which fail as well where an object is broken.
fn verdict(json: &str) -> Vec<String> {
    let selection = Selection { ignore: vec!["invariant".to_owned()], ..Selection::default() };
    verdict_with(Options { selection, ..Options::default() }, json)
}

fn verdict_with(options: Options, json: &str) -> Vec<String> {
    let validator = Validator::new(Definitions::embedded().unwrap(), options);
    let issues = check_with(&validator, &mut Scratch::new(), json).unwrap();
    let line =
        |issue: &Issue| format!("{} @ {}", issue.rule, issue.expression.as_deref().unwrap_or_default());
    issues.iter().map(line).collect()
}

#[test]
fn one_fault_is_one_error_with_all_rules_on() {
    let errors = |json: &str| {
        let validator = Validator::new(Definitions::embedded().unwrap(), Options::default());
        let issues = check_with(&validator, &mut Scratch::new(), json).unwrap();
        let errors = issues.iter().filter(|issue| issue.severity == Severity::Error);
        errors.map(|issue| issue.expression.clone().unwrap_or_default()).collect::<Vec<_>>()
    };
    let patient = r#"{"resourceType":"Patient","birthDate":"06/06/1944","gender":"F","foo":1,"name":[{"given":"Ann"}],"active":"true"}"#;
    assert_eq!(
        errors(patient),
        ["Patient.birthDate", "Patient.gender", "Patient", "Patient.name[0].given", "Patient.active"]
    );
    let claim = r#"{"resourceType":"ExplanationOfBenefit","status":"paid","type":{"text":"x"},"use":"claim","patient":{"display":"x"},"created":"2020-01-01","provider":{"display":"x"},"outcome":"complete","insurance":[{"focal":true,"coverage":{"display":"x"}}],"item":[{"sequence":"one","productOrService":{"text":"x"}}]}"#;
    assert_eq!(
        errors(claim),
        ["ExplanationOfBenefit.status", "ExplanationOfBenefit.item[0].sequence", "ExplanationOfBenefit"]
    );
}

#[test]
fn a_patient_with_four_faults_has_four_issues() {
    let found = verdict(
        r#"{"resourceType":"Patient","birthDate":"06/06/1944","foo":1,"name":[{"given":"Ann"}],"active":"true"}"#,
    );
    let expected = [
        "primitive/date @ Patient.birthDate",
        "structure/unknown-element @ Patient",
        "structure/expected-array @ Patient.name[0].given",
        "structure/wrong-type @ Patient.active",
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_is_missing_is_told_at_the_object_that_lacks_it() {
    let found =
        verdict(r#"{"resourceType":"Observation","status":"final","component":[{"valueInteger":1}]}"#);
    let expected =
        ["structure/cardinality @ Observation.component[0]", "structure/cardinality @ Observation"];
    assert_eq!(found, expected);
}

#[test]
fn a_choice_has_one_value_and_its_path_names_the_type() {
    let found = verdict(
        r#"{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueString":"a",
            "valueQuantity":{"value":"1"}}"#,
    );
    let expected = [
        "structure/choice @ Observation.value.ofType(Quantity)",
        "structure/wrong-type @ Observation.value.ofType(Quantity).value",
    ];
    assert_eq!(found, expected);
    let with_sibling = r#"{"resourceType":"Observation","status":"final","code":{"text":"x"},
        "valueString":"a","_valueString":{"id":"x"}}"#;
    assert!(verdict(with_sibling).is_empty());
    let other_sibling = with_sibling
        .replace("_valueString", "_valueInteger")
        .replace(r#""id":"x""#, r#""extension":[{"url":"http://x","valueCode":"y"}]"#);
    assert_eq!(verdict(&other_sibling), ["structure/choice @ Observation.value.ofType(integer)"]);
}

#[test]
fn nothing_is_empty_or_null() {
    let found = verdict(
        r#"{"resourceType":"Patient","name":[],"contact":[{}],"gender":"","active":null,
            "maritalStatus":{"id":"x"},"communication":null,"photo":[null]}"#,
    );
    let expected = [
        "structure/empty @ Patient.name",
        "structure/empty @ Patient.contact[0]",
        "structure/empty @ Patient.gender",
        "structure/null @ Patient.active",
        "structure/empty @ Patient.maritalStatus",
        "structure/null @ Patient.communication",
        "structure/null @ Patient.photo[0]",
    ];
    assert_eq!(found, expected);
}

#[test]
fn siblings_stand_beside_their_values() {
    let good = r#"{"resourceType":"Patient","name":[{"given":["Ann",null],
        "_given":[null,{"extension":[{"url":"http://x","valueCode":"y"}]}]}],"_birthDate":{"id":"x","extension":[{"url":"http://x","valueCode":"y"}]},
        "active":true,"_active":{"id":"y"}}"#;
    assert!(verdict(good).is_empty(), "{:?}", verdict(good));
    for (faulty, rule) in [
        (r#"{"given":["Ann",null]}"#, "structure/null @ Patient.name[0].given[1]"),
        (r#"{"given":["A",null],"_given":[{"id":"x"},null]}"#, "structure/null @ Patient.name[0].given[1]"),
        (r#"{"given":["A"],"_given":[null,{"id":"x"}]}"#, "structure/sibling @ Patient.name[0].given"),
        (r#"{"given":["A"],"_given":{"id":"x"}}"#, "structure/sibling @ Patient.name[0].given"),
        (r#"{"_family":"A"}"#, "structure/sibling @ Patient.name[0].family"),
        (
            r#"{"_family":{"extension":[{"url":"http://x","valueCode":"y"}],"foo":1}}"#,
            "structure/unknown-element @ Patient.name[0].family",
        ),
        (r#"{"_family":{}}"#, "structure/empty @ Patient.name[0].family"),
        (r#"{"family":"A","_period":{"id":"x"}}"#, "structure/sibling @ Patient.name[0]"),
    ] {
        let json = format!(r#"{{"resourceType":"Patient","name":[{faulty}]}}"#);
        assert_eq!(verdict(&json), [rule], "{faulty}");
    }
}

#[test]
fn a_key_that_stands_twice_is_told_once_and_the_first_one_counts() {
    let found = verdict(
        r#"{"resourceType":"Patient","active":true,"name":[{"use":"usual","use":7,"family":"A"}],"active":"x"}"#,
    );
    assert_eq!(found, ["json/duplicate-key @ Patient.name[0]", "json/duplicate-key @ Patient"]);
}

#[test]
fn resources_lie_in_resources() {
    let found = verdict(
        r#"{"resourceType":"Bundle","type":"batch","entry":[
            {"resource":{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"a_b"}]}},
            {"resource":{"resourceType":"Bundel"}},{"resource":{"id":"x"}},{"resource":"x"},
            {"resourceType":"Patient"}]}"#,
    );
    let expected = [
        "primitive/id @ Bundle.entry[0].resource.contained[0].id",
        "structure/unknown-type @ Bundle.entry[1].resource",
        "structure/no-type @ Bundle.entry[2].resource",
        "structure/expected-object @ Bundle.entry[3].resource",
        "structure/misplaced-type @ Bundle.entry[4]",
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_is_no_resource_is_told_once() {
    assert_eq!(verdict(r#"{"resourceType":"Bundel"}"#), ["structure/unknown-type @ Bundel"]);
    assert_eq!(verdict(r#"{"id":"x"}"#), ["structure/no-type @ "]);
    assert_eq!(verdict("[1]"), ["structure/expected-object @ "]);
    assert_eq!(verdict(r#"{"resourceType":"HumanName"}"#).len(), 1);
}

#[test]
fn comments_of_dstu2_are_told_by_name() {
    let found = verdict(r#"{"resourceType":"Patient","active":true,"fhir_comments":["x"]}"#);
    assert_eq!(found, ["structure/comments @ Patient"]);
}

#[test]
fn an_explanation_of_benefit_lacks_its_insurer_and_has_a_word_for_a_number() {
    let coding =
        r#"{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/claim-type","code":"professional"}]}"#;
    let found = verdict(&format!(
        r##"{{"resourceType":"ExplanationOfBenefit","status":"active","type":{coding},"use":"claim",
            "patient":{{"reference":"Patient/1"}},"created":"2020-01-01","provider":{{"reference":"Organization/1"}},
            "outcome":"complete","insurance":[{{"focal":true,"coverage":{{"reference":"Coverage/1"}}}}],
            "item":[{{"sequence":"one","productOrService":{{"text":"x"}}}}]}}"##
    ));
    let expected = [
        "structure/wrong-type @ ExplanationOfBenefit.item[0].sequence",
        "structure/cardinality @ ExplanationOfBenefit",
    ];
    assert_eq!(found, expected);
}

#[test]
fn one_fault_of_what_is_contained_is_one_issue() {
    let nested = r##"{"resourceType":"Patient","link":[{"other":{"reference":"#a"},"type":"seealso"}],"contained":[
        {"resourceType":"Patient","id":"a","link":[{"other":{"reference":"#a"},"type":"seealso"}],
        "contained":[{"resourceType":"Patient","id":"a"}]}]}"##;
    assert_eq!(verdict_with(Options::default(), nested), ["invariant/failed @ Patient"]);
    let itself = r##"{"resourceType":"Patient","managingOrganization":{"reference":"#"}}"##;
    let told = "reference/not-contained @ Patient.managingOrganization";
    assert_eq!(verdict_with(Options::default(), itself), [told]);
}
