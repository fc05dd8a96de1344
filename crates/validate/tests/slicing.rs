//! Slices of the embedded guides: which item is in which, what is missing and how near it was.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use common::check_with;
use fhirkit_definitions::Definitions;
use fhirkit_issue::Issue;
use fhirkit_tape::{Span, Tape};
use fhirkit_validate::{Options, Scratch, Subject, Validator};

const PHARMACY: &str =
    "http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit-Pharmacy|2.0.0";
const SUPPORTING: &str = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBSupportingInfoType";

fn check(json: &str) -> (Vec<Issue>, Scratch) {
    let validator = Validator::new(Definitions::embedded().unwrap(), Options::default());
    let mut scratch = Scratch::new();
    let issues = check_with(&validator, &mut scratch, json).unwrap();
    (issues, scratch)
}

/// The issues about slices.
fn about_slices(json: &str) -> Vec<Issue> {
    let (mut issues, _) = check(json);
    issues.retain(|issue| issue.rule.group() == "slicing");
    issues
}

fn claim(supporting_info: &str) -> String {
    format!(
        r#"{{"resourceType":"ExplanationOfBenefit","meta":{{"profile":["{PHARMACY}"]}},
        "supportingInfo":[{supporting_info}]}}"#
    )
}

fn info(code: &str) -> String {
    format!(
        r#"{{"sequence":1,"category":{{"coding":[{{"system":"{SUPPORTING}","code":"{code}"}}]}},
        "timingDate":"2024-01-01"}}"#
    )
}

#[test]
fn a_missing_slice_is_named_and_told_how_near_the_nearest_was() {
    let almost = info("dayssupply").replace(SUPPORTING, "http://other");
    let issues = about_slices(&claim(&[info("clmrecvddate"), almost].join(",")));
    let days = issues.iter().find(|issue| issue.text(true).contains("supportingInfo:dayssupply")).unwrap();
    assert_eq!(days.rule.as_str(), "slicing/min");
    assert_eq!(days.expression.as_deref(), Some("ExplanationOfBenefit"));
    assert_eq!(days.element.as_deref(), Some("ExplanationOfBenefit.supportingInfo:dayssupply"));
    let help = days.help.as_deref().unwrap();
    assert_eq!(
        help,
        format!(
            "2 candidates, `supportingInfo[0]` to `supportingInfo[1]`; the nearest, `supportingInfo[1]`, has a \
             `category` that is not `{SUPPORTING}|dayssupply` (1 of 2 values agree)"
        )
    );
    assert!(!issues.iter().any(|issue| issue.text(true).contains("clmrecvddate")));
}

#[test]
fn a_slice_of_a_list_that_is_not_there_is_missing_too() {
    let issues = about_slices(&claim("").replace(",\n        \"supportingInfo\":[]", ""));
    let days = issues.iter().find(|issue| issue.text(true).contains("supportingInfo:dayssupply")).unwrap();
    assert!(days.help.as_deref().unwrap().starts_with("add a `supportingInfo` with `category`"));
}

#[test]
fn more_items_than_a_slice_allows_are_counted() {
    let issues = about_slices(&claim(&[info("dayssupply"), info("dayssupply")].join(",")));
    let texts: Vec<_> = issues.iter().filter(|issue| issue.rule.as_str() == "slicing/max").collect();
    assert_eq!(texts.len(), 1);
    assert!(texts[0].text(true).ends_with("slice `supportingInfo:dayssupply`: expected at most 1, found 2"));
}

#[test]
fn items_are_held_to_what_their_slice_asks() {
    let with_rank = |rank: &str| {
        format!(
            r#"{{"resourceType":"Patient","meta":{{"profile":
            ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|6.1.0"]}},
            "identifier":[{{"system":"http://x","value":"1"}}],"name":[{{"family":"Lee"}}],"gender":"female",
            "extension":[{{"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-race","extension":[{rank}]}}]}}"#
        )
    };
    let (issues, _) = check(&with_rank(r#"{"url":"text","valueCode":"x"}"#));
    let found: Vec<_> =
        issues.iter().map(|one| (one.rule.as_str(), one.expression.clone().unwrap())).collect();
    let path = "Patient.extension[0].extension[0].value.ofType(code)".to_owned();
    assert_eq!(found, [("structure/type-not-allowed", path)]);
    let (issues, _) = check(&with_rank(r#"{"url":"text","valueString":"x"}"#));
    assert!(issues.is_empty(), "{issues:?}");
    let other =
        r#"{"url":"ombCategory","valueCoding":{"system":"urn:oid:2.16.840.1.113883.6.238","code":"2106-3"}}"#;
    let issues = about_slices(&with_rank(other));
    assert_eq!(issues.len(), 1);
    assert!(issues[0].text(true).contains("slice `extension:text`: expected at least 1, found 0"));
}

#[test]
fn a_slice_whose_codes_are_not_held_is_not_called_missing() {
    let json = r#"{"resourceType":"MedicationKnowledge","meta":{"profile":
        ["http://hl7.org/fhir/us/davinci-drug-formulary/StructureDefinition/usdf-FormularyDrug|2.0.1"]},
        "code":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"1000091"}]},"status":"active"}"#;
    let (issues, mut scratch) = check(json);
    assert!(!issues.iter().any(|issue| issue.rule.group() == "slicing"), "{issues:?}");
    let sets = scratch.take_checked().not_checked.value_sets;
    let set = "http://hl7.org/fhir/us/davinci-drug-formulary/ValueSet/SemanticDrugVS";
    assert!(sets.keys().any(|name| name.starts_with(set)), "{sets:?}");
    // Of another system it is not, for certain.
    let (issues, _) = check(&json.replace("http://www.nlm.nih.gov/research/umls/rxnorm", "http://x"));
    assert!(issues.iter().any(|issue| issue.rule.as_str() == "slicing/min"));
}

#[test]
fn several_discriminators_all_have_to_hold() {
    let observation = |system: &str| {
        format!(
            r#"{{"resourceType":"Observation","status":"final","subject":{{"display":"x"}},
            "effectiveDateTime":"2024-01-01","valueQuantity":{{"value":1,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}},
            "category":[{{"coding":[{{"system":"{system}","code":"vital-signs"}}]}}],
            "code":{{"coding":[{{"system":"http://loinc.org","code":"29463-7"}}]}}}}"#
        )
    };
    let good = about_slices(&observation("http://terminology.hl7.org/CodeSystem/observation-category"));
    assert!(good.is_empty(), "{good:?}");
    // The code alone calls for the profile of body weight, which nobody claims.
    let issues = about_slices(&observation("http://x"));
    assert_eq!(issues.len(), 1);
    assert!(issues[0].help.as_deref().unwrap().ends_with("; 1 of 2 discriminators hold"), "{issues:?}");
}

#[test]
fn a_discriminator_that_leaves_the_element_is_counted_by_name() {
    let (issues, mut scratch) = check(
        r#"{"resourceType":"DiagnosticReport","meta":{"profile":["http://hl7.org/fhir/StructureDefinition/lipidprofile"]},
        "status":"final","code":{"coding":[{"system":"http://loinc.org","code":"57698-3"}]},
        "result":[{"reference":"Observation/1"},{"reference":"Observation/2"},{"reference":"Observation/3"}]}"#,
    );
    assert!(!issues.iter().any(|issue| issue.rule.group() == "slicing"), "{issues:?}");
    let names = scratch.take_checked().not_checked.discriminators;
    assert!(names.keys().any(|name| name.starts_with("value:resolve().code")), "{names:?}");
    assert!(names.keys().any(|name| name.starts_with("ordered")), "{names:?}");
}

#[test]
fn the_packages_of_claimed_profiles_are_noted_with_the_reason_for_their_version() {
    let (_, mut scratch) = check(
        r#"{"resourceType":"Patient","meta":{"profile":["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient",
        "http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-Patient|1.1.0"]}}"#,
    );
    let packages = scratch.take_checked().packages;
    let lines: Vec<String> =
        packages.iter().map(|one| format!("{}#{}: {}", one.name, one.version, one.reason)).collect();
    assert_eq!(
        lines,
        [
            "hl7.fhir.us.carin-bb#1.1.0: the canonical names the version",
            "hl7.fhir.us.core#3.1.1: hl7.fhir.us.carin-bb#1.1.0 depends on it"
        ]
    );
}

#[test]
fn slices_and_extensions_are_checked_without_an_allocation() {
    let json = r#"{"resourceType":"Patient","meta":{"profile":
        ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|6.1.0"]},
        "identifier":[{"system":"http://x","value":"1"}],"name":[{"family":"Lee"}],"gender":"female",
        "extension":[{"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-race","extension":[
        {"url":"ombCategory","valueCoding":{"system":"urn:oid:2.16.840.1.113883.6.238","code":"2106-3"}},
        {"url":"text","valueString":"x"}]},{"url":"http://payer.test/x","valueString":"y"}]}"#;
    let validator = Validator::new(Definitions::embedded().unwrap(), Options::default());
    let mut scratch = Scratch::new();
    let mut tape = Tape::new();
    tape.load(json.as_bytes().to_vec());
    let root = tape.parse(Span::new(0, json.len() as u32)).unwrap();
    let mut check = || {
        let subject = Subject::alone(tape.node(root));
        validator.check(&subject, &mut scratch, &mut |issue| assert_ne!(issue.rule.group(), "slicing"));
    };
    check();
    assert_eq!(allocation_counter::measure(check).count_total, 0);
}
