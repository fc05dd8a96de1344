//! The members that the programs of a level look up on its element, found in one walk.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use fhirkit_tape::{Node, NodeId};
use rustc_hash::FxHasher;

/// Keys, each with its slot.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    slots: HashMap<Box<str>, u16, BuildHasherDefault<FxHasher>>,
}

impl Keys {
    /// The slot of a key; the same for the same key.
    pub(crate) fn slot(&mut self, key: &str) -> u16 {
        if let Some(slot) = self.slots.get(key) {
            return *slot;
        }
        let slot = u16::try_from(self.slots.len()).unwrap_or(u16::MAX);
        self.slots.insert(key.into(), slot);
        slot
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Puts the members of an element into their slots: of several with one key the first, as everywhere.
    pub(crate) fn find(&self, node: Node<'_>, found: &mut Vec<NodeId>) {
        found.clear();
        found.resize(self.slots.len(), NodeId::ABSENT);
        for (key, value) in node.members() {
            if let Some(slot) = self.slots.get(&*key.as_str())
                && let Some(place) = found.get_mut(usize::from(*slot))
                && *place == NodeId::ABSENT
            {
                *place = value.id();
            }
        }
    }
}
