//! The options of export.

use crate::support::{BUNDLE, PATIENT, Place, names};

#[test]
fn tables_asked_for_by_name_are_written_even_when_empty() {
    let place = Place::with("a.json", BUNDLE);
    place.run(&["export", "a.json", "-o", "out", "--table", "patient,claim", "--format", "csv"]).ends_with(0);
    assert!(place.path("out/claim/part-00000.csv").exists());
    assert!(!place.path("out/observation").exists());
}

#[test]
fn the_ending_of_a_file_chooses_the_format() {
    let place = Place::with("a.json", BUNDLE);
    for (file, begins) in [("p.csv", "patient_id,"), ("p.ndjson", "{\"patient_id\":\"1\"")] {
        place.run(&["export", "a.json", "-o", file, "--table", "patient"]).ends_with(0);
        assert!(place.read(file).starts_with(begins), "{}", place.read(file));
    }
    place.run(&["export", "a.json", "-o", "p.parquet", "--table", "patient"]).ends_with(0);
    assert!(std::fs::read(place.path("p.parquet")).unwrap().starts_with(b"PAR1"));
}

#[test]
fn a_file_that_ends_otherwise_than_the_format_is_asked_about_and_wins_over_a_configuration() {
    let place = Place::with("a.json", BUNDLE);
    let words = ["export", "a.json", "-o", "p.csv", "--table", "patient"];
    place.run(&[&words[..], &["--format", "ndjson"]].concat()).ends_with(2).says("leave --format out");
    place.run(&[&words[..], &["--format", "csv"]].concat()).ends_with(0);
    place.file("fhirkit.toml", "[export]\nformat = \"ndjson\"\n");
    place.run(&[&words[..], &["--overwrite"]].concat()).ends_with(0);
    assert!(place.read("p.csv").starts_with("patient_id,"), "{}", place.read("p.csv"));
    place.run(&["export", "a.json", "-o", "-", "--table", "patient"]).ends_with(0).prints("{\"patient_id\"");
}

#[test]
fn a_list_with_an_item_that_does_not_fit_shows_all_of_it_as_text() {
    let place = Place::with(
        "in.ndjson",
        r#"{"resourceType":"Patient","id":"a","name":[{"given":[123,"Bob",{"x":
1}]}]}
{"resourceType":"Patient","id":"b","name":[{"given":["Al"]}]}"#,
    );
    place.file(
        "v.json",
        r#"{"resourceType":"ViewDefinition","name":"v","status":"active","resource":"Patient","select":[{"column":[{"name":"given","path":"name.given","collection":true}]}]}"#,
    );
    for (format, shown) in [
        ("csv", "\"[123,\"\"Bob\"\",\"\"{\\\"\"x\\\"\":\\n1}\"\"]\"\r\n"),
        ("ndjson", r#"{"given":[123,"Bob","{\"x\":\n1}"]}"#),
    ] {
        let words =
            ["export", "in.ndjson", "--view", "v.json", "--no-lineage", "--format", format, "-o", format];
        place.run(&words).ends_with(0);
        let table = place.read(&format!("{format}/v/part-00000.{format}"));
        assert!(table.contains(shown), "{table}");
        let issues = place.read(&format!("{format}/_issues.ndjson"));
        assert_eq!(issues.lines().count(), 1, "{issues}");
        assert!(issues.contains(r#""text":"[123,\"Bob\",\"{"#), "{issues}");
    }
}

#[test]
fn an_output_of_ours_is_replaced_only_when_asked() {
    let place = Place::with("a.json", BUNDLE);
    place.run(&["export", "a.json", "-o", "out"]).ends_with(0);
    place.run(&["export", "a.json", "-o", "out"]).ends_with(5).says("--overwrite");
    place.run(&["export", "a.json", "-o", "out", "--overwrite", "--no-sync"]).ends_with(0);
}

#[test]
fn strict_writes_nothing_when_an_entry_is_rejected() {
    let place = Place::with("in.ndjson", format!("{PATIENT}\n{{\n"));
    let run = place.run(&["export", "in.ndjson", "-o", "out", "--strict"]);
    assert!(run.code != 0, "{run:?}");
    assert!(!place.path("out").exists());
    assert_eq!(names(&place.path(".")), ["in.ndjson"]);
}

#[test]
fn rejects_go_where_they_are_asked_to() {
    let place = Place::with("in.ndjson", format!("{PATIENT}\nnonsense\n"));
    place.run(&["export", "in.ndjson", "-o", "out", "--rejects", "bad.ndjson"]).ends_with(1);
    assert!(place.read("bad.ndjson").contains("\"text\":\"nonsense\""), "{}", place.read("bad.ndjson"));
    place.run(&["export", "in.ndjson", "-o", "p.csv", "--table", "patient"]).ends_with(1);
    assert!(place.path("p.csv.rejects.ndjson").exists());
}

#[test]
fn the_bytes_are_the_same_for_any_number_of_threads() {
    let place = Place::new();
    place.run(&["demo", "members", "--members", "3"]).ends_with(0);
    for threads in ["1", "2", "8"] {
        place.run(&["export", "members", "-o", threads, "-j", threads]).ends_with(0);
    }
    for other in ["2", "8"] {
        assert_eq!(place.read("1/_manifest.json"), place.read(&format!("{other}/_manifest.json")));
    }
}

#[test]
fn csv_options_reach_the_file() {
    let place = Place::with("a.json", BUNDLE);
    let words = ["export", "a.json", "-o", "p.csv", "--table", "patient", "--bom", "--null-string", "NULL"];
    place.run(&words).ends_with(0);
    let text = place.read("p.csv");
    assert!(text.starts_with('\u{feff}') && text.contains("NULL"), "{text}");
}
