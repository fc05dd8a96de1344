//! Which resources have come before.

use fhirkit_tape::Node;
use rustc_hash::FxHashSet;
use sha2::{Digest, Sha256};

/// The resources seen so far, 16 bytes each (up to 40 with the free places of the table).
///
/// Two entries are the same resource when type, id and `meta.versionId` are equal; without a version, when their
/// bytes are.
#[derive(Debug, Default)]
pub struct Seen {
    // Half of a SHA-256: a server that wants to hide a resource would have to find a collision of 128 bits.
    known: FxHashSet<[u8; 16]>,
}

impl Seen {
    /// Whether `resource` is new; it no longer is afterwards.
    pub fn is_new(&mut self, resource: Node<'_>) -> bool {
        self.known.insert(key(resource))
    }
}

fn key(resource: Node<'_>) -> [u8; 16] {
    let mut hash = Sha256::new();
    let id = resource.get("id").as_str();
    let version = resource.get("meta").get("versionId").as_str();
    match (id, version) {
        (Some(id), Some(version)) => {
            let kind = resource.get("resourceType").as_str().unwrap_or_default();
            for part in [kind, id, version] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part.as_bytes());
            }
        }
        _ => hash.update(resource.raw()),
    }
    first_half(&hash.finalize())
}

/// The first 16 bytes of a hash.
pub(super) fn first_half(hash: &[u8]) -> [u8; 16] {
    let mut half = [0; 16];
    half.iter_mut().zip(hash).for_each(|(to, from)| *to = *from);
    half
}

#[cfg(test)]
mod tests {
    use super::*;
    use fhirkit_tape::{Span, Tape};

    fn new(seen: &mut Seen, json: &str) -> bool {
        let mut tape = Tape::new();
        tape.load(json.as_bytes().to_vec());
        let root = tape.parse(Span::new(0, u32::try_from(json.len()).unwrap())).unwrap();
        seen.is_new(tape.node(root))
    }

    #[test]
    fn versions_are_compared_by_name_and_everything_else_by_content() {
        let mut seen = Seen::default();
        assert!(new(&mut seen, r#"{"resourceType":"Patient","id":"a","meta":{"versionId":"1"}}"#));
        assert!(!new(
            &mut seen,
            r#"{"resourceType":"Patient","id":"a","meta":{"versionId":"1"},"active":true}"#
        ));
        assert!(new(&mut seen, r#"{"resourceType":"Patient","id":"a","meta":{"versionId":"2"}}"#));
        assert!(new(&mut seen, r#"{"resourceType":"Coverage","id":"a","meta":{"versionId":"1"}}"#));
        assert!(new(&mut seen, r#"{"resourceType":"Patient","id":"a"}"#));
        assert!(!new(&mut seen, r#"{"resourceType":"Patient","id":"a"}"#));
        assert!(new(&mut seen, r#"{"resourceType":"Patient","id":"a","active":true}"#));
    }
}
