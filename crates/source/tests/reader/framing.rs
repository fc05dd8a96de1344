//! Every framing gives the same resources, and bad input costs only itself.

use crate::common::{read, read_with};
use fhirkit_source::{Event, Options};

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p"}"#;
const CLAIM: &str = r#"{"id":"c","a":[{"b":"}]"}],"resourceType":"Claim"}"#;

#[test]
fn single_resources_are_read_compact_and_pretty() {
    for text in
        [PATIENT.to_owned(), format!("\u{feff}\r\n {PATIENT}\r\n\r\n"), PATIENT.replace(',', ",\r\n  ")]
    {
        let outcome = read(text.as_bytes());
        assert_eq!(outcome.documents.len(), 1, "{text}");
        assert_eq!(outcome.documents[0].index, None);
        assert!(outcome.rejects.is_empty());
    }
}

#[test]
fn bundles_are_cut_wherever_entry_stands() {
    for head in [r#""resourceType":"Bundle","type":"collection","#, "", r#""id":"x","link":[{"url":"u"}],"#] {
        let text = format!(
            r#"{{{head}"entry":[{{"fullUrl":"urn:uuid:1","resource":{PATIENT}}},{{"resource":{CLAIM},"search":{{"mode":"match"}}}}],"total":2}}"#
        );
        let outcome = read(text.as_bytes());
        assert_eq!(outcome.texts(), [PATIENT, CLAIM]);
        assert_eq!(outcome.documents[0].full_url.as_deref(), Some("urn:uuid:1"));
        assert_eq!(outcome.documents[1].index, Some(1));
        assert_eq!(outcome.documents[1].bundle, Some(0));
        let mut whole: serde_json::Value = serde_json::from_str(&text).unwrap();
        whole.as_object_mut().unwrap().remove("entry");
        assert_eq!(outcome.envelopes(), [whole]);
        assert!(outcome.rejects.is_empty());
    }
}

#[test]
fn a_list_with_entry_before_its_type_is_one_list() {
    let text = r#"{"entry":[{"item":{"reference":"Patient/1"}}],"resourceType":"List"}"#;
    assert_eq!(read(text.as_bytes()).texts(), [text]);
    let unclear = format!(r#"{{"entry":[{{"id":"x"}},{{"resource":{PATIENT}}}],"resourceType":"Bundle"}}"#);
    assert_eq!(read(unclear.as_bytes()).texts(), [PATIENT]);
    let empty = r#"{"entry":[],"resourceType":"Bundle"}"#;
    let outcome = read(empty.as_bytes());
    assert_eq!((outcome.documents.len(), outcome.nested_envelopes), (0, 1));
}

#[test]
fn an_entry_may_begin_with_what_no_entry_has() {
    let text = format!(
        r#"{{"entry":[{{"vendor":1,"resource":{PATIENT}}},{{"resource":{CLAIM}}}],"resourceType":"Bundle"}}"#
    );
    assert_eq!(read(text.as_bytes()).texts(), [PATIENT, CLAIM]);
    let list = r#"{"entry":[{"flag":{},"item":{"reference":"Patient/1"}}],"resourceType":"List"}"#;
    assert_eq!(read(list.as_bytes()).texts(), [list]);
}

#[test]
fn glue_between_entries_that_stand_one_a_line_costs_no_entry() {
    let entry = |resource| format!("{{\"resource\":{resource}}}");
    for (glue, faults) in [("\n", 0), (";\n", 1), (" \n\n", 0)] {
        let text = format!(
            "{{\"resourceType\":\"Bundle\",\"entry\":[\n{}{glue}{},\n{}\n]}}\n",
            entry(PATIENT),
            entry(CLAIM),
            entry(PATIENT)
        );
        for size in [1, 7, 1000] {
            let outcome = read_with(text.as_bytes(), &[size], &Options::default());
            assert_eq!(outcome.texts(), [PATIENT, CLAIM, PATIENT], "{glue:?} {size}");
            assert_eq!(outcome.rejects.len(), faults, "{glue:?}: {:?}", outcome.rejects);
        }
    }
    // Another document does not belong to a Bundle that breaks off.
    let cut = format!("{{\"resourceType\":\"Bundle\",\"entry\":[\n{}\n{PATIENT}\n{CLAIM}\n", entry(PATIENT));
    assert_eq!(read(cut.as_bytes()).texts(), [PATIENT, PATIENT, CLAIM]);
}

#[test]
fn a_broken_entry_of_a_bundle_on_a_line_takes_no_other_with_it() {
    let bundle = format!(
        r#"{{"resourceType":"Bundle","entry":[{{"resource":{PATIENT}}},{{"resource":{{"a":tru}}}},{{"resource":{CLAIM}}}]}}"#
    );
    let outcome = read(format!("{PATIENT}\n{bundle}\n{bundle}\n{CLAIM}\n").as_bytes());
    assert_eq!(outcome.texts(), [PATIENT, PATIENT, CLAIM, PATIENT, CLAIM, CLAIM]);
    assert_eq!(outcome.envelopes().len(), 2);
}

#[test]
fn ndjson_lines_know_their_numbers() {
    let text = format!("{PATIENT}\r\n\r\n{CLAIM}\n{PATIENT}");
    let outcome = read(text.as_bytes());
    assert_eq!(outcome.texts(), [PATIENT, CLAIM, PATIENT]);
    let lines: Vec<_> = outcome.documents.iter().map(|document| document.line.unwrap()).collect();
    assert_eq!(lines, [1, 3, 4]);
}

#[test]
fn one_bad_line_costs_itself_alone() {
    for bad in [
        r#"{"resourceType":"Patient","id":"#,
        r#"{"resourceType":"Patient","id":"x"#,
        r#"{"resourceType":"Patient","name":[{"#,
        r#"{"resourceType":"Patient","name":["#,
        r#"{"resourceType":"Patient","#,
        "oops",
        "\"a string\"",
        r#"{"a":1},"#,
        r#"{"a":1}}"#,
        r#"{"a":[1}"#,
    ] {
        for text in [format!("{PATIENT}\n{bad}\n{CLAIM}\n"), format!("{PATIENT}\n{CLAIM}\n{bad}\n")] {
            let outcome = read(text.as_bytes());
            assert_eq!(outcome.texts(), [PATIENT, CLAIM], "{bad}");
            assert_eq!(outcome.rejects.len() + outcome.unparsed.len(), 1, "{bad}: {outcome:?}");
            assert!(outcome.rejects.iter().all(|reject| !reject.incomplete));
            if let Some(reject) = outcome.rejects.first() {
                assert_eq!(reject.bytes.as_deref().unwrap().trim_ascii(), bad.as_bytes());
            }
        }
    }
}

#[test]
fn a_bad_first_line_is_rejected_alone() {
    for bad in [
        "oops",
        r#"{"resourceType":"Patient","id":"x"#,
        r#"{"a":1"#,
        r#"{"resourceType":"Patient","id":"#,
        r#"{"resourceType":"Patient","#,
        r#"{"resourceType":"Patient","name":["#,
        r#"{"resourceType":"Patient","name":[{"given":["a","#,
        r#"{"a":1},"#,
    ] {
        for (behind, texts) in
            [(format!("{PATIENT}\n{CLAIM}\n"), &[PATIENT, CLAIM][..]), (PATIENT.to_owned(), &[PATIENT])]
        {
            let outcome = read(format!("{bad}\n{behind}").as_bytes());
            assert_eq!(outcome.texts(), texts, "{bad}");
            assert_eq!(outcome.rules(), ["json/syntax"], "{bad}");
            assert_eq!(outcome.rejects[0].bytes.as_deref().unwrap().trim_ascii(), bad.as_bytes());
        }
    }
}

#[test]
fn a_bundle_or_array_that_is_cut_off_on_the_first_line_takes_no_line_along() {
    let bundle = r#"{"resourceType":"Bundle","type":"collection","#;
    let heads =
        ["", r#""entry":"#, r#""entry":["#, r#""entry":[{"resource":"#, r#""link":[{"#, r#""link":["#];
    let firsts = heads.map(|head| format!("{bundle}{head}"));
    for first in firsts.iter().map(String::as_str).chain(["["]) {
        let outcome = read(format!("{first}\n{PATIENT}\n{CLAIM}\n").as_bytes());
        assert_eq!(outcome.texts(), [PATIENT, CLAIM], "{first}");
        assert!(!outcome.rejects.is_empty(), "{first}");
    }
}

#[test]
fn values_that_begin_a_line_stay_in_what_they_are_part_of() {
    let contained =
        format!("{{\"resourceType\":\"Claim\",\"contained\":[\n{PATIENT}\n],\"a\":\n{{\"b\":1}}\n}}\n");
    let entries = format!(
        "{{\"resourceType\":\"Bundle\",\"entry\":[\n{{\"resource\":\n{PATIENT}\n}},\n{{\"resource\":{CLAIM}}}\n]}}"
    );
    let array = format!("[\n{PATIENT},\n{CLAIM}\n]");
    for (text, count) in [(contained, 1), (entries, 2), (array, 2)] {
        let outcome = read(text.as_bytes());
        assert_eq!((outcome.documents.len(), outcome.rejects.len()), (count, 0), "{text}: {outcome:?}");
    }
}

#[test]
fn texts_one_after_the_other_are_read() {
    let pretty = PATIENT.replace(',', ",\n  ");
    for text in [
        format!("{pretty}\n{pretty}\n"),
        format!("{pretty}{pretty}"),
        format!("{pretty}\n\n[{PATIENT},\n{pretty}]"),
    ] {
        let outcome = read(text.as_bytes());
        assert!(outcome.documents.len() >= 2, "{text}");
        assert!(outcome.rejects.is_empty() && outcome.unparsed.is_empty());
    }
}

#[test]
fn a_truncated_text_does_not_take_the_next_one_along() {
    let bundle = format!(
        "{{\n\"resourceType\":\"Bundle\",\n\"entry\":[\n{{\"resource\":{PATIENT}}},\n{{\"resource\":{{\"a\":1}}\n"
    );
    let outcome = read(format!("{bundle}{CLAIM}\n").as_bytes());
    assert_eq!(outcome.texts(), [PATIENT, CLAIM]);
    assert_eq!(outcome.rejects.len(), 1);
    assert_eq!(outcome.rejects[0].entry.as_deref(), Some("entry[1]"));
}

#[test]
fn arrays_give_their_items() {
    let outcome = read(format!("[{PATIENT},\n null, {CLAIM}]").as_bytes());
    assert_eq!(outcome.texts(), [PATIENT, CLAIM]);
    assert_eq!(outcome.documents[1].index, Some(2));
    assert_eq!(outcome.rules(), ["structure/expected-object"]);
    assert_eq!(outcome.rejects[0].entry.as_deref(), Some("[1]"));
}

#[test]
fn an_entry_that_breaks_off_ends_the_file_and_what_came_before_stands() {
    let whole =
        format!(r#"{{"resourceType":"Bundle","entry":[{{"resource":{PATIENT}}},{{"resource":{CLAIM}}}]}}"#);
    let start = whole.find(r#"{"resource":{"id""#).unwrap();
    for length in start + 1..whole.len() - 2 {
        let outcome = read(&whole.as_bytes()[..length]);
        assert_eq!(outcome.texts()[..1], [PATIENT]);
        let last = outcome.rejects.last().unwrap();
        assert!(last.incomplete, "{length}");
        assert_eq!(last.rule, "io/truncated");
        if let Some(place) = &last.entry {
            let index = place.trim_matches(|c: char| !c.is_ascii_digit());
            let message = format!("{index} complete entries were read; {place} breaks off at byte {length}");
            assert_eq!(last.message, message);
        }
        assert_eq!(last.byte + last.length, length as u64);
        assert_eq!(outcome.envelopes().len(), 1);
    }
}

#[test]
fn glue_is_checked_and_the_entries_around_it_saved() {
    let one = format!(r#"{{"resource":{PATIENT}}}"#);
    for glue in [" x ", "},", "]x"] {
        let text = format!(r#"{{"resourceType":"Bundle","entry":[{one}{glue}{one}]}}"#);
        let outcome = read(text.as_bytes());
        assert!(!outcome.rejects.is_empty(), "{glue}");
        let expected = if glue.starts_with(']') { 1 } else { 2 };
        assert_eq!(outcome.documents.len(), expected, "{glue}");
    }
    for tail in ["}}", "]", "", "x}", "} {\"a\":1"] {
        let text = format!(r#"{{"resourceType":"Bundle","entry":[{one}]{tail}"#);
        let outcome = read(text.as_bytes());
        assert_eq!(outcome.texts(), [PATIENT], "{tail}");
        assert!(!outcome.rejects.is_empty(), "{tail}");
    }
}

#[test]
fn a_comma_too_few_or_too_many_is_a_fault_of_the_file_and_rejects_nothing() {
    let one = format!(r#"{{"resource":{PATIENT}}}"#);
    let bundle = |entries: &str| format!(r#"{{"resourceType":"Bundle","entry":[{entries}]}}"#);
    let texts = ["", ",,", ", ,"].map(|glue| bundle(&format!("{one}{glue}{one}")));
    let array = format!("[{PATIENT}{PATIENT}]");
    let tail = format!(r#"{{"resourceType":"Bundle","entry":[{one},{one}],}}"#);
    for text in texts.into_iter().chain([array, tail, bundle(&format!("{one},{one},"))]) {
        let outcome = read(text.as_bytes());
        assert_eq!((outcome.documents.len(), outcome.rejects.len()), (2, 0), "{text}");
        let told = outcome.events.iter().filter_map(|event| match event {
            Event::Warning { rule, byte, .. } => Some((*rule, *byte > 0)),
            _ => None,
        });
        assert_eq!(told.collect::<Vec<_>>(), [("json/syntax", true)], "{text}");
    }
}

#[test]
fn an_object_that_only_looks_like_a_bundle_is_rejected_without_its_entries() {
    let text = format!(r#"{{"entry":[{{"resource":{CLAIM}}}],"resourceType":"Patient","id":"x"}}"#);
    let outcome = read(text.as_bytes());
    assert_eq!((outcome.texts(), outcome.rules()), (vec![CLAIM], vec!["structure/wrong-type"]));
    assert_eq!(outcome.rejects[0].bytes.as_deref(), Some(&br#"{"resourceType":"Patient","id":"x"}"#[..]));
}

#[test]
fn text_behind_a_bundle_is_placed_where_it_stands() {
    let bundle = format!("\n{{\"resourceType\":\"Bundle\",\"entry\":[{{\"resource\":{PATIENT}}}]}}");
    let outcome = read(format!("{bundle} xxx").as_bytes());
    let reject = &outcome.rejects[0];
    assert_eq!(
        (reject.byte, reject.line, reject.column),
        (bundle.len() as u64 + 1, Some(2), Some(bundle.len() as u64 + 1))
    );
}

#[test]
fn odd_entries_are_rejected_or_counted() {
    let text = format!(
        r#"{{"resourceType":"Bundle","entry":[1,"x",[{{}}],{{"resource":null}},{{"resource":3}},{{"request":{{"url":"u"}}}},{{"a" 1}},{{"resource":{PATIENT},"resource":{CLAIM}}},{{}}]}}"#
    );
    let outcome = read(text.as_bytes());
    assert_eq!(outcome.texts(), [PATIENT]);
    let object = "structure/expected-object";
    assert_eq!(
        outcome.rules(),
        [object, object, object, object, object, "json/syntax", "json/duplicate-key"]
    );
    let without: Vec<_> =
        outcome.events.iter().filter(|event| matches!(event, Event::WithoutResource { .. })).collect();
    assert_eq!(without.len(), 2);
}

#[test]
fn hostile_members_are_named() {
    let text = format!(
        r#"{{"resourceType":"Bundle","resourceType":"Patient","entry":[{{"resource":{PATIENT}}}],"entry":[{{"resource":{CLAIM}}}],"entry":{{}}}}"#
    );
    let outcome = read(text.as_bytes());
    assert_eq!(outcome.texts(), [PATIENT, CLAIM]);
    assert_eq!(outcome.documents[1].index, Some(1));
    let warnings = outcome.events.iter().filter(|event| matches!(event, Event::Warning { .. })).count();
    assert_eq!((warnings, outcome.rules()), (2, vec!["structure/expected-array"]));
}

#[test]
fn nested_bundles_and_parameters_are_taken_apart() {
    let inner = format!(
        r#"{{"resourceType":"Bundle","entry":[{{"fullUrl":"urn:x","resource":{PATIENT}}},{{"response":{{}}}}]}}"#
    );
    let parameters = format!(
        r#"{{"resourceType":"Parameters","parameter":[{{"name":"a","part":[{{"resource":{inner}}}]}}]}}"#
    );
    let text = format!(
        r#"{{"resourceType":"Bundle","entry":[{{"resource":{CLAIM}}},{{"resource":{inner}}},{{"resource":{parameters}}}]}}"#
    );
    for text in [text.clone(), format!("{PATIENT}\n{text}\n")] {
        let outcome = read(text.as_bytes());
        let paths: Vec<_> = outcome.documents.iter().rev().take(4).rev().map(|d| d.path.as_deref()).collect();
        assert_eq!(
            paths,
            [
                None,
                Some("entry[1].resource.entry[0]"),
                None,
                Some("entry[2].resource.parameter[0].part[0].resource.entry[0]"),
            ]
        );
        assert_eq!(outcome.documents.last().unwrap().full_url.as_deref(), Some("urn:x"));
        let indexes: Vec<_> = outcome.documents.iter().rev().take(4).rev().map(|d| d.index).collect();
        assert_eq!(indexes, [Some(0), Some(0), Some(2), Some(0)], "each in its own Bundle");
    }
}

#[test]
fn entries_above_the_limit_are_rejected_with_their_place() {
    let big = format!(r#"{{"resource":{{"resourceType":"Binary","data":"{}"}}}}"#, "A".repeat(300_000));
    let small = format!(r#"{{"resource":{PATIENT}}}"#);
    let options = Options { max_entry: 50_000, chunk_bytes: 4096 };
    let text = format!(
        r#"{{"signature":{{"data":"{}"}},"resourceType":"Bundle","entry":[{small},{big},{small}]}}"#,
        "A".repeat(1000)
    );
    let outcome = read_with(text.as_bytes(), &[777], &options);
    assert_eq!(outcome.texts(), [PATIENT, PATIENT]);
    assert_eq!(outcome.documents[1].index, Some(2));
    let reject = &outcome.rejects[0];
    assert_eq!(
        (&*reject.rule, reject.length, reject.bytes.is_none()),
        ("io/too-large", big.len() as u64, true)
    );
    assert_eq!(reject.byte, text.find(&big).unwrap() as u64);
    let envelope =
        format!(r#"{{"resourceType":"Bundle","x":"{}","entry":[{small}]}}"#, "\\\"".repeat(100_000));
    let outcome = read_with(envelope.as_bytes(), &[], &options);
    assert_eq!((outcome.texts(), outcome.rules()), (vec![PATIENT], vec!["io/too-large"]));
    let line = format!("{PATIENT}\n{}\n{PATIENT}\n", big);
    for chunk_bytes in [4096, 1 << 20] {
        let outcome = read_with(line.as_bytes(), &[5000], &Options { chunk_bytes, ..options });
        assert_eq!((outcome.texts(), outcome.rules()), (vec![PATIENT, PATIENT], vec!["io/too-large"]));
    }
}

#[test]
fn deep_nesting_is_the_parsers_matter_and_costs_one_entry() {
    let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let text =
        format!(r#"{{"resourceType":"Bundle","entry":[{{"resource":{deep}}},{{"resource":{PATIENT}}}]}}"#);
    let outcome = read(text.as_bytes());
    assert_eq!((outcome.texts(), outcome.unparsed.len()), (vec![PATIENT], 1));
}

#[test]
fn what_is_not_json_is_named() {
    for (bytes, expected) in
        [(&b"<!DOCTYPE html>"[..], "HTML"), (b"PAR1\0", "Parquet"), (b"a,b\n1,2\n", "text")]
    {
        let outcome = read(bytes);
        assert!(
            outcome
                .events
                .iter()
                .any(|event| matches!(event, Event::NotFhir { what, .. } if *what == expected))
        );
    }
    for blank in ["", "\u{feff}", " \r\n\n"] {
        assert!(read(blank.as_bytes()).events.contains(&Event::Empty), "{blank:?}");
    }
}
