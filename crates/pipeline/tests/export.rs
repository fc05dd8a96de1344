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

/// Exports files as NDJSON into `out` below the folder that is handed back.
fn export_of(
    files: &[(&str, &str)],
    change: impl Fn(&mut ExportRequest),
) -> (tempfile::TempDir, ExportReport, Vec<Issue>) {
    let folder = tempfile::tempdir().unwrap();
    let inputs = folder.path().join("in");
    fs::create_dir(&inputs).unwrap();
    for (name, text) in files {
        fs::write(inputs.join(name), text).unwrap();
    }
    let mut request = request(&[&inputs], folder.path().join("out"), Format::Ndjson);
    change(&mut request);
    let (report, issues) = run(&request);
    (folder, report, issues)
}

/// The lines of a file of the output.
fn lines(folder: &tempfile::TempDir, name: &str) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(folder.path().join("out").join(name)).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn members<'l>(lines: &'l [serde_json::Value], keys: &[&str]) -> Vec<Vec<&'l serde_json::Value>> {
    lines.iter().map(|line| keys.iter().map(|key| &line[*key]).collect()).collect()
}

const RULES: fn(&[Issue]) -> Vec<String> =
    |issues| issues.iter().map(|issue| issue.rule.to_string()).collect();

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
fn a_resource_that_one_view_refuses_is_rejected_from_all_tables() {
    let view = r#"{"resourceType":"ViewDefinition","name":"t","resource":"Patient","status":"active","select":[{"column":[{"name":"family","path":"name.family"}]}]}"#;
    let text = "{\"resourceType\":\"Patient\",\"id\":\"a\",\"name\":[{\"family\":\"x\"},{\"family\":\"y\"}]}\n{\"resourceType\":\"Patient\",\"id\":\"b\"}\n";
    let (folder, report, issues) = export_of(&[("a.ndjson", text)], |request| {
        request.selection.tables = vec!["patient".to_owned()];
        let json = view.to_owned();
        request.selection.views = vec![fhirkit_pipeline::ViewFile { path: "t.json".to_owned(), json }];
    });
    assert_eq!(RULES(&issues), ["view/multiple-values"]);
    assert_eq!((report.ledger.types["Patient"].rejected, report.ledger.types["Patient"].own_row), (1, 1));
    for table in ["patient", "t"] {
        assert_eq!(lines(&folder, &format!("{table}/part-00000.ndjson")).len(), 1, "{table}");
    }
}

#[test]
fn a_failure_in_a_response_without_a_resource_is_told() {
    let text = r#"{"resourceType":"Bundle","type":"batch-response","entry":[{"response":{"status":"500","outcome":{"resourceType":"OperationOutcome","issue":[{"severity":"FATAL","code":"exception"}]}}},{"resource":{"resourceType":"Patient","id":"a"}}]}"#;
    let line = format!("{{\"resourceType\":\"Patient\",\"id\":\"b\"}}\n{text}\n");
    for (name, text) in [("a.json", text), ("a.ndjson", line.as_str())] {
        let (_, report, issues) = export_of(&[(name, text)], |_| {});
        assert_eq!(RULES(&issues), ["io/partial"], "{name}");
        assert_eq!((issues[0].entry.as_deref(), report.incomplete.len()), (Some("entry[0]"), 1), "{name}");
    }
}

#[test]
fn a_missing_comma_is_told_and_rejects_nothing() {
    let text = r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"a"}}{"resource":{"resourceType":"Patient","id":"b"}},]}"#;
    let (folder, report, issues) = export_of(&[("a.json", text)], |_| {});
    assert_eq!(RULES(&issues), ["json/syntax", "json/syntax"]);
    assert_eq!((report.rejected, report.ledger.rejected_entries, report.ledger.total().own_row), (0, 0, 2));
    assert!(!folder.path().join("out/_rejects.ndjson").exists());
}

#[test]
fn an_object_that_only_looks_like_a_bundle_stands_in_the_rejects() {
    let text =
        r#"{"entry":[{"resource":{"resourceType":"Patient","id":"a"}}],"resourceType":"Patient","id":"x"}"#;
    let (folder, report, issues) = export_of(&[("a.json", text)], |_| {});
    assert_eq!(RULES(&issues), ["structure/wrong-type"]);
    assert_eq!((report.rejected, report.ledger.total().own_row), (1, 1));
    let rejects = lines(&folder, "_rejects.ndjson");
    assert_eq!(rejects[0]["text"], r#"{"resourceType":"Patient","id":"x"}"#);
    assert_eq!(rejects[0]["message"], issues[0].message);
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

/// Exports a text as a file that streams and, behind a Patient, as a line of NDJSON that is parsed whole.
fn both_ways(text: &str) -> [(tempfile::TempDir, ExportReport, Vec<Issue>); 2] {
    let line = format!("{{\"resourceType\":\"Patient\",\"id\":\"first\"}}\n{text}\n");
    [export_of(&[("a.json", text)], |_| {}), export_of(&[("a.ndjson", &line)], |_| {})]
}

#[test]
fn an_entry_without_a_resource_and_without_a_reason_is_rejected() {
    for (entry, says) in [
        (r#"{"fullUrl":"urn:uuid:1","search":{"mode":"match"}}"#, "no `request` or `response`"),
        (r#"{"resourceType":"Patient","id":"a"}"#, "but `resourceType`, which no entry has"),
        (
            r#"{"request":{"method":"PUT","url":"Patient/a"},"resourc":{"resourceType":"Patient"}}"#,
            "but `resourc`",
        ),
        (r#"{"Jane Doe":1}"#, "but `Aaaa Aaa`"),
    ] {
        let text = format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{entry}]}}"#);
        for (folder, report, issues) in both_ways(&text) {
            assert_eq!(RULES(&issues), ["structure/no-resource"], "{entry}");
            assert!(issues[0].message.contains(says), "{}", issues[0].message);
            assert_eq!(issues[0].entry.as_deref(), Some("entry[0]"));
            assert_eq!((report.rejected, report.ledger.rejected_entries), (1, 1));
            assert_eq!(lines(&folder, "_rejects.ndjson")[0]["text"], *entry);
        }
    }
}

#[test]
fn an_entry_that_needs_no_resource_is_none_to_miss() {
    let text = r#"{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"DELETE","url":"Patient/1"}},{"id":"x","_id":{},"link":[],"response":{"status":"204"}}]}"#;
    for (_, report, issues) in both_ways(text) {
        assert_eq!((RULES(&issues).len(), report.rejected), (0, 0));
    }
}

#[test]
fn what_stands_around_a_resource_is_json_or_the_entry_is_rejected() {
    let patient = r#"{"resourceType":"Patient","id":"a"}"#;
    let bundle = |entry: &str| format!("{{\"resourceType\":\"Bundle\",\n\"entry\":[\n{entry}]}}");
    for (entry, rule, line) in [
        (format!("{{\"search\":{{\"mode\":match}},\n\"resource\":{patient}}}"), "json/syntax", 3),
        (format!("{{\"resource\":{patient},\n\"search\":{{\"mode\":match}}}}"), "json/syntax", 4),
        (
            format!("{{\"fullUrl\":\"a\",\n\"resource\":{patient},\"fullUrl\":\"b\"}}"),
            "json/duplicate-key",
            4,
        ),
        ("{\"response\":{\"status\":ok}}".to_owned(), "json/syntax", 3),
    ] {
        let (folder, report, issues) = export_of(&[("a.json", &bundle(&entry))], |_| {});
        assert_eq!(RULES(&issues), [rule], "{entry}");
        assert_eq!((issues[0].line, issues[0].entry.as_deref()), (Some(line), Some("entry[0]")), "{entry}");
        assert_eq!((report.rejected, report.ledger.total().read), (1, 0), "{entry}");
        let reject = &lines(&folder, "_rejects.ndjson")[0];
        assert_eq!((&reject["rule"], &reject["text"]), (&rule.into(), &entry.as_str().into()));
        assert_eq!(reject["line"], 3, "that of the entry: {entry}");
    }
}

#[test]
fn a_text_that_is_not_utf_8_is_called_so_wherever_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("a.json");
    let mut text =
        br#"{"resourceType":"Bundle","entry":[{"fullUrl":"X","resource":{"resourceType":"Patient"}},{"resource":{"resourceType":"Patient","id":"X"}}],"id":"X"}"#
            .to_vec();
    text.iter_mut().filter(|byte| **byte == b'X').for_each(|byte| *byte = 0xff);
    fs::write(&input, text).unwrap();
    let out = folder.path().join("out");
    let (report, issues) = run(&request(&[&input], out.clone(), Format::Ndjson));
    assert_eq!(RULES(&issues), ["json/encoding"; 3]);
    assert_eq!((report.rejected, report.incomplete.len()), (3, 0));
    let rejects = fs::read_to_string(out.join("_rejects.ndjson")).unwrap();
    assert_eq!(rejects.matches(r#""rule":"json/encoding""#).count(), 3, "{rejects}");
}

#[test]
fn a_bundle_whose_links_cannot_be_read_may_miss_a_page() {
    let text = r#"{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"https://x/2"},],"entry":[{"resource":{"resourceType":"Patient","id":"a"}}]}"#;
    let (folder, report, issues) = export_of(&[("a.json", text)], |_| {});
    assert_eq!(RULES(&issues), ["json/syntax"]);
    assert_eq!((report.rejected, report.incomplete.len(), report.ledger.total().own_row), (1, 1, 1));
    let reject = &lines(&folder, "_rejects.ndjson")[0];
    assert!(reject["text"].as_str().unwrap().contains("https://x/2"), "{reject}");
    let text =
        r#"{"resourceType":"Bundle","id":"a","id":"b","link":[{"relation":"self","url":"u"}],"entry":[]}"#;
    let (_, report, issues) = export_of(&[("a.json", text)], |_| {});
    assert_eq!((RULES(&issues), report.incomplete.len()), (vec!["json/duplicate-key".to_owned()], 0));
}

#[test]
fn rejects_stand_in_the_order_of_the_input_for_any_number_of_threads() {
    let entries = [
        r#"{"fullUrl":"a"}"#,
        r#"{"resource":{"resourceType":"Bundel"}}"#,
        r#"{"response":{"status":"200"},"response":{"status":"500"}}"#,
        r#"{"search":{"mode":match},"resource":{"resourceType":"Patient"}}"#,
    ];
    let many: Vec<_> = entries.iter().cycle().take(40_000).copied().collect();
    let text = format!(r#"{{"resourceType":"Bundle","entry":[{}],"type":x}}"#, many.join(",\n"));
    let trees = [1, 2, 8].map(|threads| {
        let (folder, report, _) =
            export_of(&[("a.json", &text)], |request| request.limits.threads = Some(threads));
        assert_eq!(report.rejected, 40_001);
        tree(&folder.path().join("out"))
    });
    assert!(trees[0] == trees[1] && trees[0] == trees[2]);
    let rejects = String::from_utf8(trees[0][Path::new("_rejects.ndjson")].clone()).unwrap();
    let lines: Vec<serde_json::Value> =
        rejects.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // That of the Bundle stands in the chunk that has its end.
    let entries = lines.iter().filter(|reject| reject["byte"] != 0);
    for (index, reject) in entries.enumerate() {
        assert_eq!(
            (&reject["entry"], &reject["line"]),
            (&format!("entry[{index}]").into(), &(index + 1).into())
        );
    }
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
fn what_no_bundle_has_is_told_and_a_single_link_is_a_link() {
    let text =
        r#"{"resourceType":"Bundle","type":"searchset","Entry":[{"resource":{"resourceType":"Patient"}}]}"#;
    let (folder, report, issues) = export_of(&[("a.json", text)], |_| {});
    assert_eq!((RULES(&issues), report.rejected), (vec!["structure/unknown-element".to_owned()], 1));
    assert_eq!(lines(&folder, "_rejects.ndjson")[0]["text"], text);
    let text =
        r#"{"resourceType":"Bundle","_type":{},"entry":[],"link":{"relation":"next","url":"http://x"}}"#;
    let (_, report, _) = export_of(&[("a.json", text)], |_| {});
    assert_eq!((report.rejected, report.incomplete.len()), (0, 1));
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
