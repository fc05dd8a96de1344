//! What is no good: rejected with its reason and place, and nothing else with it.

use std::fs;
use std::path::Path;

use fhirkit_issue::Issue;
use fhirkit_pipeline::ExportReport;
use fhirkit_sink::Format;

use crate::common::{RULES, export_of, lines, request, run, tree};

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
