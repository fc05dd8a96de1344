//! `fhirkit rule`, `packages` and `init`.

use crate::support::{Place, names};

#[test]
fn a_rule_prints_its_page_and_a_mistyped_one_a_hint() {
    let place = Place::new();
    place
        .run(&["rule", "primitive/date"])
        .ends_with(0)
        .prints("# primitive/date\n")
        .prints("```json failing");
    place.run(&["rule", "io/empty"]).ends_with(0).prints("# io/empty\n");
    place.run(&["rule", "primitve/date"]).ends_with(2).says("did you mean `primitive/date`?");
    place.run(&["rule", "primitive"]).ends_with(0).prints("primitive/date ");
    place.run(&["rule"]).ends_with(2);
    let list = place.run(&["rule", "--list"]);
    list.ends_with(0).prints("structure/cardinality ").prints("json/syntax ");
}

#[test]
fn the_packages_built_in_are_listed_with_their_defaults() {
    let run = Place::new().run(&["packages", "list"]);
    run.ends_with(0).prints("built from source");
    let line = run.stdout.lines().find(|line| line.contains("us.core ") && line.contains("6.1.0")).unwrap();
    assert!(line.ends_with("built in, default"), "{line}");
    let run = Place::new().run(&["packages", "list", "--output-format", "json"]);
    assert!(serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap().as_array().unwrap().len() > 5);
}

#[test]
fn a_package_is_shown_by_its_short_name() {
    let place = Place::new();
    let run = place.run(&["packages", "show", "c4bb"]);
    run.ends_with(0).prints("hl7.fhir.us.carin-bb#2.0.0\n").prints("C4BB-Coverage").prints("needs ");
    place.run(&["packages", "show", "c4b"]).ends_with(2).says("did you mean `c4bb`?");
}

const PROFILE: &str = r#"{"resourceType":"StructureDefinition","id":"my-patient","name":"MyPatient","status":"active",
"url":"http://x.org/StructureDefinition/my-patient","version":"1.2.3","fhirVersion":"4.0.1","kind":"resource",
"abstract":false,"type":"Patient","derivation":"constraint",
"baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient",
"differential":{"element":[{"id":"Patient","path":"Patient"},
{"id":"Patient.birthDate","path":"Patient.birthDate","min":1}]}}"#;

#[test]
fn a_package_that_was_added_is_found_by_name_and_one_in_a_folder_by_path() {
    let place = Place::with("guide/package/package.json", r#"{"name":"my.guide","version":"1.2.3"}"#);
    place.file("guide/package/StructureDefinition-my-patient.json", PROFILE);
    place.file("p.ndjson", r#"{"resourceType":"Patient","id":"1"}"#);
    let profile = ["--profile", "http://x.org/StructureDefinition/my-patient"];
    let with = |ig: &str| place.run(&[&["validate", "p.ndjson", "--ig", ig], &profile[..]].concat());
    with("my.guide").ends_with(2).says("no package `my.guide` is at hand");
    with("guide").ends_with(1).prints("`Patient.birthDate`").prints("my.guide 1.2.3 (named by --ig)");
    place.run(&["packages", "add", "guide"]).ends_with(0).says("my.guide#1.2.3");
    place.run(&["packages", "list"]).prints("my.guide ");
    with("my.guide@1.2.3").ends_with(1).prints("my.guide 1.2.3 (named by --ig)");
    with("my.guide").ends_with(1);
    assert_eq!(names(&place.path("home/.local/share/fhirkit/packages")), ["my.guide#1.2.3"]);
}

#[test]
fn init_writes_all_files_or_none() {
    let place = Place::new();
    place.run(&["init", "ci", "data/fhir"]).ends_with(0).says("→ .github/workflows/fhirkit.yml");
    assert!(
        place.read(".github/workflows/fhirkit.yml").contains("fhirkit validate data/fhir --report sarif")
    );
    assert!(place.read(".pre-commit-config.yaml").contains("files: ^data/fhir/"));
    // The settings that it writes are settings.
    place.run(&["config", "show"]).ends_with(0);
    std::fs::remove_file(place.path(".gitlab/fhirkit.yml")).unwrap();
    place.run(&["init", "ci"]).ends_with(5).says("nothing was written").says("--force");
    assert!(!place.path(".gitlab/fhirkit.yml").exists());
    place.run(&["init", "ci", "--force"]).ends_with(0);
    assert!(place.read(".gitlab/fhirkit.yml").contains("validate fhir "));
}
