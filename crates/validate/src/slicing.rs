//! Telling the items of a sliced element apart. The seam for slicing: nothing here evaluates a discriminator yet.
//!
//! A state whose members have slices carries one [`SliceGroup`] a member. For every item the walk asks
//! [`SliceGroup::matches`] which slices it is in and walks it in a state that has those slice elements as further
//! members, so that a slice's own children and checks need no code of their own. Slices of a choice
//! (`value[x]:valueQuantity`) never come here: the JSON key decides, when the state is built.

use fhirkit_tape::Node;

use crate::automaton::{Automaton, Member};
use crate::profile::ElementId;
use crate::walk::Walk;

/// One profile's slices of one element.
#[derive(Debug)]
pub(crate) struct SliceGroup {
    /// The sliced element.
    pub(crate) member: Member,
    /// Its slices, in the order of the definition.
    pub(crate) slices: Box<[Slice]>,
    /// The discriminators that cannot be evaluated, by name.
    unsupported: Box<[Box<str>]>,
}

/// One slice.
#[derive(Debug)]
pub(crate) struct Slice {
    pub(crate) element: ElementId,
}

/// The slices that an item is in: bit n for slice n of the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Matched(pub(crate) u64);

/// The slice groups of a set of members.
pub(crate) fn groups(automaton: &Automaton, members: &[Member]) -> Vec<SliceGroup> {
    let sliced = members.iter().filter_map(|&member| {
        let (_, element) = automaton.member(member)?;
        let by_key = element.types.len() > 1 && element.id.ends_with("[x]");
        let slices = element.slices.iter().map(|&element| Slice { element });
        let discriminators = element.slicing.iter().flat_map(|slicing| &slicing.discriminators);
        let unsupported = discriminators.map(|one| format!("{}:{}", one.discriminator_type, one.path).into());
        let is_sliced = !element.slices.is_empty() && !by_key;
        is_sliced.then(|| SliceGroup { member, slices: slices.collect(), unsupported: unsupported.collect() })
    });
    sliced.collect()
}

impl SliceGroup {
    /// Which slices an item is in.
    pub(crate) fn matches<'t>(&self, _item: Node<'t>, walk: &mut Walk<'_, '_, 't>) -> Matched {
        for name in &self.unsupported {
            walk.scratch().checked.note_discriminator(name);
        }
        Matched::default()
    }

    /// The members that the matched slices add.
    pub(crate) fn members(&self, matched: Matched) -> impl Iterator<Item = Member> + '_ {
        let slices = self.slices.iter().enumerate().take(64);
        let in_it = slices.filter(move |(at, _)| matched.0 >> at & 1 == 1);
        in_it.map(|(_, slice)| Member { element: slice.element, ..self.member })
    }
}
