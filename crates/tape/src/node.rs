//! Views of nodes.

use std::borrow::Cow;
use std::fmt;

use crate::Span;
use crate::tape::{NodeId, Slot, Tag, Tape};

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Not there: a missing member or item.
    Absent,
    /// `null`
    Null,
    /// `false`
    False,
    /// `true`
    True,
    /// A number; its text is exact.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// One value on a tape; copy it freely.
///
/// Every question has an answer for every kind: a member of a number is absent, the items of a string are none.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tape: &'t Tape,
    id: NodeId,
}

impl fmt::Debug for Node<'_> {
    /// Kind and place, never the content, which may be about a patient.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Span { start, end } = self.span();
        write!(f, "Node({}: {:?} {start}..{end})", self.id.0, self.kind())
    }
}

impl<'t> Node<'t> {
    #[inline]
    pub(crate) fn new(tape: &'t Tape, id: NodeId) -> Self {
        Self { tape, id }
    }

    #[inline]
    fn at(self, index: u32) -> Self {
        Self { tape: self.tape, id: NodeId(index) }
    }

    #[inline]
    fn slot(self) -> Slot {
        self.tape.nodes.slot(self.id.0)
    }

    /// The tape it lies on.
    pub fn tape(self) -> &'t Tape {
        self.tape
    }

    /// Its number on the tape.
    #[inline]
    pub fn id(self) -> NodeId {
        self.id
    }

    /// The absent node of the same tape.
    #[inline]
    pub fn absent(self) -> Self {
        self.at(0)
    }

    /// What it is.
    #[inline]
    pub fn kind(self) -> Kind {
        self.slot().tag().kind()
    }

    /// Whether it is not there.
    #[inline]
    pub fn is_absent(self) -> bool {
        self.slot().tag() == Tag::Absent
    }

    /// Whether it is `null`.
    #[inline]
    pub fn is_null(self) -> bool {
        self.slot().tag() == Tag::Null
    }

    /// Whether it is an object.
    #[inline]
    pub fn is_object(self) -> bool {
        self.slot().tag() == Tag::Object
    }

    /// Whether it is an array.
    #[inline]
    pub fn is_array(self) -> bool {
        self.slot().tag() == Tag::Array
    }

    /// Its bytes in the buffer: a string with its quotes, an object with its braces. Empty if absent.
    #[inline]
    pub fn span(self) -> Span {
        let slot = self.slot();
        Span { start: slot.start, end: slot.end }
    }

    /// Its bytes as written.
    #[inline]
    pub fn raw(self) -> &'t [u8] {
        self.raw_str().as_bytes()
    }

    /// Its JSON text as written.
    #[inline]
    pub fn raw_str(self) -> &'t str {
        self.tape.text(self.slot())
    }

    /// The member with that key, the first one if there are several; absent if there is none or this is no object.
    #[inline]
    pub fn get(self, key: &str) -> Self {
        for (found, value) in self.members() {
            if found.is(key) {
                return value;
            }
        }
        self.absent()
    }

    /// The member `key` and the member `_key`, where FHIR keeps id and extensions of a primitive, in one walk.
    pub fn get_with_sibling(self, key: &str) -> (Self, Self) {
        let (mut value, mut sibling) = (self.absent(), self.absent());
        for (found, node) in self.members() {
            if value.is_absent() && found.is(key) {
                value = node;
            } else if sibling.is_absent() && found.is_sibling_of(key) {
                sibling = node;
            } else {
                continue;
            }
            if !value.is_absent() && !sibling.is_absent() {
                break;
            }
        }
        (value, sibling)
    }

    /// How many nodes it takes on the tape, itself and keys included.
    #[inline]
    pub fn node_count(self) -> u32 {
        self.slot().next().saturating_sub(self.id.0)
    }

    /// The members in the order of the text, duplicates included; none if this is no object.
    #[inline]
    pub fn members(self) -> Members<'t> {
        let slots = self.tape.nodes.in_use();
        let slot = slots.get(self.id.0 as usize);
        let end = slot.map_or(0, |slot| if slot.tag() == Tag::Object { slot.next() } else { 0 });
        Members { tape: self.tape, slots, at: self.id.0 + 1, end }
    }

    /// The items of an array in order; none if this is no array.
    #[inline]
    pub fn items(self) -> Items<'t> {
        let slots = self.tape.nodes.in_use();
        let slot = slots.get(self.id.0 as usize);
        let end = slot.map_or(0, |slot| if slot.tag() == Tag::Array { slot.next() } else { 0 });
        Items { tape: self.tape, slots, at: self.id.0 + 1, end }
    }

    /// The item at `index` (from 0) of an array; absent if there is none. Walks the items before it.
    #[inline]
    pub fn item(self, index: usize) -> Self {
        self.items().nth(index).unwrap_or(self.absent())
    }

    /// Whether it has no members and no items; true of everything but arrays and objects that hold something.
    #[inline]
    pub fn is_empty(self) -> bool {
        let slot = self.slot();
        !matches!(slot.tag(), Tag::Array | Tag::Object) || slot.next() == self.id.0 + 1
    }

    /// The text of a string, escapes decoded; borrowed if it has none.
    #[inline]
    pub fn as_str(self) -> Option<Cow<'t, str>> {
        self.tape.decoded(self.slot())
    }

    /// Whether it is a string with exactly that text; decodes nothing into memory.
    #[inline]
    pub fn str_is(self, text: &str) -> bool {
        self.tape.decodes_to(self.slot(), text)
    }

    /// The content of a string between its quotes as written, escapes and all, and whether it has escapes.
    #[inline]
    pub fn escaped_str(self) -> Option<(&'t str, bool)> {
        let slot = self.slot();
        slot.tag().is_text().then(|| (self.tape.content(slot), slot.tag().is_escaped()))
    }

    /// The text of a number as written.
    #[inline]
    pub fn number(self) -> Option<&'t str> {
        let slot = self.slot();
        (slot.tag() == Tag::Number).then(|| self.tape.text(slot))
    }

    /// The value of `true` or `false`.
    #[inline]
    pub fn as_bool(self) -> Option<bool> {
        match self.slot().tag() {
            Tag::True => Some(true),
            Tag::False => Some(false),
            _ => None,
        }
    }
}

/// The key of a member.
#[derive(Clone, Copy)]
pub struct Key<'t> {
    tape: &'t Tape,
    slot: Slot,
}

impl fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:?})", self.as_str())
    }
}

impl<'t> Key<'t> {
    /// The key in that slot of the tape.
    #[inline]
    pub(crate) fn new(tape: &'t Tape, slot: Slot) -> Self {
        Self { tape, slot }
    }

    /// Its text, escapes decoded; borrowed if it has none.
    #[inline]
    pub fn as_str(self) -> Cow<'t, str> {
        self.tape.decoded(self.slot).unwrap_or_default()
    }

    /// What stands between its quotes as written, and whether that has escapes.
    #[inline]
    pub fn escaped_str(self) -> (&'t str, bool) {
        (self.tape.content(self.slot), self.slot.tag().is_escaped())
    }

    /// Whether its text is exactly that one.
    #[inline(always)]
    pub fn is(self, text: &str) -> bool {
        // The length tells most keys apart.
        if self.slot.tag() == Tag::Key {
            return self.length() == text.len() + 2 && self.holds(1, text);
        }
        self.decodes_to(text)
    }

    /// Whether its text is `_` and then exactly that one.
    #[inline(always)]
    fn is_sibling_of(self, text: &str) -> bool {
        if self.slot.tag() == Tag::Key {
            return self.length() == text.len() + 3 && self.holds(1, "_") && self.holds(2, text);
        }
        self.is_escaped_sibling_of(text)
    }

    /// Bytes as written, with the quotes.
    #[inline(always)]
    fn length(self) -> usize {
        self.slot.end.wrapping_sub(self.slot.start) as usize
    }

    /// Whether that text stands there, so many bytes behind the first quote.
    #[inline(always)]
    fn holds(self, after: usize, text: &str) -> bool {
        let start = self.slot.start as usize + after;
        let found = self.tape.bytes().get(start..start + text.len());
        found.is_some_and(|found| same(found, text.as_bytes()))
    }

    #[cold]
    #[inline(never)]
    fn decodes_to(self, text: &str) -> bool {
        // It is longer as written.
        self.length() > text.len() + 2 && self.tape.decodes_to(self.slot, text)
    }

    #[cold]
    #[inline(never)]
    fn is_escaped_sibling_of(self, text: &str) -> bool {
        self.as_str().strip_prefix('_') == Some(text)
    }

    /// Its bytes in the buffer, with the quotes.
    #[inline]
    pub fn span(self) -> Span {
        Span { start: self.slot.start, end: self.slot.end }
    }
}

/// Whether two byte strings of one length are equal. Keys are short: two comparisons of eight bytes that overlap are done
/// before a call would have begun.
#[inline(always)]
fn same(one: &[u8], other: &[u8]) -> bool {
    if let (Some(head), Some(other_head)) = (one.first_chunk::<8>(), other.first_chunk::<8>()) {
        return head == other_head
            && if one.len() <= 16 { one.last_chunk::<8>() == other.last_chunk::<8>() } else { one == other };
    }
    if let (Some(head), Some(other_head)) = (one.first_chunk::<4>(), other.first_chunk::<4>()) {
        return head == other_head && one.last_chunk::<4>() == other.last_chunk::<4>();
    }
    one.iter().eq(other)
}

/// Iterator over the members of an object: [`Node::members`].
#[derive(Debug, Clone)]
pub struct Members<'t> {
    tape: &'t Tape,
    slots: &'t [Slot],
    at: u32,
    end: u32,
}

impl<'t> Iterator for Members<'t> {
    type Item = (Key<'t>, Node<'t>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        // One check of bounds for both.
        let at = self.at as usize;
        let Some([key, value]) = self.slots.get(at..at + 2) else { return None };
        let id = NodeId(self.at + 1);
        self.at = value.next();
        Some((Key::new(self.tape, *key), Node::new(self.tape, id)))
    }
}

/// Iterator over the items of an array: [`Node::items`].
#[derive(Debug, Clone)]
pub struct Items<'t> {
    tape: &'t Tape,
    slots: &'t [Slot],
    at: u32,
    end: u32,
}

impl<'t> Iterator for Items<'t> {
    type Item = Node<'t>;

    #[inline]
    fn next(&mut self) -> Option<Node<'t>> {
        if self.at >= self.end {
            return None;
        }
        let next = self.slots.get(self.at as usize)?.next();
        let id = NodeId(std::mem::replace(&mut self.at, next));
        Some(Node::new(self.tape, id))
    }
}

#[cfg(test)]
mod tests {
    use super::same;
    use crate::{Span, Tape};

    #[test]
    fn texts_that_differ_anywhere_are_not_the_same() {
        for length in 0..40 {
            let text: Vec<u8> = (0..length).collect();
            assert!(same(&text, &text.clone()));
            for at in 0..text.len() {
                let mut other = text.clone();
                other[at] ^= 1;
                assert!(!same(&text, &other), "{length} {at}");
            }
        }
    }

    #[test]
    fn keys_are_found_as_they_decode() {
        let json =
            br#"{"":0,"a":1,"ab\u0063":2,"abcdefgh":3,"abcdefghi":4,"\u0061bcdefghijklmnopqrst":5}"#.to_vec();
        let end = json.len() as u32;
        let mut tape = Tape::new();
        tape.load(json);
        let root = tape.parse(Span { start: 0, end }).unwrap();
        for (key, value) in [
            ("", "0"),
            ("a", "1"),
            ("abc", "2"),
            ("abcdefgh", "3"),
            ("abcdefghi", "4"),
            ("abcdefghijklmnopqrst", "5"),
        ] {
            assert_eq!(tape.node(root).get(key).number(), Some(value), "{key}");
        }
        for key in ["b", "abd", r"ab\u0063", "abcdefgx", "xbcdefghi", "abcdefghijklmnopqrsu"] {
            assert!(tape.node(root).get(key).is_absent(), "{key}");
        }
    }
}
