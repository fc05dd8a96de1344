//! The small commands.

use crate::support::{Place, names};

#[test]
fn the_first_five_minutes_work() {
    let place = Place::new();
    place.run(&["demo", "members", "--members", "3"]).ends_with(0).says("wrote members/ (3 members, ");
    place.run(&["demo", "members"]).ends_with(5);
    let summary = place.run(&["summary", "members"]);
    summary.ends_with(0).prints("ExplanationOfBenefit ").prints("claims ").prints("CARIN BB 2.0.0 ×");
    summary.prints("references ").prints(", resolved ").prints("billable periods ");
    let export = place.run(&["export", "members", "--format", "parquet", "-o", "out/"]);
    export.ends_with(0).says("claim_line ").says("ledger: ");
    let tables = names(&place.path("out"));
    for table in ["claim", "claim_line", "claim_adjudication", "coverage", "patient", "_manifest.json"] {
        assert!(tables.contains(&table.to_owned()), "{tables:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_members() {
    let place = Place::new();
    for folder in ["a", "b"] {
        place.run(&["demo", folder, "--members", "2", "--seed", "7", "--format", "ndjson"]).ends_with(0);
    }
    let files = names(&place.path("a"));
    assert!(files.contains(&"Patient.ndjson".to_owned()));
    for file in files {
        assert_eq!(place.read(&format!("a/{file}")), place.read(&format!("b/{file}")));
    }
}

#[test]
fn views_are_listed_shown_and_explained() {
    let place = Place::new();
    place.run(&["views", "list"]).ends_with(0).prints("claim_line").prints("payer").prints("other_resource");
    let json = place.run(&["views", "list", "--output-format", "json"]);
    let listed: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert!(
        listed
            .as_array()
            .unwrap()
            .iter()
            .any(|table| table["name"] == "patient" && table["pack"] == "common")
    );

    let shown = place.run(&["views", "show", "claim_line"]);
    let definition: serde_json::Value = serde_json::from_str(&shown.ends_with(0).stdout).unwrap();
    assert_eq!(definition["resourceType"], "ViewDefinition");

    place.run(&["views", "columns", "patient"]).ends_with(0).prints("patient_id").prints("birth_date");
    let columns = place.run(&["views", "columns", "patient", "--output-format", "json"]);
    let columns: serde_json::Value = serde_json::from_str(&columns.stdout).unwrap();
    let first = &columns[0];
    assert!(
        first["name"] == "patient_id" && first["type"] == "string" && first["path"].is_string(),
        "{first}"
    );

    place.run(&["views", "show", "clam_line"]).ends_with(2).says("did you mean `claim_line`?");
    place.run(&["views", "show", "other_resource"]).ends_with(2).says("fhirkit views columns other_resource");
}

#[test]
fn a_shown_view_can_be_run_again() {
    let place = Place::new();
    place.run(&["demo", "members", "--members", "1"]).ends_with(0);
    let view = place.run(&["views", "show", "patient"]);
    place.file("mine.json", view.stdout);
    place.run(&["export", "members", "--view", "mine.json", "-o", "out"]).ends_with(0).says("patient 1");
}

#[test]
fn a_summary_is_also_json() {
    let place = Place::new();
    place.run(&["demo", "members", "--members", "1"]).ends_with(0);
    let run = place.run(&["summary", "members", "--output-format", "json"]);
    let summary: serde_json::Value = serde_json::from_str(&run.ends_with(0).stdout).unwrap();
    let types = summary["types"].as_object().unwrap();
    let total: u64 = types.values().filter_map(serde_json::Value::as_u64).sum();
    assert_eq!(summary["resources"].as_u64(), Some(total));
    let references = &summary["references"];
    assert_eq!(references["total"], references["resolved"], "a member's Bundle is whole");
}
