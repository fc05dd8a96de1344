//! What holds for any input: reads and formatting change nothing, no byte is lost, nothing panics.

use fhirkit_source::{Event, Options};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::{Outcome, read, read_with};

/// A small resource with everything that could confuse a splitter.
fn resource() -> impl Strategy<Value = Value> {
    let text =
        prop_oneof![Just("plain"), Just("}]{[\",:\\"), Just("äö\u{1f600}\n\t"), Just("\\\"resource\\\":{")];
    (0u32..1000, text, 0usize..40, any::<bool>()).prop_map(|(id, text, length, type_last)| {
        let items: Vec<Value> = (0..length % 4).map(|item| json!({"value": item, "text": text})).collect();
        let rest = json!({"id": id.to_string(), "note": text.repeat(length), "item": items, "n": null});
        let kind = ("resourceType".to_owned(), json!("Observation"));
        let members = rest.as_object().unwrap().clone();
        let mut object = serde_json::Map::new();
        if !type_last {
            object.extend([kind.clone()]);
        }
        object.extend(members);
        if type_last {
            object.extend([kind]);
        }
        Value::Object(object)
    })
}

fn bundle(resources: &[Value], entry_first: bool) -> Value {
    let entry = |(number, resource): (usize, &Value)| json!({"fullUrl": format!("urn:uuid:{number}"), "resource": resource, "search": {"mode": "match"}});
    let entries: Vec<Value> = resources.iter().enumerate().map(entry).collect();
    if entry_first {
        json!({"entry": entries, "total": 3, "resourceType": "Bundle", "link": [{"url": "a"}]})
    } else {
        json!({"resourceType": "Bundle", "link": [{"url": "a"}], "entry": entries, "total": 3})
    }
}

/// The same value written in different ways.
fn formats(value: &Value) -> Vec<String> {
    let compact = value.to_string();
    let pretty = serde_json::to_string_pretty(value).unwrap();
    vec![
        format!("\u{feff}{compact}"),
        format!("{compact}\r\n"),
        pretty.replace('\n', "\r\n"),
        format!("\n{}\n\n", pretty.replace("  ", "")),
        pretty,
        compact,
    ]
}

type Seen = Vec<(Value, Option<u32>, Option<String>, Option<String>)>;

fn seen(outcome: &Outcome) -> Seen {
    let of = |document: &crate::common::Read1| {
        let value = serde_json::from_str(&document.text).unwrap();
        (value, document.index, document.path.clone(), document.full_url.clone())
    };
    outcome.documents.iter().map(of).collect()
}

/// What is neither entry nor reject nor envelope is white space and brackets.
fn check_coverage(bytes: &[u8], outcome: &Outcome) {
    let mut covered = outcome.covered.clone();
    covered.sort_unstable();
    let mut at = 0;
    let mut gaps = Vec::new();
    for (start, end) in covered.into_iter().chain([(bytes.len() as u64, 0)]) {
        if start > at {
            gaps.extend_from_slice(&bytes[at as usize..start as usize]);
        }
        at = at.max(end);
    }
    let mut envelopes = 0;
    for event in &outcome.events {
        match event {
            Event::NotFhir { .. } => return,
            Event::Envelope { bytes, .. } => envelopes += bytes.len() + "\"entry\":".len(),
            Event::WithoutResource { .. } => envelopes += 1 << 20,
            _ => {}
        }
    }
    let glue = |byte: &&u8| {
        !matches!(
            **byte,
            b' ' | b'\t' | b'\r' | b'\n' | b',' | b'[' | b']' | b'{' | b'}' | 0xef | 0xbb | 0xbf
        )
    };
    let lost = gaps.iter().filter(glue).count();
    assert!(lost <= envelopes, "{lost} bytes are neither entry, reject nor envelope");
}

fn options(chunk_bytes: usize) -> Options {
    Options { chunk_bytes, max_entry: 1 << 20 }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn formatting_changes_nothing(resources in vec(resource(), 0..6), entry_first: bool, sizes in vec(1usize..300, 1..4)) {
        let value = bundle(&resources, entry_first);
        let mut first: Option<(Seen, Vec<Value>)> = None;
        for text in formats(&value) {
            let outcome = read_with(text.as_bytes(), &sizes, &options(512));
            check_coverage(text.as_bytes(), &outcome);
            prop_assert!(outcome.rejects.is_empty() && outcome.unparsed.is_empty(), "{:?}", outcome.rejects);
            let now = (seen(&outcome), outcome.envelopes());
            prop_assert_eq!(now.0.len(), resources.len());
            let same = first.get_or_insert(now.clone());
            // An undecided empty `entry` is expanded by the worker: no streamed envelope then.
            if !resources.is_empty() {
                prop_assert_eq!(&now, same);
            }
        }
    }

    #[test]
    fn framing_changes_no_resource(resources in vec(resource(), 1..6), pretty: bool) {
        let write = |value: &Value| if pretty { serde_json::to_string_pretty(value).unwrap() } else { value.to_string() };
        let lines: Vec<String> = resources.iter().map(write).collect();
        for text in [lines.join("\n"), lines.join("\n\n") + "\n", lines.join(""), format!("[{}]", lines.join(",\n")), lines.join("\r\n")] {
            let outcome = read(text.as_bytes());
            let values: Vec<Value> = seen(&outcome).into_iter().map(|found| found.0).collect();
            prop_assert!(outcome.rejects.is_empty() && outcome.unparsed.is_empty(), "{}", text);
            prop_assert_eq!(&values, &resources);
            check_coverage(text.as_bytes(), &outcome);
        }
    }

    #[test]
    fn reads_change_nothing_and_no_byte_is_lost(
        resources in vec(resource(), 1..8),
        kind in 0..5,
        chunk_bytes in 1usize..2000,
        most in 20u64..3000,
        sizes in vec(1usize..500, 1..4),
        changes in vec((any::<prop::sample::Index>(), prop_oneof![Just(b'{'), Just(b'}'), Just(b'"'), Just(b'['), Just(b']'), Just(b','), Just(b'\n'), Just(b'\\'), any::<u8>()], any::<bool>()), 0..6),
        keep in any::<prop::sample::Index>(),
        whole: bool,
    ) {
        let mut bytes = match kind {
            0 => bundle(&resources, false).to_string(),
            1 => serde_json::to_string_pretty(&bundle(&resources, true)).unwrap(),
            4 => {
                let first = resources[0].to_string();
                let cut = first.get(..keep.index(first.len())).unwrap_or_default();
                format!("{cut}\n{}", resources.iter().map(|value| format!("{value}\n")).collect::<String>())
            }
            2 => resources.iter().map(|value| format!("{value}\n")).collect(),
            _ => resources.iter().map(|value| format!("{}\n", bundle(std::slice::from_ref(value), true))).collect(),
        }.into_bytes();
        for (place, byte, insert) in changes {
            let at = place.index(bytes.len());
            if insert { bytes.insert(at, byte) } else { bytes[at] = byte }
        }
        if !whole {
            bytes.truncate(keep.index(bytes.len() + 1));
        }
        let options = Options { chunk_bytes, max_entry: most };
        let once = read_with(&bytes, &[], &options);
        check_coverage(&bytes, &once);
        for sizes in [sizes, vec![1]] {
            let again = read_with(&bytes, &sizes, &options);
            prop_assert_eq!(&again, &once);
        }
        let mut at = 0;
        for (base, length) in &once.chunks {
            prop_assert!(*base >= at);
            at = base + *length as u64;
        }
    }

    #[test]
    fn a_first_line_cut_anywhere_costs_no_other(resources in vec(resource(), 2..6), keep in any::<prop::sample::Index>(), chunk_bytes in 1usize..2000) {
        let lines: Vec<String> = resources.iter().map(Value::to_string).collect();
        let (first, rest) = lines.split_first().unwrap();
        let cut = keep.index(first.len());
        prop_assume!(first.is_char_boundary(cut));
        let text = format!("{}\n{}\n", &first[..cut], rest.join("\n"));
        let outcome = read_with(text.as_bytes(), &[97], &options(chunk_bytes));
        prop_assert_eq!(outcome.texts(), rest.iter().map(String::as_str).collect::<Vec<_>>());
        prop_assert_eq!(outcome.rejects.len(), usize::from(cut > 0));
    }

    #[test]
    fn any_bytes_are_survived(bytes in vec(prop_oneof![4 => prop::sample::select(b"{}[]\",:\\ \n\ratrue1\xef\xbb\xbf".to_vec()), 1 => any::<u8>()], 0..400), chunk_bytes in 1usize..100) {
        let outcome = read_with(&bytes, &[7], &options(chunk_bytes));
        check_coverage(&bytes, &outcome);
    }
}
