//! Membership of codes in value sets: the facts are those of the packages.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

use fhirkit_definitions::package::{Manifest, Package};
use fhirkit_definitions::{CodeSet, Definitions, Implied, Membership, Sort};
use std::collections::BTreeSet;
use std::sync::Arc;

const R4: &str = "http://hl7.org/fhir/ValueSet/";
const US_CORE: &str = "http://hl7.org/fhir/us/core/ValueSet/";
const CARIN: &str = "http://hl7.org/fhir/us/carin-bb/ValueSet/";
const VSAC: &str = "http://cts.nlm.nih.gov/fhir/ValueSet/";
const RACE: Option<&str> = Some("urn:oid:2.16.840.1.113883.6.238");
const NULLS: Option<&str> = Some("http://terminology.hl7.org/CodeSystem/v3-NullFlavor");
const SNOMED: Option<&str> = Some("http://snomed.info/sct");
const LOINC: Option<&str> = Some("http://loinc.org");
const ACT: Option<&str> = Some("http://terminology.hl7.org/CodeSystem/v3-ActCode");

fn set(base: &str, name: &str) -> Arc<CodeSet> {
    let definitions = Definitions::embedded().unwrap();
    definitions.code_set(&format!("{base}{name}"), &definitions.scope(&[], &[])).unwrap()
}

fn why(membership: &Membership) -> String {
    match membership {
        Membership::Unverifiable(why) => why.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn administrative_gender_lists_its_four_codes_for_a_message() {
    let gender = set(R4, "administrative-gender|4.0.1");
    assert_eq!(gender.listing().unwrap().join(", "), "male, female, other, unknown");
    assert!(gender.contains(None, "male", None).is_in());
    assert!(gender.contains(None, "F", None).is_not_in());
    let system = "http://hl7.org/fhir/administrative-gender";
    assert!(matches!(gender.implied("male"), Implied::One(found) if found == system));
    assert!(matches!(gender.implied("F"), Implied::None));
    assert!(gender.contains(LOINC, "male", None).is_not_in());
}

#[test]
fn race_categories_hold_in_every_version_of_us_core() {
    for version in ["|3.1.1", "|6.1.0", "|7.0.0"] {
        let race = set(US_CORE, &format!("omb-race-category{version}"));
        for code in ["1002-5", "2028-9", "2054-5", "2076-8", "2106-3"] {
            assert!(race.contains(RACE, code, None).is_in(), "{version} {code}");
        }
        assert!(race.contains(NULLS, "UNK", None).is_in() && race.contains(RACE, "UNK", None).is_not_in());
        // Cherokee is a detailed race.
        assert!(race.contains(RACE, "1018-1", None).is_not_in(), "{version}");
        let detailed = set(US_CORE, &format!("detailed-race{version}"));
        assert!(detailed.contains(RACE, "1018-1", None).is_in(), "{version}");
        assert!(detailed.contains(RACE, "1002-5", None).is_not_in(), "{version}: excluded");
        assert!(detailed.contains(RACE, "9999-9", None).is_not_in(), "{version}");
    }
}

#[test]
fn value_sets_of_vsac_have_the_size_that_they_state() {
    let definitions = Definitions::embedded().unwrap();
    let sizes = [
        ("113883.1.11.14914", 921),
        ("114222.4.11.836", 6),
        ("114222.4.11.877", 41),
        ("113762.1.4.1021.24", 6),
    ];
    for (name, size) in sizes {
        let set = set(VSAC, &format!("2.16.840.1.{name}"));
        let codes: BTreeSet<String> = ["urn:oid:2.16.840.1.113883.6.238", NULLS.unwrap(), GENDER]
            .iter()
            .flat_map(|system| {
                let scope = definitions.scope(&[], &[]);
                let found = definitions.resolve(Sort::CodeSystem, system, &scope).unwrap();
                let codes = definitions.code_system_at(found.id).unwrap();
                let inside =
                    codes.codes().iter().filter(|c| set.contains(Some(system), &c.code, None).is_in());
                inside.map(|code| code.code.to_string()).collect::<Vec<_>>()
            })
            .chain(set.listing().into_iter().flatten().cloned())
            .collect();
        assert_eq!(codes.len(), size, "{name}");
    }
}

const GENDER: &str = "http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender";

#[test]
fn adjudication_draws_codes_from_two_systems_and_imports() {
    let hl7 = Some("http://terminology.hl7.org/CodeSystem/adjudication");
    let c4bb = Some("http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication");
    let all = set(CARIN, "C4BBAdjudication");
    assert!(all.contains(hl7, "submitted", None).is_in() && all.contains(c4bb, "drugcost", None).is_in());
    // `tax` is a code of the system that the set does not list.
    assert!(all.contains(hl7, "tax", None).is_not_in() && all.contains(c4bb, "submitted", None).is_not_in());
    let total = set(CARIN, "C4BBTotalCategoryDiscriminator");
    assert!(total.contains(hl7, "submitted", None).is_in());
    let status = Some("http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBPayerAdjudicationStatus");
    assert!(total.contains(status, "innetwork", None).is_in());
}

#[test]
fn is_a_filter_takes_codes_below_at_any_depth_and_exclude_takes_the_top_away() {
    let encounter = set("http://terminology.hl7.org/ValueSet/", "v3-ActEncounterCode");
    // ACUTE stands below IMP, which stands below the top.
    for code in ["AMB", "IMP", "ACUTE", "VR"] {
        assert!(encounter.contains(ACT, code, None).is_in(), "{code}");
    }
    for code in ["_ActEncounterCode", "_ActAccountCode", "ACCTRECEIVABLE", "nothing"] {
        assert!(encounter.contains(ACT, code, None).is_not_in(), "{code}");
    }
}

#[test]
fn filters_on_properties_are_evaluated() {
    let obligations = set(R4, "obligation");
    let system = Some("http://hl7.org/fhir/CodeSystem/obligation");
    // `SHALL` is marked as not selectable, which the set's filter leaves out.
    assert!(obligations.contains(system, "SHALL", None).is_not_in());
    assert!(obligations.contains(system, "SHALL:populate", None).is_in());
    let contact = set(R4, "patient-contactrelationship|4.0.1");
    let v2 = Some("http://terminology.hl7.org/CodeSystem/v2-0131");
    assert!(contact.contains(v2, "C", None).is_in() && contact.contains(v2, "O", None).is_not_in());
}

#[test]
fn set_of_snomed_codes_is_unverifiable_for_snomed_and_exact_for_others() {
    let site = set(R4, "body-site");
    assert_eq!(
        why(&site.contains(SNOMED, "442083009", None)),
        "content of `http://snomed.info/sct` is not held"
    );
    assert!(site.contains(LOINC, "442083009", None).is_not_in());
    assert!(matches!(site.implied("442083009"), Implied::Unverifiable(_)));
    assert!(site.listing().is_none());
}

#[test]
fn codes_of_third_parties_that_a_set_lists_are_exact() {
    let status = set(US_CORE, "us-core-smoking-status-observation-codes");
    assert!(status.contains(LOINC, "72166-2", None).is_in());
    assert!(status.contains(LOINC, "72166-3", None).is_not_in());
}

#[test]
fn media_types_and_languages_are_checked_for_their_form() {
    let media = set(R4, "mimetypes|4.0.1");
    assert!(media.contains(None, "no type", None).is_not_in());
    let Membership::Unverifiable(found) = media.contains(None, "text/plain", None) else { panic!() };
    assert!(found.is_syntax_only());
    let languages = set(R4, "languages");
    assert!(
        languages.contains(None, "en-US", None).is_in() && languages.contains(None, "tlh", None).is_not_in()
    );
    let all = set(R4, "all-languages");
    assert!(all.contains(None, "en_US", None).is_not_in());
    let money = set(R4, "currencies|4.0.1");
    assert_eq!(why(&money.contains(None, "USD", None)), "content of `urn:iso:std:iso:4217` is not held");
}

#[test]
fn retired_codes_leave_a_set_that_asks_for_active_ones_only() {
    // Its publisher's expansion stands beside the composition; the codes must be the same.
    let active = set(R4, "inactive");
    let mood = Some("http://terminology.hl7.org/CodeSystem/v3-ActMood");
    assert!(active.contains(mood, "CRT", None).is_in() && active.contains(mood, "EVN", None).is_not_in());
}

#[test]
fn set_that_is_not_held_is_unverifiable_by_name() {
    let definitions = Definitions::embedded().unwrap();
    let scope = definitions.scope(&[], &[]);
    let found = definitions.membership("http://example.org/ValueSet/x", &scope, None, "a", None);
    assert_eq!(why(&found), "value set `http://example.org/ValueSet/x` is not held");
    assert!(definitions.is_value_set_url("http://hl7.org/fhir/ValueSet/administrative-gender"));
    assert!(!definitions.is_value_set_url("http://hl7.org/fhir/administrative-gender"));
}

/// Definitions with these resources added.
fn with(resources: &[&str]) -> Definitions {
    let manifest = Manifest {
        name: "test".to_owned(),
        version: "1.0.0".to_owned(),
        built_from_source: false,
        dependencies: Vec::new(),
    };
    let names: Vec<String> = (0..resources.len()).map(|at| format!("{at}.json")).collect();
    let files = names.iter().zip(resources).map(|(name, text)| (name.as_str(), text.as_bytes()));
    Definitions::with_packages(vec![Package::from_files(Some(manifest), files).unwrap()]).unwrap()
}

fn value_set(name: &str, compose: &str) -> String {
    format!(r#"{{"resourceType":"ValueSet","url":"http://x/{name}","compose":{compose}}}"#)
}

#[test]
fn value_sets_that_include_each_other_end_and_keep_what_is_certain() {
    let part = |code: &str, other: &str| {
        format!(
            r#"{{"include":[{{"system":"http://s","concept":[{{"code":"{code}"}}]}},{{"valueSet":["http://x/{other}"]}}]}}"#
        )
    };
    let (a, b) = (value_set("a", &part("1", "b")), value_set("b", &part("2", "a")));
    let definitions = with(&[&a, &b]);
    let set = definitions.code_set("http://x/a", &definitions.scope(&[], &[])).unwrap();
    assert!(set.contains(Some("http://s"), "1", None).is_in());
    assert!(set.contains(Some("http://s"), "2", None).is_in());
    assert_eq!(why(&set.contains(Some("http://s"), "3", None)), "value set `http://x/a` includes itself");
}

#[test]
fn sets_that_all_include_each_other_end_at_once() {
    let all: Vec<String> = (0..40).map(|at| format!(r#"{{"valueSet":["http://x/{at}"]}}"#)).collect();
    let compose = format!(r#"{{"include":[{}]}}"#, all.join(","));
    let sets: Vec<String> = (0..40).map(|at| value_set(&at.to_string(), &compose)).collect();
    let definitions = with(&sets.iter().map(String::as_str).collect::<Vec<_>>());
    let set = definitions.code_set("http://x/0", &definitions.scope(&[], &[])).unwrap();
    assert!(matches!(set.contains(Some("http://s"), "1", None), Membership::Unverifiable(_)));
}

#[test]
fn same_code_from_two_systems_implies_neither() {
    let compose = r#"{"include":[{"system":"http://s","concept":[{"code":"1"}]},{"system":"http://t","concept":[{"code":"1"},{"code":"2"}]}]}"#;
    let definitions = with(&[&value_set("two", compose)]);
    let set = definitions.code_set("http://x/two", &definitions.scope(&[], &[])).unwrap();
    assert!(matches!(set.implied("1"), Implied::Several));
    assert!(matches!(set.implied("2"), Implied::One("http://t")));
    assert!(set.contains(None, "1", None).is_in());
}

#[test]
fn system_that_does_not_mind_case_is_asked_without_it() {
    let system = r#"{"resourceType":"CodeSystem","url":"http://s","version":"1","content":"complete","caseSensitive":false,"concept":[{"code":"Abc"},{"code":"x"}]}"#;
    let compose = r#"{"include":[{"system":"http://s","concept":[{"code":"ABC"}]}]}"#;
    let definitions = with(&[system, &value_set("case", compose)]);
    let set = definitions.code_set("http://x/case", &definitions.scope(&[], &[])).unwrap();
    for code in ["abc", "ABC", "Abc"] {
        assert!(set.contains(Some("http://s"), code, None).is_in(), "{code}");
    }
    assert!(set.contains(Some("http://s"), "x", None).is_not_in());
}

#[test]
fn code_of_a_fragment_or_another_version_is_unverifiable() {
    let fragment = r#"{"resourceType":"CodeSystem","url":"http://s","version":"2","content":"fragment","concept":[{"code":"a"}]}"#;
    let whole = value_set("whole", r#"{"include":[{"system":"http://s"}]}"#);
    let older = value_set("older", r#"{"include":[{"system":"http://s","version":"1"}]}"#);
    let definitions = with(&[fragment, &whole, &older]);
    let scope = definitions.scope(&[], &[]);
    let ask = |set: &str, code: &str| {
        definitions.membership(&format!("http://x/{set}"), &scope, Some("http://s"), code, None)
    };
    assert!(ask("whole", "a").is_in() && ask("older", "a").is_in());
    assert_eq!(why(&ask("whole", "b")), "only part of `http://s` is held");
    assert_eq!(why(&ask("older", "b")), "version 1 of `http://s` is not held");
    let gender = Some("http://hl7.org/fhir/administrative-gender");
    let future = set(R4, "administrative-gender").contains(gender, "x", Some("9.9.9"));
    assert_eq!(why(&future), "version 9.9.9 of `http://hl7.org/fhir/administrative-gender` is not held");
}
