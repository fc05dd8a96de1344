//! Whole summaries of small inputs, and of the given sets against what an independent program counted.

use std::path::Path;

use super::*;

fn request(inputs: &[&str]) -> SummaryRequest {
    SummaryRequest {
        inputs: inputs.iter().map(|input| (*input).to_owned()).collect(),
        threads: Some(2),
        memory: 256 << 20,
        max_entry: 128 << 20,
    }
}

fn summary_of(files: &[(&str, &str)]) -> Summary {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    summarize(&request(&[folder.path().to_str().unwrap()]), &Progress::default()).unwrap()
}

const BUNDLE: &str = r##"{"resourceType":"Bundle","type":"collection","entry":[
 {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"p","meta":{"profile":["http://x/P|1"]}}},
 {"resource":{"resourceType":"ExplanationOfBenefit","id":"e","patient":{"reference":"urn:uuid:1"},
   "provider":{"reference":"Organization/o"},"contained":[{"resourceType":"Coverage","id":"c"}],
   "insurance":[{"coverage":{"reference":"#c"}}],"facility":{"reference":"Location?identifier=a|b"},
   "item":[{"adjudication":[{}]}],"billablePeriod":{"start":"2024-01-02","end":"2024-01-05"}}},
 {"resource":{"resourceType":"Observation","subject":{"reference":"http://s/fhir/Patient/p/_history/1"},
   "performer":[{"reference":"Organization / 1"}]}}]}"##;

#[test]
fn a_bundle_is_counted_with_its_references() {
    let summary = summary_of(&[("a.json", BUNDLE)]);
    assert_eq!(summary.resources, 3);
    assert_eq!(summary.contained, [("Coverage".to_owned(), 1)]);
    assert_eq!(summary.profiles, [("http://x/P|1".to_owned(), 1)]);
    assert_eq!((summary.without_profile, summary.without_id), (2, 1));
    let expected = ReferenceSummary { total: 6, resolved: 3, unresolved: 1, conditional: 1, malformed: 1 };
    assert_eq!(summary.references, expected);
    assert_eq!((summary.claims.claims, summary.claims.lines, summary.claims.adjudications.line), (1, 1, 1));
    assert_eq!(summary.claims.billable_to.as_deref(), Some("2024-01-05"));
    assert_eq!((summary.rejected, summary.incomplete), (0, false));
}

#[test]
fn a_urn_is_looked_up_in_its_own_bundle_only() {
    let other = r#"{"resourceType":"Bundle","type":"collection","entry":[
        {"resource":{"resourceType":"Observation","id":"o","subject":{"reference":"urn:uuid:1"}}}]}"#;
    let summary = summary_of(&[("a.json", BUNDLE), ("b.json", other)]);
    assert_eq!((summary.references.resolved, summary.references.unresolved), (3, 2));
}

#[test]
fn what_cannot_be_read_is_counted_and_shown_and_the_rest_goes_on() {
    let lines = "{\"resourceType\":\"Patient\",\"id\":\"1\"}\n{\"resourceType\":\"Patient\",\"id\":x}\n\
                 {\"resourceType\":\"Bundel\"}\n{\"resourceType\":\"Patient\",\"id\":\"2\"}\n";
    let summary = summary_of(&[("in.ndjson", lines), ("empty.json", ""), ("x.json", "<!DOCTYPE html><p>")]);
    assert_eq!((summary.resources, summary.rejected, summary.unreadable_inputs), (2, 2, 2));
    let rules: Vec<&str> = summary.issues.iter().map(|issue| issue.rule.as_str()).collect();
    for rule in ["json/syntax", "structure/unknown-type", "io/empty", "io/not-fhir"] {
        assert!(rules.contains(&rule), "{rule} in {rules:?}");
    }
}

#[test]
fn a_fatal_operation_outcome_makes_the_record_partial() {
    let text = r#"{"resourceType":"Bundle","type":"searchset","entry":[{"resource":
        {"resourceType":"OperationOutcome","issue":[{"severity":"fatal","code":"incomplete"}]}}]}"#;
    let summary = summary_of(&[("a.json", text)]);
    assert!(summary.incomplete);
    assert_eq!(summary.issues[0].rule.as_str(), "io/partial");
}

/// One Bundle streams by, the other stands whole on a line.
#[test]
fn a_next_page_that_is_not_among_the_inputs_makes_the_record_partial() {
    let page = |own: u8, next: u8| {
        format!(
            r#"{{"resourceType":"Bundle","link":[{{"relation":"self","url":"https://a.example/p?page={own}"}},{{"relation":"next","url":"https://a.example/p?page={next}"}}],"entry":[{{"resource":{{"resourceType":"Patient","id":"a"}}}}]}}"#
        )
    };
    let line = format!("{}\n{}\n", r#"{"resourceType":"Patient","id":"b"}"#, page(2, 3));
    let summary = summary_of(&[("1.json", &page(1, 2)), ("2.ndjson", &line)]);
    assert!(summary.incomplete);
    let told: Vec<_> =
        summary.issues.iter().map(|issue| (issue.rule.as_str(), issue.message.as_str())).collect();
    assert_eq!(told, [("io/partial", "the next page is not among the inputs (https://a.example/p)")]);
    let last = page(3, 4).replace("next", "last");
    let whole = summary_of(&[("1.json", &page(1, 2)), ("2.ndjson", &line), ("3.json", &last)]);
    assert!(!whole.incomplete && whole.issues.is_empty(), "{:?}", whole.issues);
}

#[test]
fn a_failure_that_stands_for_a_resource_is_told() {
    let entry = |severity: &str| {
        format!(
            r#"{{"response":{{"status":"500","outcome":{{"resourceType":"OperationOutcome","issue":[{{"severity":"{severity}","code":"exception"}}]}}}}}}"#
        )
    };
    let summary = |severity| {
        summary_of(&[("a.json", &format!(r#"{{"resourceType":"Bundle","entry":[{}]}}"#, entry(severity)))])
    };
    let rule = |summary: &Summary| summary.issues.first().map(|issue| issue.rule.as_str().to_owned());
    let fatal = summary("FATAL");
    assert_eq!((fatal.incomplete, rule(&fatal).as_deref()), (true, Some("io/partial")));
    let error = summary("error");
    assert_eq!((error.incomplete, rule(&error).as_deref()), (false, Some("io/operation-outcome")));
    assert!(summary("information").issues.is_empty());
}

#[test]
fn a_missing_comma_is_a_fault_of_the_file_and_no_reject() {
    let text = BUNDLE.replacen("}},\n", "}}\n", 1);
    let summary = summary_of(&[("a.json", &text)]);
    assert_eq!((summary.resources, summary.rejected, summary.faults), (3, 0, 1));
    assert_eq!(summary.issues[0].severity, Severity::Error);
}

#[test]
fn what_an_export_rejects_is_no_resource() {
    for (text, rule) in [
        (r#"{"resourceType":"Patient","id":"a","id":"b"}"#, "json/duplicate-key"),
        (r#"{"resourceType":"Bundle","entry":[{"fullUrl":"a"}]}"#, "structure/no-resource"),
        (
            r#"{"resourceType":"Bundle","entry":[{"search":{"mode":match},"resource":{"resourceType":"Patient"}}]}"#,
            "json/syntax",
        ),
        (r#"{"resourceType":"Bundle","entry":[{"request":{"method":GET}}]}"#, "json/syntax"),
        (r#"{"resourceType":"Bundle","entry":[],"type":searchset}"#, "json/syntax"),
    ] {
        let summary = summary_of(&[("a.json", text)]);
        assert_eq!((summary.resources, summary.rejected), (0, 1), "{text}");
        assert_eq!(summary.issues[0].rule.as_str(), rule, "{text}");
    }
}

#[test]
fn what_an_export_refuses_as_older_is_counted() {
    let text = r#"{"resourceType":"Claim","id":"a","information":[{}]}
{"resourceType":"ReferralRequest","id":"b"}
{"resourceType":"Patient","id":"c"}"#;
    let summary = summary_of(&[("a.ndjson", text)]);
    assert_eq!((summary.resources, summary.not_r4, summary.rejected), (2, 2, 1), "{:?}", summary.issues);
}

#[test]
fn a_raised_flag_ends_the_work() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.json"), BUNDLE).unwrap();
    let request = request(&[folder.path().to_str().unwrap()]);
    let progress = Progress::default();
    progress.cancel();
    let error = summarize(&request, &progress).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Interrupted);
}

/// The expected numbers come from `truth.json`, which another program wrote.
#[test]
fn the_given_sets_are_counted_as_an_independent_program_did() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let Ok(truth) = std::fs::read(data.join("truth.json")) else {
        eprintln!("skipped: ../shared/data is missing");
        return;
    };
    let truth: serde_json::Value = serde_json::from_slice(&truth).unwrap();
    let sets = [
        "P01-synthea-2019",
        "P02-synthea-2021-uscore",
        "P03-payer-everything",
        "P04-c4bb",
        "P06-pdex",
        "P08-pas",
    ];
    for set in sets {
        let folder = data.join(set);
        let summary = summarize(&request(&[folder.to_str().unwrap()]), &Progress::default()).unwrap();
        let truth = &truth[set];
        for (name, count) in truth["types"].as_object().unwrap() {
            // Of R5, in P06: counted as rejected here.
            if name == "SubscriptionTopic" {
                continue;
            }
            let found = summary.types.iter().find(|(known, _)| known == name).map_or(0, |(_, count)| *count);
            assert_eq!(Some(found), count.as_u64(), "{set} {name}");
        }
        for (profile, count) in truth["profiles"].as_object().unwrap() {
            let found =
                summary.profiles.iter().find(|(known, _)| known == profile).map_or(0, |(_, count)| *count);
            assert_eq!(Some(found), count.as_u64(), "{set} {profile}");
        }
        let eob = &truth["eob"];
        assert_eq!(
            Some(summary.claims.claims + summary.claims.preauthorizations),
            eob["count"].as_u64(),
            "{set}"
        );
        assert_eq!(Some(summary.claims.lines), eob["items"].as_u64(), "{set}");
        assert_eq!(Some(summary.claims.adjudications.line), eob["item_adjudications"].as_u64(), "{set}");
        assert_eq!(Some(summary.claims.adjudications.header), eob["header_adjudications"].as_u64(), "{set}");
    }
}
