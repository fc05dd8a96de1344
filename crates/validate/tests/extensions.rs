//! Extensions: known or not, in their place or not.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use common::check_with;
use fhirkit_definitions::Definitions;
use fhirkit_issue::Severity;
use fhirkit_validate::{Options, Scratch, UnknownExtensions, Validator};

/// The issues as `rule @ expression`, in this order.
fn verdict(json: &str, unknown_extensions: UnknownExtensions) -> Vec<String> {
    let options = Options { unknown_extensions, ..Options::default() };
    let validator = Validator::new(Definitions::embedded().unwrap(), options);
    let issues = check_with(&validator, &mut Scratch::new(), json).unwrap();
    let line = |issue: &fhirkit_issue::Issue| {
        format!("{} @ {}", issue.rule, issue.expression.as_deref().unwrap_or_default())
    };
    issues.iter().map(line).collect()
}

#[test]
fn what_nobody_defines_is_a_matter_of_policy_but_counted_in_any_case() {
    let json = r#"{"resourceType":"Patient","extension":[{"url":"http://payer.test/x","valueString":"y"}]}"#;
    let told = "extension/unknown @ Patient.extension[0]";
    assert!(verdict(json, UnknownExtensions::Ignore).is_empty());
    assert_eq!(verdict(json, UnknownExtensions::Warn), [told]);
    assert_eq!(verdict(json, UnknownExtensions::Error), [told]);
    for (unknown_extensions, severity) in
        [(UnknownExtensions::Warn, Severity::Warning), (UnknownExtensions::Error, Severity::Error)]
    {
        let options = Options { unknown_extensions, ..Options::default() };
        let validator = Validator::new(Definitions::embedded().unwrap(), options);
        let mut scratch = Scratch::new();
        assert_eq!(check_with(&validator, &mut scratch, json).unwrap()[0].severity, severity);
        let others = scratch.take_checked().not_checked.others;
        assert_eq!(others.get("extension http://payer.test/x"), Some(&1));
    }
    let example = json.replace("payer.test", "example.org");
    assert!(verdict(&example, UnknownExtensions::Error).is_empty());
}

#[test]
fn a_misspelt_extension_is_suggested() {
    let options = Options { unknown_extensions: UnknownExtensions::Warn, ..Options::default() };
    let validator = Validator::new(Definitions::embedded().unwrap(), options);
    let json = r#"{"resourceType":"Patient","extension":[
        {"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-rase","valueString":"y"}]}"#;
    let issues = check_with(&validator, &mut Scratch::new(), json).unwrap();
    let help = issues[0].help.as_deref().unwrap();
    assert_eq!(
        help,
        "did you mean `http://hl7.org/fhir/us/core/StructureDefinition/us-core-race` (US Core 6.1.0, built in)?"
    );
}

#[test]
fn an_extension_follows_its_definition_wherever_it_stands() {
    let good = r#"{"resourceType":"Patient","birthDate":"1970-01-01","_birthDate":{"extension":[
        {"url":"http://hl7.org/fhir/StructureDefinition/patient-birthTime","valueDateTime":"1970-01-01T10:00:00Z"}]}}"#;
    assert!(verdict(good, UnknownExtensions::Error).is_empty());
    let wrong_type = good.replace("valueDateTime", "valueString");
    let told = "extension/value-type @ Patient.birthDate.extension[0]";
    assert_eq!(verdict(&wrong_type, UnknownExtensions::Error), [told]);
    let without_value = good.replace(r#","valueDateTime":"1970-01-01T10:00:00Z""#, "");
    let found = verdict(&without_value, UnknownExtensions::Error);
    assert!(
        found.iter().any(|one| one == "structure/cardinality @ Patient.birthDate.extension[0]"),
        "{found:?}"
    );
}

#[test]
fn contexts_are_types_and_paths_from_them() {
    let at = |resource: &str, place: &str| {
        let json = format!(r#"{{"resourceType":"{resource}",{place}}}"#);
        verdict(&json, UnknownExtensions::Ignore).iter().any(|one| one.starts_with("extension/context"))
    };
    let birth_time = r#""_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthTime",
        "valueDateTime":"1970-01-01T10:00:00Z"}]}"#;
    assert!(!at("Patient", birth_time));
    assert!(at("Patient", &birth_time.replace("_birthDate", "_gender")));
    // On any element.
    let absent =
        r#"[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]"#;
    assert!(!at("Patient", &format!(r#""name":[{{"_family":{{"extension":{absent}}}}}]"#)));
    // A datatype's own path, in a contained resource too.
    let own_name = r#""name":[{"_family":{"extension":[
        {"url":"http://hl7.org/fhir/StructureDefinition/humanname-own-name","valueString":"x"}]}}]"#;
    assert!(!at("Patient", own_name));
    let contained = format!(r#""contained":[{{"resourceType":"Person","id":"a",{own_name}}}]"#);
    assert!(!at("Patient", &contained));
    assert!(at("Patient", &own_name.replace("_family", "_text")));
}

#[test]
fn what_fhirpath_says_of_a_place_is_asked_there() {
    let broken = |json: &str| {
        let options = Options { unknown_extensions: UnknownExtensions::Ignore, ..Options::default() };
        let validator = Validator::new(Definitions::embedded().unwrap(), options);
        let mut scratch = Scratch::new();
        let issues = check_with(&validator, &mut scratch, json).unwrap();
        let others = scratch.take_checked().not_checked.others;
        let unasked: Vec<&String> = others.keys().filter(|name| name.contains("FHIRPath")).collect();
        assert!(unasked.is_empty(), "{unasked:?}");
        let all = issues.iter().filter(|issue| issue.rule.group() == "extension");
        all.map(|issue| format!("{} @ {}", issue.rule, issue.expression.as_deref().unwrap_or_default()))
            .collect::<Vec<_>>()
    };
    // Elements that the resource has: everything below it.
    let available = r#"{"resourceType":"Organization","name":"x","telecom":[{"system":"phone","value":"1","extension":[
        {"url":"http://hl7.org/fhir/us/davinci-pdex/StructureDefinition/base-ext-contactpoint-availabletime",
        "extension":[{"url":"allDay","valueBoolean":true}]}]}]}"#;
    assert!(broken(available).is_empty());
    // An invariant that looks at the resource around.
    let unit = |kind: &str| {
        format!(
            r#"{{"resourceType":"Questionnaire","status":"draft","item":[{{"linkId":"1","type":"{kind}","extension":[
            {{"url":"http://hl7.org/fhir/StructureDefinition/questionnaire-unit","valueCoding":{{"code":"kg"}}}}]}}]}}"#
        )
    };
    assert!(broken(&unit("decimal")).is_empty());
    assert_eq!(broken(&unit("string")), ["extension/context-invariant @ Questionnaire.item[0]"]);
}

#[test]
fn short_urls_stand_inside_extensions_only() {
    let race = |url: &str| {
        format!(
            r#"{{"resourceType":"Patient","extension":[{{"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-race",
            "extension":[{{"url":"text","valueString":"x"}},{{"url":"{url}","valueString":"y"}}]}},{{"url":"short","valueString":"z"}}]}}"#
        )
    };
    let expected =
        ["extension/nested @ Patient.extension[0].extension[1]", "extension/url @ Patient.extension[1]"];
    assert_eq!(verdict(&race("txt"), UnknownExtensions::Ignore), expected);
}
