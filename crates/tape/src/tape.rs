//! The tape: one buffer, and the nodes of the texts in it.

use std::borrow::Cow;

use crate::duplicates::Keys;
use crate::error::{Error, ErrorKind};
use crate::node::{Kind, Node};
use crate::scan::Level;
use crate::{Span, escape, parser};

/// How many arrays and objects may lie inside each other unless told otherwise.
pub const DEFAULT_MAX_DEPTH: usize = 128;

/// The number of a node on its tape. Valid until the next [`Tape::load`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    /// The node that stands for "not there". It exists on every tape.
    pub const ABSENT: Self = Self(0);

    /// How many nodes it stands behind another; none where it stands before it. Equal bytes have equal nodes in equal
    /// order, so what was found in one text stands at the same distance in another text of the same bytes.
    #[inline]
    pub fn distance_from(self, first: Self) -> Option<u32> {
        self.0.checked_sub(first.0)
    }

    /// The node at that distance behind this one.
    #[inline]
    pub fn at_distance(self, distance: u32) -> Self {
        Self(self.0.saturating_add(distance))
    }
}

/// What a slot holds; finer than [`Kind`]: keys are apart, and text says whether it has escapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Tag {
    Absent,
    Null,
    False,
    True,
    Number,
    String,
    EscapedString,
    Key,
    EscapedKey,
    Array,
    Object,
}

impl Tag {
    const ALL: [Self; 16] = {
        let mut all = [Self::Absent; 16];
        let known = [
            Self::Absent,
            Self::Null,
            Self::False,
            Self::True,
            Self::Number,
            Self::String,
            Self::EscapedString,
            Self::Key,
            Self::EscapedKey,
            Self::Array,
            Self::Object,
        ];
        let mut index = 0;
        while index < known.len() {
            all[index] = known[index];
            index += 1;
        }
        all
    };

    #[inline(always)]
    pub(crate) fn is_escaped(self) -> bool {
        matches!(self, Self::EscapedString | Self::EscapedKey)
    }

    /// Whether it is a string or a key.
    #[inline(always)]
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::String | Self::EscapedString | Self::Key | Self::EscapedKey)
    }

    #[inline(always)]
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Absent => Kind::Absent,
            Self::Null => Kind::Null,
            Self::False => Kind::False,
            Self::True => Kind::True,
            Self::Number => Kind::Number,
            Self::String | Self::EscapedString | Self::Key | Self::EscapedKey => Kind::String,
            Self::Array => Kind::Array,
            Self::Object => Kind::Object,
        }
    }
}

/// How many bits of a link are the index of the next node; the other four are the tag.
const LINK_BITS: u32 = 28;
/// One more than the highest index a link can hold.
pub(crate) const MAX_NODES: usize = 1 << LINK_BITS;

/// One node in 12 bytes. A container's descendants follow it; `next` is the first node after them. In an object
/// keys and values alternate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) start: u32,
    /// One past the last byte. While a container is open: the container around it.
    pub(crate) end: u32,
    link: u32,
}

impl Slot {
    const ABSENT: Self = Self { start: 0, end: 0, link: 1 };

    #[inline(always)]
    pub(crate) fn new(tag: Tag, start: u32, end: u32, next: u32) -> Self {
        Self { start, end, link: (tag as u32) << LINK_BITS | next }
    }

    #[inline(always)]
    pub(crate) fn tag(self) -> Tag {
        Tag::ALL[(self.link >> LINK_BITS) as usize]
    }

    #[inline(always)]
    pub(crate) fn next(self) -> u32 {
        self.link & (MAX_NODES as u32 - 1)
    }
}

/// The nodes, in the order of their first bytes. The vector is kept filled and `count` says how much of it is in
/// use, so that adding a node is one bounds check and no growth logic on the hot path.
#[derive(Debug)]
pub(crate) struct Nodes {
    slots: Vec<Slot>,
    count: usize,
    limit: usize,
}

impl Nodes {
    fn new() -> Self {
        Self { slots: vec![Slot::ABSENT], count: 1, limit: MAX_NODES }
    }

    /// Moves the nodes out, to be worked on as a local value and put back.
    pub(crate) fn take(&mut self) -> Self {
        let Self { slots, count, limit } = self;
        Self { slots: std::mem::take(slots), count: *count, limit: *limit }
    }

    #[inline(always)]
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn truncate(&mut self, count: usize) {
        self.count = count.max(1).min(self.count);
    }

    /// The node with that index; the absent one where there is none.
    #[inline(always)]
    pub(crate) fn slot(&self, index: u32) -> Slot {
        self.in_use().get(index as usize).copied().unwrap_or(Slot::ABSENT)
    }

    /// All nodes, the absent one first.
    #[inline(always)]
    pub(crate) fn in_use(&self) -> &[Slot] {
        self.slots.get(..self.count).unwrap_or_default()
    }

    /// Adds a node without children and gives its index.
    #[inline(always)]
    pub(crate) fn push(&mut self, tag: Tag, start: usize, end: usize) -> Result<u32, Error> {
        let index = self.count;
        if index >= self.slots.len() {
            // By value, so that the fields can stay in registers everywhere else.
            self.slots = grow(std::mem::take(&mut self.slots), self.limit);
            if index >= self.slots.len() {
                return Err(Error::new(ErrorKind::TooManyNodes, start));
            }
        }
        self.slots[index] = Slot::new(tag, start as u32, end as u32, index as u32 + 1);
        self.count = index + 1;
        Ok(index as u32)
    }

    /// Ends the open container `index` at byte `end` and gives the one around it.
    #[inline(always)]
    pub(crate) fn close(&mut self, index: u32, end: usize) -> u32 {
        let next = self.count as u32;
        let slot = &mut self.slots[index as usize];
        let around = slot.end;
        slot.end = end as u32;
        slot.link = slot.link & !(MAX_NODES as u32 - 1) | next;
        around
    }

    /// The byte that closes the container `index`.
    #[inline(always)]
    pub(crate) fn closing(&self, index: u32) -> u8 {
        if self.slots[index as usize].link >> LINK_BITS == Tag::Object as u32 { b'}' } else { b']' }
    }
}

/// Makes room for more, unless the limit is reached.
#[cold]
#[inline(never)]
fn grow(mut slots: Vec<Slot>, limit: usize) -> Vec<Slot> {
    // The last index stays free: `next` of the last node must fit the link too.
    let most = limit - 1;
    if slots.len() < most {
        let wanted = (slots.len() + slots.len() / 2).max(4096).min(most);
        slots.reserve_exact(wanted - slots.len());
        slots.resize(wanted, Slot::ABSENT);
    }
    slots
}

/// One buffer, and the nodes of any number of JSON texts in it.
///
/// The buffer cannot change while it has nodes: [`load`](Tape::load) swaps it and forgets them.
#[derive(Debug)]
pub struct Tape {
    bytes: Vec<u8>,
    pub(crate) nodes: Nodes,
    pub(crate) keys: Keys,
    max_depth: usize,
    level: Level,
}

impl Default for Tape {
    fn default() -> Self {
        Self::new()
    }
}

impl Tape {
    /// An empty tape that accepts [`DEFAULT_MAX_DEPTH`] arrays and objects inside each other.
    pub fn new() -> Self {
        Self::with_max_depth(DEFAULT_MAX_DEPTH)
    }

    /// An empty tape that accepts `max_depth` arrays and objects inside each other; 0: no array or object at all.
    pub fn with_max_depth(max_depth: usize) -> Self {
        Self { bytes: Vec::new(), nodes: Nodes::new(), keys: Keys::new(), max_depth, level: Level::detect() }
    }

    /// Takes a buffer, forgets all nodes, and gives the old buffer back, cleared, to be filled again.
    pub fn load(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        self.forget(1);
        let mut old = std::mem::replace(&mut self.bytes, bytes);
        old.clear();
        old
    }

    /// Gives the buffer back, bytes and all, and forgets all nodes.
    pub fn take(&mut self) -> Vec<u8> {
        self.forget(1);
        std::mem::take(&mut self.bytes)
    }

    /// Forgets the nodes from the index `from` on.
    fn forget(&mut self, from: usize) {
        self.keys.forget(from, self.nodes.count());
        self.nodes.truncate(from);
    }

    /// The buffer.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Parses exactly one JSON text, which fills the span but for white space around it, and adds it as a root.
    ///
    /// Errors: the first fault found, with its byte in the buffer; the tape is then as before. UTF-8 is checked
    /// first, so a syntax error is only reported for text that is UTF-8 throughout.
    pub fn parse(&mut self, span: Span) -> Result<NodeId, Error> {
        let text = self
            .bytes
            .get(span.range())
            .ok_or_else(|| Error::new(ErrorKind::OutOfBounds, span.start as usize))?;
        if simdutf8::basic::from_utf8(text).is_err() {
            let valid = simdutf8::compat::from_utf8(text).map_or_else(|error| error.valid_up_to(), str::len);
            return Err(Error::new(ErrorKind::InvalidUtf8, span.start as usize + valid));
        }
        let before = self.nodes.count();
        let parsed =
            parser::parse(self.level, &self.bytes, span, &mut self.nodes, &mut self.keys, self.max_depth);
        if parsed.is_err() {
            self.forget(before);
        }
        parsed.map(NodeId)
    }

    /// The view of a node. An id that this tape does not know gives the absent node.
    #[inline]
    pub fn node(&self, id: NodeId) -> Node<'_> {
        Node::new(self, id)
    }

    /// The text of a node on this tape, without its first and last `trim` bytes.
    #[inline]
    fn trimmed(&self, slot: Slot, trim: usize) -> &str {
        let bytes = self.bytes.get(slot.start as usize + trim..(slot.end as usize).saturating_sub(trim));
        // SAFETY: slots are copied from `nodes` by views that borrow the tape, and reachable ones (below the count)
        // come from texts that `parse` accepted. It checked the whole text to be UTF-8 before, the buffer has not
        // changed since (`load` and `take` forget all nodes), and a node's span begins and ends beside ASCII bytes
        // of the grammar or at the ends of the text; so do its contents between two quotes, for which alone `trim`
        // is 1. The absent node has the empty span.
        unsafe { str::from_utf8_unchecked(bytes.unwrap_or_default()) }
    }

    /// The text of a node.
    #[inline]
    pub(crate) fn text(&self, slot: Slot) -> &str {
        self.trimmed(slot, 0)
    }

    /// What stands between the quotes of a string or key; nothing for other nodes.
    #[inline]
    pub(crate) fn content(&self, slot: Slot) -> &str {
        if slot.tag().is_text() { self.trimmed(slot, 1) } else { "" }
    }

    /// The decoded text of a string or key.
    #[inline]
    pub(crate) fn decoded(&self, slot: Slot) -> Option<Cow<'_, str>> {
        match slot.tag() {
            Tag::String | Tag::Key => Some(Cow::Borrowed(self.content(slot))),
            Tag::EscapedString | Tag::EscapedKey => Some(Cow::Owned(escape::decode(self.content(slot)))),
            _ => None,
        }
    }

    /// Whether a string or key decodes to `text`.
    #[inline]
    pub(crate) fn decodes_to(&self, slot: Slot, text: &str) -> bool {
        match slot.tag() {
            Tag::String | Tag::Key => self.trimmed(slot, 1) == text,
            Tag::EscapedString | Tag::EscapedKey => escape::decodes_to(self.content(slot), text),
            _ => false,
        }
    }

    /// How many nodes the texts parsed so far have, keys included.
    pub fn node_count(&self) -> usize {
        self.nodes.count() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_takes_twelve_bytes() {
        assert_eq!(size_of::<Slot>(), 12);
    }

    #[test]
    fn more_nodes_than_a_link_can_count_are_an_error_that_leaves_the_tape_as_it_was() {
        let mut tape = Tape::new();
        tape.nodes.limit = 10; // indexes 0 to 8, `next` up to 9
        tape.load(b"[1,2,3] [1,2,3] [[1,2]]".to_vec());
        let first = tape.parse(Span::new(0, 7)).unwrap();
        assert_eq!(tape.parse(Span::new(8, 23)).map_err(|error| error.kind()), Err(ErrorKind::TrailingBytes));
        assert!(tape.parse(Span::new(8, 15)).is_ok());
        let error = tape.parse(Span::new(16, 23)).unwrap_err();
        assert_eq!((error.kind(), error.byte()), (ErrorKind::TooManyNodes, 16));
        assert_eq!(tape.node_count(), 8);
        assert_eq!(tape.node(first).item(2).number(), Some("3"));
    }
}
