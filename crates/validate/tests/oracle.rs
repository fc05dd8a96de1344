//! Against the verdicts of the HL7 validator on the examples of packages: what it calls good, we do not call faulty.
//!
//! `cargo xtask conformance oracle` compares everything; this test holds the rules about structure, cardinality,
//! primitives and values, which need no package beyond R4.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;
mod shared;

use std::collections::BTreeSet;

use common::check_with;
use fhirkit_definitions::Definitions;
use fhirkit_issue::Severity;
use fhirkit_validate::{Options, Scratch, Selection, UnknownExtensions, Validator};
use serde_json::Value;
use shared::{Files, shared};

/// Faults that are real although the reference does not report them: file, path, why.
const EXPLAINED: &[(&str, &str, &str)] = &[
    (
        "DiagnosticReport-cardiology-report.json",
        "DiagnosticReport.presentedForm[0].hash",
        "`.` is no letter of base64; the regular expression of R4 leaves it out",
    ),
    (
        "bb-test-data__eob__-10000010288391.json",
        "",
        "Money of DSTU2 has `system` and `code`; the reference stops at the unknown extension around it",
    ),
];

/// The same, by what the message says.
const EXPLAINED_WORDS: &[(&str, &str)] = &[
    (
        "is not in mimetypes",
        "`xml` and `json` are no media types; the reference does not ask without a server",
    ),
    ("/ValueSet/languages)\" is not in all-languages", "a code of another system is outside the widest set"),
    ("is not in us-core-observation-smokingstatus-max", "the set has SNOMED CT alone"),
    ("is not in CDCICD910CMDiagnosisCodes", "neither of the systems that the set names"),
    ("\"L/min (http://unitsofmeasure.org)\" is not in ucum-vitals-common", "the set lists its twelve units"),
    ("adjudication-has-amount-type-slice: expected `(exists() implies", "the reference asks it of no slice"),
    ("expected \"Hispanic or Latino\" for 2135-2, found \"Aaaaa\"", "the reference had R4 alone"),
];

const CORE: &str = "http://hl7.org/fhir/StructureDefinition/";

/// What the reference calls these rules.
const OURS: &[&str] = &[
    "Validation_VAL_Profile_Minimum",
    "Validation_VAL_Profile_Maximum",
    "Validation_VAL_Profile_Minimum_SLICE",
    "VALIDATION_VAL_PROFILE_MINIMUM_MAGIC",
    "Validation_VAL_Profile_NotSlice",
    "Extension_EXT_Unknown_NotHere",
    "Extension_EXTP_Context_Wrong",
    "Extension_EXT_SubExtension_Invalid",
    "_DT_Fixed_Wrong",
    "TYPE_CHECKS_PATTERN_CC",
    "Type_Specific_Checks_DT_DateTime_TZ",
    "Type_Specific_Checks_DT_UUID_Valid",
    "Type_Specific_Checks_DT_OID_Valid",
    "TYPE_SPECIFIC_CHECKS_CANONICAL_ABSOLUTE",
];

/// `/*Patient/1*/` stands in the reference's paths behind a resource.
fn plain(path: &str) -> String {
    let mut plain = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once("/*") {
        plain.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, behind)| behind);
    }
    plain += rest;
    if plain == "$" {
        return String::new();
    }
    // `extension[1][url='uri']` is `extension[1]`.
    match plain.split_once("[url='") {
        Some((before, after)) => {
            format!("{before}{}", after.split_once("']").map_or("", |(_, behind)| behind))
        }
        None => plain,
    }
}

/// While it parses, the reference does not name the type of a choice.
fn unnamed(path: &str) -> String {
    let mut pieces = path.split(".ofType(");
    let mut unnamed = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        unnamed += "[x]";
        unnamed += piece.split_once(')').map_or("", |(_, behind)| behind);
    }
    unnamed
}

/// Compares a group; `package`: the one that its name says.
fn compare(group: &str, package: &str) {
    let Some(expected) = shared(&format!("oracle/expected/{group}.jsonl")) else { return };
    let definitions = Definitions::embedded().unwrap();
    // The reference reads its terminology and extension packs before the core specification, as the default does.
    let packages = match group {
        "r4" => Vec::new(),
        _ => vec![definitions.package_meant(package).unwrap()],
    };
    let select = ["json", "structure", "primitive", "value", "profile", "extension", "slicing"];
    let options = Options {
        packages,
        unknown_extensions: UnknownExtensions::Error,
        selection: Selection { select: select.map(str::to_owned).to_vec(), ..Selection::default() },
        ..Options::default()
    };
    let validator = Validator::new(definitions, options);
    let (mut scratch, mut files) = (Scratch::new(), Files::default());
    let (mut extra, mut missed) = (Vec::new(), Vec::new());
    let mut file_count = 0;
    for line in std::fs::read_to_string(expected).unwrap().lines() {
        let verdict: Value = serde_json::from_str(line).unwrap();
        let file = verdict["file"].as_str().unwrap();
        let bytes = files.read(file).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let found = check_with(&validator, &mut scratch, text.trim_start_matches('\u{feff}'));
        // What is no JSON, other tests speak of.
        let Some(found) = found else { continue };
        let errors = found.iter().filter(|issue| issue.severity.reaches(Severity::Error));
        // In the group `r4` the reference knew the core specification alone.
        let errors = errors.filter(|issue| {
            let mut profiles = issue.profiles.iter();
            group != "r4" || issue.profiles.is_empty() || profiles.any(|url| url.starts_with(CORE))
        });
        let ours: BTreeSet<(String, String)> = errors
            .map(|issue| (issue.expression.clone().unwrap_or_default(), issue.message.clone()))
            .collect();
        let theirs: Vec<(String, &Value)> = verdict["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|error| (plain(error["path"].as_str().unwrap_or_default()), error))
            .collect();
        for (path, message) in &ours {
            if !theirs.iter().any(|(their, _)| their == path || *their == unnamed(path))
                && !is_explained(file, path, message)
            {
                extra.push(format!("{file}\n    {path}: {message}"));
            }
        }
        for (path, error) in &theirs {
            // The reference knew no US Core there, and we know it always.
            let us_core = "http://hl7.org/fhir/us/core";
            let is_known =
                group == "r4" && error["message"].as_str().is_some_and(|text| text.contains(us_core));
            let is_ours = !is_known && error["id"].as_str().is_some_and(|id| OURS.contains(&id));
            if is_ours && !ours.iter().any(|(our, _)| our == path) {
                missed.push(format!("{file}\n    {path}: {}", error["message"]));
            }
        }
        file_count += 1;
    }
    eprintln!("{group}: {file_count} files, {} false errors, {} missed", extra.len(), missed.len());
    for line in missed.iter().take(400) {
        eprintln!("missed {line}");
    }
    assert!(extra.is_empty(), "{}", extra.join("\n"));
}

fn is_explained(file: &str, path: &str, message: &str) -> bool {
    EXPLAINED_WORDS.iter().any(|(words, _)| message.contains(words))
        || EXPLAINED.iter().any(|(known, at, _)| file.ends_with(known) && (at.is_empty() || *at == path))
}

#[test]
fn r4_examples_have_no_false_error() {
    compare("r4", "r4");
}

#[test]
fn us_core_examples_have_no_false_error() {
    for version in ["3.1.1", "6.1.0", "7.0.0"] {
        compare(&format!("us-core-{version}"), &format!("us-core@{version}"));
    }
}

#[test]
fn payer_examples_have_no_false_error() {
    for version in ["1.1.0", "2.0.0", "2.1.0"] {
        compare(&format!("carin-bb-{version}"), &format!("carin-bb@{version}"));
    }
    compare("pdex-2.0.0", "pdex@2.0.0");
    compare("plan-net-1.1.0", "plan-net@1.1.0");
    compare("drug-formulary-2.0.1", "drug-formulary@2.0.1");
}

#[test]
fn three_profiles_are_unknown_and_the_right_ones_suggested() {
    let Some(path) = shared("design/payer-page/everything.json") else { return };
    // What the reference says of it: three unknown profiles, and one error about the Bundle.
    let json = std::fs::read_to_string(path).unwrap();
    let validator = Validator::new(Definitions::embedded().unwrap(), Options::default());
    let mut scratch = Scratch::new();
    let issues = check_with(&validator, &mut scratch, &json).unwrap();
    let unknown: Vec<_> = issues.iter().filter(|issue| issue.rule.as_str() == "profile/unknown").collect();
    let help: Vec<_> = unknown.iter().map(|issue| issue.help.as_deref().unwrap_or_default()).collect();
    assert_eq!(
        help,
        [
            "did you mean `http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-Patient` (CARIN BB 2.0.0, built in)?",
            "did you mean `http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient` (US Core 6.1.0, built in)?",
            "did you mean `http://hl7.org/fhir/us/core/StructureDefinition/us-core-provenance` (US Core 6.1.0, built in)?",
        ]
    );
    let counted: u64 = scratch.take_checked().not_checked.profiles.values().map(|one| one.count).sum();
    assert_eq!(counted, 3);
    let of_others = |group: &str| matches!(group, "bundle" | "reference");
    let errors: Vec<_> = issues
        .iter()
        .filter(|issue| issue.severity.reaches(Severity::Error) && !of_others(issue.rule.group()))
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
}
