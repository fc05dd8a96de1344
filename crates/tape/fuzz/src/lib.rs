//! What the tape must have in common with serde_json (`arbitrary_precision` on): which bytes are JSON, and the value.

use fhirkit_tape::{Kind, Node, Span, Tape};
use serde_json::Value;

/// serde_json refuses 128 arrays and objects inside each other, so it allows one fewer.
const SERDE_JSON_DEPTH: usize = 127;

/// An object with this key is a number to serde_json; nothing that JSON knows.
const PRIVATE_KEY: &str = "$serde_json::private";

/// Panics unless the tape and serde_json agree on these bytes.
pub fn check(bytes: &[u8]) {
    if bytes.windows(PRIVATE_KEY.len()).any(|window| window == PRIVATE_KEY.as_bytes()) {
        return;
    }
    // The text lies between other bytes, as it does in a chunk.
    let mut buffer = b"\"x".to_vec();
    buffer.extend_from_slice(bytes);
    buffer.extend_from_slice(b"9\"]}");
    let span = Span::new(2, 2 + bytes.len() as u32);
    let mut tape = Tape::with_max_depth(SERDE_JSON_DEPTH);
    tape.load(buffer);
    match (tape.parse(span), serde_json::from_slice::<Value>(bytes)) {
        (Ok(root), Ok(value)) => same(tape.node(root), &value),
        (Err(error), Err(_)) => {
            assert!((2..=2 + bytes.len()).contains(&error.byte()), "the place lies in the text: {error:?}");
            assert!(!error.to_string().is_empty());
            assert_eq!(tape.node_count(), 0);
        }
        (Ok(_), Err(error)) => panic!("serde_json alone refuses: {error}"),
        (Err(error), Ok(_)) => panic!("the tape alone refuses: {error} at byte {}", error.byte() - 2),
    }
}

fn same(node: Node<'_>, value: &Value) {
    match (node.kind(), value) {
        (Kind::Null, Value::Null) => {}
        (Kind::False | Kind::True, Value::Bool(value)) => assert_eq!(node.as_bool(), Some(*value)),
        (Kind::Number, Value::Number(value)) => {
            assert_eq!(node.number().map(plain), Some(plain(&value.to_string())));
        }
        (Kind::String, Value::String(value)) => {
            assert_eq!(node.as_str().as_deref(), Some(value.as_str()));
            assert!(node.str_is(value));
        }
        (Kind::Array, Value::Array(values)) => {
            assert_eq!(node.items().count(), values.len());
            node.items().zip(values).for_each(|(node, value)| same(node, value));
        }
        (Kind::Object, Value::Object(values)) => {
            // Of duplicate keys serde_json keeps the last.
            let members: std::collections::BTreeMap<_, _> =
                node.members().map(|(key, node)| (key.as_str().into_owned(), node)).collect();
            assert_eq!(members.len(), values.len());
            let has_duplicate = node.tape().duplicate_key(node.id()).is_some();
            assert!(has_duplicate || node.members().count() == members.len());
            for (key, value) in values {
                same(members[key], value);
                assert!(!node.get(key).is_absent());
            }
        }
        (kind, _) => panic!("{kind:?} is another kind of value to serde_json"),
    }
}

/// serde_json writes `1E5` as `1e+5`; the digits are the same.
fn plain(number: &str) -> String {
    number.to_ascii_lowercase().replace("e+", "e")
}
