//! Whole exports on small inputs: order, determinism, rejects, ledger, whole-or-nothing.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a failure is the finding")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fhirkit_issue::Issue;
use fhirkit_pipeline::{ErrorKind, ExportReport, ExportRequest, Output, Progress, export};
use fhirkit_sink::{CsvOptions, Format, ParquetOptions};

fn samples() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples").to_owned()
}

fn run(request: &ExportRequest) -> (ExportReport, Vec<Issue>) {
    let mut issues = Vec::new();
    let report = export(request, &Arc::new(Progress::default()), &mut |issue| issues.push(issue)).unwrap();
    (report, issues)
}

fn request(inputs: &[&Path], out: PathBuf, format: Format) -> ExportRequest {
    let inputs = inputs.iter().map(|path| path.display().to_string()).collect();
    let mut request = ExportRequest::new(inputs, Output::Folder(out));
    request.format = format;
    request.sync = false;
    request
}

/// Every file below a folder, by its path, with its bytes.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let relative = path.strip_prefix(folder).unwrap().to_owned();
                found.insert(relative, fs::read(&path).unwrap());
            }
        }
    }
    found
}

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
fn a_broken_line_goes_to_the_rejects_and_the_others_on() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.ndjson");
    fs::write(&input, "{\"resourceType\":\"Patient\",\"id\":\"a\"}\n{\"resourceType\":\"Patient\",,}\n{\"resourceType\":\"Patient\",\"id\":\"b\"}\n").unwrap();
    let out = folder.path().join("out");
    let (report, issues) = run(&request(&[&input], out.clone(), Format::Ndjson));
    assert_eq!((report.rejected, report.ledger.total().own_row), (1, 2));
    assert_eq!(issues[0].rule.as_str(), "json/syntax");
    assert_eq!((issues[0].line, issues[0].column), (Some(2), Some(27)));
    let rejects = fs::read_to_string(out.join("_rejects.ndjson")).unwrap();
    assert!(
        rejects.contains(r#""line":2"#) && rejects.contains(r#"{\"resourceType\":\"Patient\",,}"#),
        "{rejects}"
    );
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

#[test]
fn an_older_resource_is_refused_and_its_mixed_file_named() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.ndjson");
    let stu3 = r#"{"resourceType":"ExplanationOfBenefit","id":"old","hospitalization":{"start":"2017-01-01"},"item":[{"sequence":1,"service":{"text":"x"}}]}"#;
    fs::write(&input, format!("{stu3}\n{{\"resourceType\":\"Patient\",\"id\":\"a\"}}\n")).unwrap();
    let (report, _) = run(&request(&[&input], folder.path().join("out"), Format::Ndjson));
    assert_eq!(report.ledger.types["ExplanationOfBenefit"].not_r4, 1);
    assert_eq!(report.mixed_files.len(), 1);
    assert_eq!((report.mixed_files[0].not_r4, report.mixed_files[0].r4), (1, 1));
}

#[test]
fn a_fatal_operation_outcome_makes_the_record_incomplete() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.json");
    fs::write(
        &input,
        r#"{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Patient","id":"a"}},{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"fatal","code":"exception"}]}}]}"#,
    )
    .unwrap();
    let (report, issues) = run(&request(&[&input], folder.path().join("out"), Format::Ndjson));
    assert_eq!(report.incomplete.len(), 1);
    assert_eq!(report.ledger.types["OperationOutcome"].operation_outcome, 1);
    assert_eq!(issues[0].rule.as_str(), "io/partial");
    assert!(!report.tables.iter().any(|table| table.name == "other_resource" && table.rows > 0));
}
