//! The same key twice in one object: the parser keeps both, and what it notes on the way tells where to look.
//!
//! Every resource needs the answer, and a walk over all keys costs three quarters of a parse. So the parser takes one
//! look at each key: its length and first bytes choose a cell of a small table, and a key whose cell an earlier key of
//! the same object has used is noted. Only the few noted ones are compared, when somebody asks.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::escape::{Piece, Pieces};
use crate::node::{Key, Node};
use crate::tape::{MAX_NODES, NodeId, Tape};

/// Cells for the objects of one depth. Objects of one depth do not lie inside each other, so no other object uses
/// the cells of one that is still open.
const CELLS: usize = 256;

/// Depths with cells of their own; deeper down every key is noted.
const LEVELS: usize = 16;

/// From so many members on, comparing each with each would be quadratic.
const MANY: usize = 64;

/// A key that may stand in its object for the second time.
#[derive(Debug, Clone, Copy)]
struct Noted {
    key: u32,
    object: u32,
}

/// What the parser notes about keys.
#[derive(Debug)]
pub(crate) struct Keys {
    /// The last object that had a key there, as its index on the tape counted from `base`.
    cells: Box<[u32; CELLS * LEVELS]>,
    /// Grows with everything forgotten, so that its cells mean nothing and need not be cleared.
    base: u32,
    /// In the order of the text.
    noted: Vec<Noted>,
}

impl Keys {
    pub(crate) fn new() -> Self {
        Self { cells: Box::new([0; CELLS * LEVELS]), base: 0, noted: Vec::new() }
    }

    /// What the parser needs of it, as a value whose parts can lie in registers.
    pub(crate) fn notes(&mut self) -> Notes<'_> {
        Notes { cells: &mut self.cells, base: self.base, noted: &mut self.noted }
    }

    /// Forgets the keys from the node `from` on, of the `count` nodes that there are: their indexes are used anew.
    pub(crate) fn forget(&mut self, from: usize, count: usize) {
        self.noted.truncate(self.noted.partition_point(|noted| (noted.key as usize) < from));
        self.base = self.base.saturating_add(count as u32);
        if self.base > u32::MAX - MAX_NODES as u32 {
            self.cells.fill(0);
            self.base = 0;
        }
    }
}

/// [`Keys`] during one parse.
pub(crate) struct Notes<'k> {
    cells: &'k mut [u32; CELLS * LEVELS],
    base: u32,
    noted: &'k mut Vec<Noted>,
}

impl Notes<'_> {
    /// Looks at the key with index `key`, whose `length` bytes with its quotes begin `text`. Its object is the open
    /// one with index `object`, inside `depth` containers counting itself.
    #[inline(always)]
    pub(crate) fn see(
        &mut self,
        key: u32,
        text: &[u8],
        length: usize,
        escaped: bool,
        object: u32,
        depth: usize,
    ) {
        let hash = match text.first_chunk() {
            _ if escaped => escaped_hash(text.get(..length).unwrap_or_default()),
            Some(first) if length >= 4 => hash(u32::from_le_bytes(*first), length),
            _ => hash(0, length),
        };
        let stamp = self.base.wrapping_add(object);
        match self.cells.get_mut(depth * CELLS + hash) {
            Some(cell) if *cell != stamp => *cell = stamp,
            _ => self.note(Noted { key, object }),
        }
    }

    #[cold]
    #[inline(never)]
    fn note(&mut self, noted: Noted) {
        self.noted.push(noted);
    }
}

/// Eight bits from the length of a key with its quotes and its first four bytes.
#[inline(always)]
fn hash(first: u32, length: usize) -> usize {
    (first.wrapping_add(length as u32).wrapping_mul(0x9E37_79B1) >> 24) as usize
}

/// The hash that the key would have without escapes.
#[cold]
#[inline(never)]
fn escaped_hash(written: &[u8]) -> usize {
    let content = written.get(1..written.len() - 1).and_then(|content| str::from_utf8(content).ok());
    let (mut first, mut length) = ([b'"', 0, 0, 0], 1);
    for piece in Pieces::new(content.unwrap_or_default()) {
        let mut buffer = [0; 4];
        let text = match piece {
            Piece::Text(text) => text,
            Piece::Char(char) => char.encode_utf8(&mut buffer),
        };
        for byte in text.bytes() {
            if let Some(place) = first.get_mut(length) {
                *place = byte;
            }
            length += 1;
        }
    }
    if length == 3 {
        first[3] = b'"';
    }
    if length < 3 { hash(0, length + 1) } else { hash(u32::from_le_bytes(first), length + 1) }
}

impl Tape {
    /// The first key, in the order of the text, that its own object had before, anywhere in the value of a node.
    ///
    /// JSON leaves open which of the two counts, and FHIR forbids it. Keys are the same when they decode to the same
    /// text. Costs next to nothing: the parser has noted where to look.
    ///
    /// ```
    /// use fhirkit_tape::{Span, Tape};
    ///
    /// let mut tape = Tape::new();
    /// tape.load(br#"{"name":[{"family":"A","use":"usual","family":"B"}]}"#.to_vec());
    /// let root = tape.parse(Span::new(0, 52))?;
    /// assert_eq!(tape.duplicate_key(root).map(|key| key.span().start), Some(37));
    /// # Ok::<(), fhirkit_tape::Error>(())
    /// ```
    pub fn duplicate_key(&self, node: NodeId) -> Option<Key<'_>> {
        self.duplicate_keys(node).next()
    }

    /// All such keys, in the order of the text; of an object of very many members its first alone.
    pub fn duplicate_keys(&self, node: NodeId) -> impl Iterator<Item = Key<'_>> {
        let noted = &self.keys.noted;
        let from = noted.partition_point(|noted| noted.key <= node.0);
        let end = self.nodes.slot(node.0).next();
        let mut large = HashMap::new();
        let below = noted.iter().skip(from).take_while(move |noted| noted.key < end);
        below
            .filter(move |noted| self.stands_before(**noted, &mut large))
            .map(|noted| Key::new(self, self.nodes.slot(noted.key)))
    }

    /// Whether a key's object had the same key before. `large`: the first such key of the objects that are too
    /// large to compare each key with each.
    fn stands_before(&self, Noted { key, object }: Noted, large: &mut HashMap<u32, Option<u32>>) -> bool {
        let name = Key::new(self, self.nodes.slot(key)).as_str();
        let object = Node::new(self, NodeId(object));
        let mut earlier = object.members().take_while(|(_, value)| value.id().0 < key);
        if earlier.by_ref().take(MANY).any(|(other, _)| other.is(&name)) {
            return true;
        }
        earlier.next().is_some()
            && *large.entry(object.id().0).or_insert_with(|| first_duplicate(object)) == Some(key)
    }
}

/// The index of the first key that an object had before.
fn first_duplicate(object: Node<'_>) -> Option<u32> {
    let mut seen: HashSet<Cow<'_, str>> = HashSet::new();
    object.members().find(|(key, _)| !seen.insert(key.as_str())).map(|(_, value)| value.id().0 - 1)
}

#[cfg(test)]
mod tests {
    use crate::{Span, Tape};

    fn found(json: &str) -> Option<String> {
        let mut tape = Tape::new();
        tape.load(json.as_bytes().to_vec());
        let root = tape.parse(Span::new(0, json.len() as u32)).unwrap();
        tape.duplicate_key(root).map(|key| format!("{}@{}", key.as_str(), key.span().start))
    }

    #[test]
    fn a_key_that_stands_twice_in_one_object_is_found_at_any_depth() {
        assert_eq!(found(r#"{"a":1,"b":{"a":2},"c":[{"x":1,"y":2,"x":3}]}"#).as_deref(), Some("x@37"));
        assert_eq!(found(r#"[[{"a":[{}]},{"":1,"b":"",""  :2}]]"#).as_deref(), Some("@26"));
        assert_eq!(found(r#"{"a":1,"b":{"a":2},"c":[{"x":1},{"x":2}]}"#), None);
        assert_eq!(found(r#"{"a":{"b":{"c":1,"d":1}},"b":{"c":1,"d":1},"":1,"A":2}"#), None);
        assert_eq!(found("[]"), None);
        assert_eq!(found("\"a\""), None);
    }

    #[test]
    fn the_first_in_the_text_is_the_one_found() {
        assert_eq!(found(r#"{"a":{"x":1,"x":2},"a":3}"#).as_deref(), Some("x@12"));
        assert_eq!(found(r#"{"a":1,"a":{"x":1,"x":2}}"#).as_deref(), Some("a@7"));
        assert_eq!(found(r#"{"a":{"b":{"x":1,"x":2},"y":1,"y":1},"a":3}"#).as_deref(), Some("x@17"));
    }

    #[test]
    fn all_of_them_are_found_in_the_order_of_the_text() {
        let json = r#"{"a":1,"a":{"x":1,"x":2},"b":2,"a":3,"b":4}"#;
        let mut tape = Tape::new();
        tape.load(json.as_bytes().to_vec());
        let root = tape.parse(Span::new(0, json.len() as u32)).unwrap();
        let keys: Vec<_> = tape.duplicate_keys(root).map(|key| key.as_str().into_owned()).collect();
        assert_eq!(keys, ["a", "x", "a", "b"]);
    }

    #[test]
    fn an_escaped_key_equals_the_plain_one() {
        assert_eq!(found(r#"{"id":1,"i\u0064":2}"#).as_deref(), Some("id@8"));
        assert_eq!(found(r#"{"i\u0064":1,"id":2}"#).as_deref(), Some("id@13"));
        assert_eq!(found(r#"{"i\u0064":1,"x":2,"\u0069d":2}"#).as_deref(), Some("id@19"));
        assert_eq!(found(r#"{"i\u0064":1,"i\u0065":2,"i":3}"#), None);
    }

    #[test]
    fn only_the_value_asked_about_counts() {
        let json = r#"{"a":{"x":1,"x":2},"b":{"y":1}} {"c":1,"c":2}"#;
        let mut tape = Tape::new();
        tape.load(json.as_bytes().to_vec());
        let first = tape.parse(Span::new(0, 32)).unwrap();
        let second = tape.parse(Span::new(32, json.len() as u32)).unwrap();
        let start = |id| tape.duplicate_key(id).map(|key| key.span().start);
        assert_eq!(start(first), Some(12));
        assert_eq!(start(tape.node(first).get("b").id()), None);
        assert_eq!(start(second), Some(39));
    }

    #[test]
    fn deep_down_every_key_is_compared() {
        for depth in [14, 15, 16, 17, 40] {
            let (open, close) = ("{\"a\":".repeat(depth), "}".repeat(depth));
            assert_eq!(found(&format!("{open}{{\"x\":{{\"y\":1}},\"y\":1,\"z\":{{\"x\":1}}}}{close}")), None);
            let twice = found(&format!("{open}{{\"x\":{{\"x\":1}},\"y\":1,\"x\":1}}{close}"));
            assert_eq!(twice, Some(format!("x@{}", depth * 5 + 19)));
        }
    }

    #[test]
    fn a_buffer_tells_nothing_of_the_next_one() {
        let mut tape = Tape::new();
        for _ in 0..3 {
            tape.load(br#"{"id":1,"use":2}{"id":1,"id":2}"#.to_vec());
            assert!(tape.parse(Span::new(16, 32)).is_err() && tape.parse(Span::new(16, 30)).is_err());
            let root = tape.parse(Span::new(0, 16)).unwrap();
            assert!(tape.duplicate_key(root).is_none());
            assert!(
                tape.keys.noted.is_empty(),
                "nothing of a text that failed, nothing of an earlier buffer"
            );
        }
        tape.keys.base = u32::MAX - 1;
        tape.take();
        assert_eq!(tape.keys.base, 0);
        assert!(tape.keys.cells.iter().all(|cell| *cell == 0));
    }

    #[test]
    fn an_object_of_many_keys_is_searched_in_linear_time() {
        let members: Vec<String> = (0..200_000).map(|number| format!("\"k{number}\":[0]")).collect();
        let members = members.join(",");
        assert_eq!(found(&format!("{{{members}}}")), None);
        let twice = found(&format!("{{{members},\"k7\":1}}")).unwrap();
        assert!(twice.starts_with("k7@"));
        let inside = format!("{{\"k1\":{{\"x\":1,\"x\":2}},{members}}}");
        assert_eq!(found(&inside).as_deref(), Some("x@13"));
        assert!(found(&format!("{{{}}}", "\"a\":1,".repeat(100_000) + "\"b\":1")).is_some());
    }
}
