//! The members that the programs of a level look up on its element, found in one walk.

use fhirkit_tape::{Node, NodeId};

/// Keys, each with its slot.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    names: Vec<Box<str>>,
    /// By [`place`] of a key its slot and one more, or the first free place after it; 0 is free. At least half is.
    table: Vec<u16>,
}

impl Keys {
    /// The slot of a key; the same for the same key.
    pub(crate) fn slot(&mut self, key: &str) -> u16 {
        if let Some(slot) = self.names.iter().position(|name| **name == *key) {
            return slot as u16;
        }
        self.names.push(key.into());
        self.table = vec![0; (self.names.len() * 4).next_power_of_two()];
        for (name, number) in self.names.iter().zip(1..) {
            let mut at = place(name.as_bytes());
            while self.table[at & (self.table.len() - 1)] != 0 {
                at += 1;
            }
            let mask = self.table.len() - 1;
            self.table[at & mask] = number;
        }
        (self.names.len() - 1) as u16
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Puts the members of an element into their slots: of several with one key the first, as everywhere.
    pub(crate) fn find(&self, node: Node<'_>, found: &mut Vec<NodeId>) {
        found.clear();
        found.resize(self.names.len(), NodeId::ABSENT);
        for (key, value) in node.members() {
            let slot = match key.escaped_str() {
                (text, false) => self.look_up(text, |name| key.is(name)),
                _ => {
                    let text = key.as_str();
                    self.look_up(&text, |name| *name == *text)
                }
            };
            if let Some(place) = slot.and_then(|slot| found.get_mut(slot))
                && *place == NodeId::ABSENT
            {
                *place = value.id();
            }
        }
    }

    #[inline(always)]
    fn look_up(&self, key: &str, is: impl Fn(&str) -> bool) -> Option<usize> {
        let mask = self.table.len().wrapping_sub(1);
        let mut at = place(key.as_bytes());
        loop {
            let slot = usize::from(*self.table.get(at & mask)?).checked_sub(1)?;
            if is(self.names.get(slot)?) {
                return Some(slot);
            }
            at += 1;
        }
    }
}

/// Where to look for a key: its length and two of its bytes tell most apart.
#[inline(always)]
fn place(key: &[u8]) -> usize {
    let (Some(first), Some(last)) = (key.first(), key.last()) else { return 0 };
    key.len() + (usize::from(*first) << 2) + (usize::from(*last) << 4)
}

#[cfg(test)]
mod tests {
    use fhirkit_tape::{Span, Tape};

    use super::*;

    #[test]
    fn keys_of_one_place_are_told_apart() {
        let mut keys = Keys::default();
        let names: Vec<String> = (0..300).map(|i| format!("a{i}")).chain(["".into(), "é".into()]).collect();
        let slots: Vec<u16> = names.iter().map(|name| keys.slot(name)).collect();
        assert_eq!(slots, names.iter().map(|name| keys.slot(name)).collect::<Vec<_>>());
        for (name, slot) in names.iter().zip(slots) {
            assert_eq!(keys.look_up(name, |other| other == name), Some(usize::from(slot)));
        }
        assert_eq!(keys.look_up("b1", |other| other == "b1"), None);
        assert_eq!(Keys::default().look_up("a1", |_| true), None);
    }

    #[test]
    fn the_first_of_equal_keys_is_found_and_escapes_are_read() {
        let mut keys = Keys::default();
        let (a, b) = (keys.slot("ab"), keys.slot("b"));
        let mut tape = Tape::new();
        let json = br#"{"\u0061b":1,"ab":2,"c":3}"#.to_vec();
        let end = json.len() as u32;
        tape.load(json);
        let root = tape.parse(Span { start: 0, end }).unwrap();
        let mut found = Vec::new();
        keys.find(tape.node(root), &mut found);
        assert_eq!(tape.node(found[usize::from(a)]).number(), Some("1"));
        assert_eq!(found[usize::from(b)], NodeId::ABSENT);
    }
}
