//! The tape against serde_json: the same texts are JSON, and they have the same value.
//!
//! serde_json reads one level at a time here (`RawValue`), so that number text stays exact without its
//! `arbitrary_precision`, which would reach every crate of a workspace test run. `fuzz/` compares with that feature on.

#![expect(clippy::unwrap_used, reason = "a helper of tests that fails has failed the test")]

use std::collections::HashSet;

use fhirkit_tape::{Kind, LineIndex, Node, Span, Tape};
use proptest::prelude::*;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object in order, duplicates kept.
struct Members<'t>(Vec<(String, &'t RawValue)>);

impl<'t> serde::Deserialize<'t> for Members<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'t> Visitor<'t> for Each {
            type Value = Members<'t>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Each)
    }
}

/// Whether serde_json, level by level, accepts the text.
fn accepts(text: &str) -> Result<(), serde_json::Error> {
    match text.trim_start_matches([' ', '\n', '\r', '\t']).bytes().next() {
        Some(b'{') => {
            serde_json::from_str::<Members>(text)?.0.iter().try_for_each(|(_, value)| accepts(value.get()))
        }
        Some(b'[') => {
            serde_json::from_str::<Vec<&RawValue>>(text)?.iter().try_for_each(|item| accepts(item.get()))
        }
        Some(b'"') => serde_json::from_str::<String>(text).map(drop),
        _ => serde_json::from_str::<&RawValue>(text).map(drop),
    }
}

/// The same value, members in the same order.
fn same(node: Node<'_>, text: &str) {
    assert_eq!(node.raw_str(), text, "a node's span is its value's text");
    match node.kind() {
        Kind::Object => {
            let members = serde_json::from_str::<Members>(text).unwrap().0;
            assert_eq!(node.members().count(), members.len());
            for ((key, node), (wanted, value)) in node.members().zip(&members) {
                assert_eq!(key.as_str(), wanted.as_str());
                assert!(key.is(wanted));
                same(node, value.get());
            }
            for (wanted, _) in &members {
                let (first, value) = members.iter().find(|(key, _)| key == wanted).unwrap();
                let sibling = members.iter().find(|(key, _)| key.strip_prefix('_') == Some(first));
                let (found, found_sibling) = node.get_with_sibling(wanted);
                assert_eq!(found.raw_str(), value.get());
                assert_eq!(node.get(wanted).id(), found.id());
                assert_eq!(found_sibling.raw_str(), sibling.map_or("", |(_, value)| value.get()));
            }
        }
        Kind::Array => {
            let items = serde_json::from_str::<Vec<&RawValue>>(text).unwrap();
            assert_eq!(node.items().count(), items.len());
            for (index, (item, value)) in node.items().zip(&items).enumerate() {
                assert_eq!(node.item(index).id(), item.id());
                same(item, value.get());
            }
        }
        Kind::String => {
            let wanted: String = serde_json::from_str(text).unwrap();
            assert_eq!(node.as_str().as_deref(), Some(wanted.as_str()));
            assert!(node.str_is(&wanted) && !node.str_is(&format!("{wanted}x")));
        }
        Kind::Number => assert_eq!(node.number(), Some(text)),
        Kind::True | Kind::False => assert_eq!(node.as_bool(), Some(text == "true")),
        Kind::Null => assert_eq!(text, "null"),
        Kind::Absent => panic!("a parsed value is there"),
    }
}

/// Where the first key stands that its own object had before, found the slow way.
fn first_duplicate(node: Node<'_>) -> Option<u32> {
    let mut seen = HashSet::new();
    let own = node.members().find(|(key, _)| !seen.insert(key.as_str())).map(|(key, _)| key.span().start);
    let inner = node.members().map(|(_, value)| value).chain(node.items());
    inner.filter_map(first_duplicate).chain(own).min()
}

/// Both agree on these bytes, wherever they lie in a buffer.
fn check(bytes: &[u8]) {
    let mut tape = Tape::with_max_depth(10_000);
    let mut buffer = b"[\"".to_vec();
    buffer.extend_from_slice(bytes);
    buffer.extend_from_slice(b"0\"]");
    tape.load(buffer);
    let found = tape.parse(Span::new(2, 2 + bytes.len() as u32));
    match (found, str::from_utf8(bytes)) {
        (Ok(root), Ok(text)) => {
            accepts(text).unwrap_or_else(|error| panic!("serde_json alone refuses {text:?}: {error}"));
            same(tape.node(root), text.trim_matches([' ', '\n', '\r', '\t']));
            let found = tape.duplicate_key(root).map(|key| key.span().start);
            assert_eq!(found, first_duplicate(tape.node(root)), "{text:?}");
        }
        (Ok(_), Err(_)) => panic!("accepted what is not UTF-8"),
        (Err(error), text) => {
            assert!(
                text.is_err() || accepts(text.unwrap()).is_err(),
                "the tape alone refuses {text:?}: {error}"
            );
            assert!((2..=2 + bytes.len()).contains(&error.byte()));
            LineIndex::new(bytes).line_column(error.byte() - 2);
        }
    }
}

fn text() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("false".to_owned()),
        "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,4})?",
        "-?[0-9.eE+-]{1,6}",
        "\"[ -!#-\\[\\]-~é€😀]{0,80}\"",
        "\"([a-z]|\\\\[\"\\\\/bfnrt]|\\\\u[0-9a-fD]{4}|\\\\uD83D\\\\uDE00){0,20}\"",
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        let gap = "[ \n\t\r]{0,3}";
        let item =
            (gap, inner.clone(), gap).prop_map(|(before, item, after)| format!("{before}{item}{after}"));
        let key = "([a-c_é]|\\\\u0061){0,2}";
        let member = (key, inner, gap).prop_map(|(key, value, gap)| format!("\"{key}\"{gap}:{gap}{value}"));
        prop_oneof![
            prop::collection::vec(item, 0..6).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(member, 0..6).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

/// 1,500 cases, unless PROPTEST_CASES says otherwise (`memcheck.sh`).
fn config() -> ProptestConfig {
    let told = std::env::var_os("PROPTEST_CASES").is_some();
    if told { ProptestConfig::default() } else { ProptestConfig::with_cases(1500) }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn same_texts_accepted_with_the_same_value(text in text()) {
        check(text.as_bytes());
    }

    #[test]
    fn same_verdict_on_broken_text(text in text(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        check(&bytes);
    }

    #[test]
    fn any_bytes_give_a_verdict(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&bytes);
    }
}

/// A text with something of everything.
const SAMPLE: &str = "{\"resourceType\":\"Patient\",\"id\":\"a-1\",\"active\":true,\"n\":[0,-0.0,1.10,1e400,\
    12345678901234567890123456789012345678.90],\"name\":[{\"family\":\"Mül\\u006cer \\ud83d\\ude00\",\"given\":\
    [\"A\\n\\\"\",\"\"]}],\r\n  \"x\" : null , \"_x\":{},\"y\":[[],[{}],false]}";

#[test]
fn every_truncation_gets_the_same_verdict() {
    for end in 0..=SAMPLE.len() {
        check(&SAMPLE.as_bytes()[..end]);
    }
}

#[test]
fn every_change_of_one_byte_gets_the_same_verdict() {
    let interesting = (0..=255u8).filter(|byte| byte.is_ascii() || byte % 16 < 2);
    for byte in interesting {
        for at in 0..SAMPLE.len() {
            let mut bytes = SAMPLE.as_bytes().to_vec();
            bytes[at] = byte;
            check(&bytes);
        }
    }
}

#[test]
fn serde_json_has_the_same_idea_of_depth() {
    // serde_json refuses the 128th array or object inside each other.
    let mut tape = Tape::with_max_depth(127);
    for depth in [1, 126, 127, 128, 129] {
        let text = format!(
            "{}{}",
            "[{\"a\":".repeat(depth / 2) + &"[".repeat(depth % 2),
            "]".repeat(depth % 2) + &"}]".repeat(depth / 2)
        );
        let text = text.replace(":}", ":1}");
        tape.load(text.clone().into_bytes());
        let found = tape.parse(Span::new(0, text.len() as u32)).is_ok();
        assert_eq!(found, serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{depth}");
    }
}
