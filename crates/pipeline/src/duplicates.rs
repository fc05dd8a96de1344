//! The same key twice in one object: found by a walk, because the parser keeps both.
//!
//! JSON leaves open which of the two counts, and FHIR forbids it; taking either would be a guess.

use std::borrow::Cow;

use fhirkit_tape::{Key, Node};
use rustc_hash::FxHashSet;

/// The first key that stands twice in one object, anywhere below `node`.
pub(crate) fn duplicate_key(node: Node<'_>) -> Option<Key<'_>> {
    // Depth is bounded by the tape's own limit.
    if node.is_array() {
        return node.items().find_map(duplicate_key);
    }
    if !node.is_object() {
        return None;
    }
    let mut seen = 0u128;
    let bytes = node.tape().bytes();
    for (at, (key, value)) in node.members().enumerate() {
        let bit = fingerprint(&bytes[key.span().range()]);
        if seen & bit != 0 && stands_before(node, key, at) {
            return Some(key);
        }
        seen |= bit;
        if at == MANY {
            return duplicate_of_many(node);
        }
        if let Some(found) = duplicate_key(value) {
            return Some(found);
        }
    }
    None
}

/// From so many members on, comparing each with each would be quadratic.
const MANY: usize = 64;

/// One of 128 bits, from what tells FHIR's names apart: length and a few bytes.
fn fingerprint(bytes: &[u8]) -> u128 {
    let pick = |at: usize| usize::from(bytes.get(at).copied().unwrap_or(0));
    let last = bytes.len().saturating_sub(1);
    1 << ((bytes.len() * 7 + pick(0) * 31 + pick(last) * 11 + pick(last / 2) * 5) % 128)
}

fn stands_before(object: Node<'_>, key: Key<'_>, at: usize) -> bool {
    let name = key.as_str();
    object.members().take(at).any(|(other, _)| other.is(&name))
}

fn duplicate_of_many(object: Node<'_>) -> Option<Key<'_>> {
    let mut seen: FxHashSet<Cow<'_, str>> = FxHashSet::default();
    object
        .members()
        .find_map(|(key, value)| if seen.insert(key.as_str()) { duplicate_key(value) } else { Some(key) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use fhirkit_tape::{Span, Tape};

    fn found(json: &str) -> Option<String> {
        let mut tape = Tape::new();
        tape.load(json.as_bytes().to_vec());
        let root = tape.parse(Span::new(0, json.len() as u32)).unwrap();
        duplicate_key(tape.node(root)).map(|key| key.as_str().into_owned())
    }

    #[test]
    fn a_key_that_stands_twice_in_one_object_is_found_at_any_depth() {
        assert_eq!(found(r#"{"a":1,"b":{"a":2},"c":[{"x":1,"y":2,"x":3}]}"#).as_deref(), Some("x"));
        assert_eq!(found(r#"{"a":1,"b":{"a":2},"c":[{"x":1},{"x":2}]}"#), None);
    }

    #[test]
    fn an_escaped_key_equals_the_plain_one() {
        assert_eq!(found(r#"{"id":1,"i\u0064":2}"#).as_deref(), Some("id"));
    }

    #[test]
    fn an_object_of_many_keys_is_searched_in_linear_time() {
        let members: Vec<String> = (0..200_000).map(|number| format!("\"k{number}\":0")).collect();
        assert_eq!(found(&format!("{{{}}}", members.join(","))), None);
        assert_eq!(found(&format!("{{{},\"k7\":1}}", members.join(","))).as_deref(), Some("k7"));
    }
}
