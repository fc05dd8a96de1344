//! Whole exports on small inputs: order, determinism, rejects, ledger, whole-or-nothing.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a failure is the finding")]

mod common;
mod rejects;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use fhirkit_pipeline::{ErrorKind, Progress, export};
use fhirkit_sink::{CsvOptions, Format, ParquetOptions};

use common::{export_of, lines, members, request, run, samples, tree};

#[test]
fn any_number_of_threads_writes_the_same_bytes() {
    let members = PathBuf::from(samples()).join("members");
    let folder = tempfile::tempdir().unwrap();
    for (name, format) in [
        ("parquet", Format::Parquet(ParquetOptions::default())),
        ("csv", Format::Csv(CsvOptions::default())),
        ("ndjson", Format::Ndjson),
    ] {
        let mut trees = Vec::new();
        for threads in [1, 2, 8] {
            let out = folder.path().join(format!("{name}{threads}"));
            let mut request = request(&[&members], out.clone(), format.clone());
            request.limits.threads = Some(threads);
            run(&request);
            trees.push(tree(&out));
        }
        assert!(trees[0].len() > 8);
        assert!(trees[0] == trees[1] && trees[0] == trees[2], "{name} differs between threads");
    }
}

#[test]
fn every_resource_of_the_samples_is_accounted_for() {
    let folder = tempfile::tempdir().unwrap();
    let members = PathBuf::from(samples()).join("members");
    let (report, issues) = run(&request(&[&members], folder.path().join("out"), Format::Ndjson));
    let total = report.ledger.total();
    assert!(total.read > 100);
    assert_eq!(total.read, total.own_row + total.other_resource);
    assert_eq!(report.rejected, 0);
    assert!(issues.is_empty(), "{issues:?}");
    let rows = |name: &str| report.tables.iter().find(|table| table.name == name).unwrap().rows;
    assert_eq!(rows("claim_line"), report.ledger.claims.lines);
    assert_eq!(rows("claim_adjudication"), report.ledger.claims.adjudications);
}

#[test]
fn strict_writes_nothing_when_an_entry_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.ndjson");
    fs::write(&input, "{\"resourceType\":\"Patient\",\"id\":\"a\"}\n{\n").unwrap();
    let mut request = request(&[&input], folder.path().join("out"), Format::Ndjson);
    request.strict = true;
    let (report, _) = run(&request);
    assert!(report.withheld);
    assert!(!folder.path().join("out").exists());
}

#[test]
fn a_cancelled_run_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let members = PathBuf::from(samples()).join("members");
    let progress = Arc::new(Progress::default());
    progress.cancel();
    let request = request(&[&members], folder.path().join("out"), Format::Ndjson);
    let error = export(&request, &progress, &mut |_| {}).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// A claim with cells that do not fit in `claim` and in both its lines, and a patient with one.
fn misfits(number: usize) -> String {
    let line = |sequence: u8| {
        format!(
            r#"{{"sequence":{sequence},"servicedDate":"2020-01-0{sequence}","quantity":{{"value":"x"}}}}"#
        )
    };
    format!(
        "{{\"resourceType\":\"ExplanationOfBenefit\",\"id\":\"e{number}\",\"payment\":{{\"amount\":{{\"value\":\"x\"}}}},\"item\":[{},{}]}}\n{{\"resourceType\":\"Patient\",\"id\":\"p{number}\",\"birthDate\":\"2020\"}}\n",
        line(1),
        line(2)
    )
}

#[test]
fn issues_about_cells_stand_in_the_order_of_the_input_for_any_number_of_threads() {
    let filler =
        format!("{{\"resourceType\":\"Basic\",\"id\":\"b\",\"language\":\"{}\"}}\n", "x".repeat(2000));
    let text: String = (0..400).map(|number| misfits(number) + &filler.repeat(3)).collect();
    let mut first = None;
    for threads in [1, 2, 8] {
        let (folder, ..) =
            export_of(&[("in.ndjson", &text)], |request| request.limits.threads = Some(threads));
        let found = lines(&folder, "_issues.ndjson");
        let bytes: Vec<_> = found.iter().map(|line| line["byte"].as_u64().unwrap()).collect();
        assert!(bytes.len() == 1600 && bytes.is_sorted(), "{}", bytes.len());
        let of_one = members(&found[..4], &["table", "row", "field"]);
        assert_eq!(
            serde_json::json!(of_one).to_string(),
            r#"[["claim",0,"payment_amount"],["claim_line",0,"quantity"],["claim_line",1,"quantity"],["patient",0,"birth_date"]]"#
        );
        assert_eq!(&found, first.get_or_insert(found.clone()));
    }
}

#[test]
fn an_issue_about_a_cell_names_the_element_of_a_plain_path() {
    let bundle = r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Basic","id":"b"}},{"resource":{"resourceType":"Patient","id":"p","birthDate":"2020"}}]}"#;
    let (folder, ..) = export_of(&[("a.json", bundle)], |_| {});
    let found = lines(&folder, "_issues.ndjson");
    assert_eq!(found[0]["expression"], "Bundle.entry[1].resource.birthDate");
}

#[test]
fn a_row_counts_within_its_partition_and_the_issue_names_it() {
    let text: String = ["female", "male", "female", "male", "male"]
        .iter()
        .enumerate()
        .map(|(number, gender)| format!("{{\"resourceType\":\"Patient\",\"id\":\"{number}\",\"gender\":\"{gender}\",\"birthDate\":\"2020\"}}\n"))
        .collect();
    // The second file is another chunk.
    let (folder, ..) = export_of(&[("a.ndjson", &text), ("b.ndjson", &text)], |request| {
        request.sink.partition_by = Some("gender".to_owned());
        request.selection.tables = vec!["patient".to_owned()];
    });
    let found = lines(&folder, "_issues.ndjson");
    assert_eq!(found.len(), 10);
    for issue in &found {
        let part = lines(&folder, &format!("patient/{}/part-00000.ndjson", issue["part"].as_str().unwrap()));
        let row = &part[usize::try_from(issue["row"].as_u64().unwrap()).unwrap()];
        assert_eq!((&row["patient_id"], &row["_source_file"]), (&issue["resource_id"], &issue["file"]));
    }
}

#[test]
fn the_ledger_counts_lines_as_the_tables_do() {
    let text = concat!(
        r#"{"resourceType":"ExplanationOfBenefit","id":"a","contained":{"resourceType":"Patient","id":"c"},"item":{"sequence":1,"adjudication":{"category":{"text":"x"}}},"addItem":[null,{}],"adjudication":[null]}"#,
        "\n",
        r#"{"resourceType":"ExplanationOfBenefit","id":"b","use":["preauthorization"],"item":[{"sequence":1}]}"#,
        "\n"
    );
    let (_, report, _) = export_of(&[("a.ndjson", text)], |_| {});
    let rows = |name: &str| report.tables.iter().find(|table| table.name == name).unwrap().rows;
    let claims = &report.ledger.claims;
    assert_eq!((claims.lines, claims.preauthorization_lines, claims.adjudications), (2, 1, 1));
    assert_eq!((claims.explanations, claims.preauthorizations, report.ledger.contained), (2, 1, 1));
    assert_eq!((rows("claim_line"), rows("claim_adjudication")), (claims.lines, claims.adjudications));
}

#[test]
fn a_bundle_without_entries_is_an_input_without_resources() {
    for text in [
        r#"{"resourceType":"Bundle","entry":[]}"#,
        r#"{"entry":[],"resourceType":"Bundle"}"#,
        r#"{"total":0,"resourceType":"Bundle","type":"searchset"}"#,
    ] {
        let (folder, report, issues) = export_of(&[("a.json", text)], |_| {});
        assert!(!report.nothing_readable && !report.withheld && issues.is_empty(), "{text}: {issues:?}");
        assert!(folder.path().join("out/_manifest.json").exists(), "{text}");
    }
}

#[test]
fn an_entry_index_counts_in_its_own_bundle() {
    let inner = r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"a"}},{"resource":{"resourceType":"Patient","id":"b"}}]}"#;
    let text = format!(
        r#"{{"resourceType":"Bundle","entry":[{{"resource":{{"resourceType":"Patient","id":"c"}}}},{{"resource":{inner}}}]}}"#
    );
    let (folder, ..) = export_of(&[("a.json", &text)], |_| {});
    let rows = lines(&folder, "patient/part-00000.ndjson");
    let found = serde_json::json!(members(&rows, &["patient_id", "_entry_index"])).to_string();
    assert_eq!(found, r#"[["c",0],["a",0],["b",1]]"#);
}

#[test]
fn an_issue_about_a_cell_is_reached_from_the_root_of_its_document() {
    let patient = r#"{"resourceType":"Patient","id":"a","birthDate":"2020"}"#;
    let bundle = format!(r#"{{"resourceType":"Bundle","entry":[{{"resource":{patient}}}]}}"#);
    let parameters =
        format!(r#"{{"resourceType":"Parameters","parameter":[{{"name":"p","resource":{bundle}}}]}}"#);
    for (text, root) in [
        (patient.to_owned(), "Patient"),
        (format!("[{bundle}]"), "Bundle.entry[0].resource"),
        (parameters, "Parameters.parameter[0].resource.entry[0].resource"),
    ] {
        let (folder, ..) = export_of(&[("a.json", &text)], |_| {});
        let found = lines(&folder, "_issues.ndjson");
        assert_eq!(found[0]["expression"], format!("{root}.birthDate"), "{text}");
    }
}

#[test]
fn a_key_that_is_no_text_does_not_vanish() {
    let text = r#"{"resourceType":"Patient","id":5}
{"resourceType":"Patient","id":""}
{"resourceType":"ExplanationOfBenefit","id":"e","patient":{"reference":5}}"#;
    let (folder, report, _) = export_of(&[("a.ndjson", text)], |_| {});
    let rows = lines(&folder, "patient/part-00000.ndjson");
    assert_eq!(serde_json::json!(members(&rows, &["patient_id"])).to_string(), r#"[["5"],[""]]"#);
    let issues = lines(&folder, "_issues.ndjson");
    assert_eq!((issues.len(), &issues[0]["field"]), (1, &"patient_id".into()));
    assert_eq!(report.cells.unresolved_keys, 1);
}
