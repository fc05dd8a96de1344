//! Telling the items of a sliced element apart.
//!
//! The state of the items carries their [`SliceGroup`]s: slices of all profiles that use the same discriminators,
//! equal slices once. For every item the walk asks [`SliceGroup::matches`] which slices it is in and walks it in a
//! state that has those slice elements as further members, so that a slice's own children and checks need no code of
//! their own. Slices of a choice (`value[x]:valueQuantity`) never come here: the JSON key decides, when the state is
//! built.
//!
//! Most slices are found by one look-up of a text: the `url` of an extension, the code of a category.

mod compile;
mod condition;
mod nearest;
mod path;
mod probe;

use fhirkit_definitions::structure::Discriminator;
use fhirkit_definitions::{Definitions, TypeId};
use fhirkit_tape::Node;

use crate::automaton::{Automaton, Member};
use crate::profile::{Element, Profile};
use compile::Lack;
use condition::Condition;
pub(crate) use condition::Truth;
pub(crate) use nearest::Nearest;
use probe::Probe;

/// How many slices of one group are told apart.
const MOST: usize = 64;

/// The slices that are told apart by the same discriminators.
#[derive(Debug)]
pub(crate) struct SliceGroup {
    /// The sliced element in each profile that slices it so.
    pub(crate) entries: Box<[Entry]>,
    pub(crate) slices: Box<[Slice]>,
    probe: Probe,
    /// What cannot be evaluated, by name.
    pub(crate) unsupported: Box<[Box<str>]>,
}

/// A sliced element of one profile.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) member: Member,
    /// Every item must be in a slice.
    pub(crate) is_closed: bool,
}

/// One slice.
#[derive(Debug)]
pub(crate) struct Slice {
    /// What an item in it satisfies; nothing where that cannot be told.
    conditions: Option<Box<[Condition]>>,
    /// What is active for its items.
    pub(crate) members: Box<[Member]>,
    /// Who asks for how many.
    pub(crate) asks: Box<[Ask]>,
}

/// A profile's slice.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) slice: Member,
    /// The number of its entry in the group.
    pub(crate) entry: usize,
    pub(crate) min: u32,
    pub(crate) max: u32,
}

/// The slices that an item is in: bit n for slice n of the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Matched {
    pub(crate) yes: u64,
    /// It may be in these, for all we can tell.
    pub(crate) maybe: u64,
}

/// Whether the JSON key tells the slices of an element apart.
pub(crate) fn by_key(element: &Element) -> bool {
    let slicing = element.slicing.as_ref();
    let mut discriminators = slicing.into_iter().flat_map(|slicing| &slicing.discriminators);
    element.id.ends_with("[x]")
        && discriminators.all(|one| one.discriminator_type == "type" && one.path == "$this")
}

/// The slice groups of a set of members, for items of a type.
pub(crate) fn groups(automaton: &Automaton, ty: TypeId, members: &[Member]) -> Vec<SliceGroup> {
    let mut drafts: Vec<Draft> = Vec::new();
    for &member in members {
        let Some((profile, element)) = automaton.member(member) else { continue };
        // A slice that is sliced again says so in its own group.
        if element.slices.is_empty() || by_key(element) || element.slice_name.is_some() {
            continue;
        }
        let discriminators = discriminators(element);
        let at = drafts.iter().position(|draft| draft.discriminators == discriminators);
        let at = at.unwrap_or_else(|| {
            drafts.push(Draft::new(discriminators));
            drafts.len() - 1
        });
        if let Some(draft) = drafts.get_mut(at) {
            draft.add(automaton, ty, member, profile, element);
        }
    }
    drafts.into_iter().map(Draft::finish).collect()
}

/// What tells the slices apart; extensions are sliced by their URL even where nobody says so.
fn discriminators(element: &Element) -> Box<[Discriminator]> {
    match &element.slicing {
        Some(slicing) if !slicing.discriminators.is_empty() => slicing.discriminators.clone().into(),
        _ if matches!(&*element.name, "extension" | "modifierExtension") => {
            [Discriminator { discriminator_type: "value".to_owned(), path: "url".to_owned() }].into()
        }
        _ => Box::default(),
    }
}

/// A group in the making.
struct Draft {
    discriminators: Box<[Discriminator]>,
    entries: Vec<Entry>,
    slices: Vec<Slice>,
    unsupported: Vec<Box<str>>,
}

impl Draft {
    fn new(discriminators: Box<[Discriminator]>) -> Self {
        Self { discriminators, entries: Vec::new(), slices: Vec::new(), unsupported: Vec::new() }
    }

    fn add(
        &mut self,
        automaton: &Automaton,
        ty: TypeId,
        member: Member,
        profile: &Profile,
        element: &Element,
    ) {
        let entry = self.entries.len();
        let rules = element.slicing.as_ref().map_or("open", |slicing| &slicing.rules);
        if rules == "openAtEnd" {
            self.note(format!("openAtEnd: {}", element.id));
        }
        if element.slicing.as_ref().is_some_and(|slicing| slicing.ordered) {
            self.note(format!("ordered: {}", element.id));
        }
        let mut is_closed = rules == "closed";
        for &id in &element.slices {
            let Some(definition) = profile.element(id) else { continue };
            let slice = Member { element: id, ..member };
            if definition.slice_name.as_deref() == Some("@default") || self.slices.len() >= MOST {
                self.note(format!("@default or beyond {MOST} slices: {}", definition.id));
                is_closed = false;
                continue;
            }
            if !definition.slices.is_empty() {
                self.note(format!("re-slicing: {}", definition.id));
            }
            let conditions = self.conditions(automaton, slice, ty, definition);
            let (min, max) = (definition.min, definition.max.unwrap_or(u32::MAX));
            let ask = Ask { slice, entry, min, max };
            let members = members_of(automaton, slice, profile, definition);
            self.add_slice(conditions, members, ask);
        }
        self.entries.push(Entry { member, is_closed });
    }

    fn note(&mut self, what: String) {
        self.unsupported.push(what.into());
    }

    fn conditions(
        &mut self,
        automaton: &Automaton,
        slice: Member,
        ty: TypeId,
        definition: &Element,
    ) -> Option<Box<[Condition]>> {
        let mut conditions = Vec::new();
        let name =
            |one: &Discriminator| format!("{}:{} ({})", one.discriminator_type, one.path, definition.id);
        for discriminator in &self.discriminators {
            match compile::condition(automaton, slice, ty, discriminator) {
                Ok(condition) => conditions.push(condition),
                Err(Lack::Unsupported) => {
                    self.unsupported.push(name(discriminator).into());
                    return None;
                }
                // Then the others decide.
                Err(Lack::Unconstrained) => {}
            }
        }
        if let Some(first) = self.discriminators.first().filter(|_| conditions.is_empty()) {
            self.unsupported.push(name(first).into());
            return None;
        }
        if conditions.is_empty() {
            self.note(format!("no discriminator: {}", definition.id));
            return None;
        }
        Some(conditions.into())
    }

    fn add_slice(&mut self, conditions: Option<Box<[Condition]>>, members: Vec<Member>, ask: Ask) {
        // Two slices of one profile that want the same stay apart: an item in both is ambiguous.
        let same = |slice: &&mut Slice| {
            conditions.is_some()
                && slice.conditions == conditions
                && slice.asks.iter().all(|other| other.entry != ask.entry)
        };
        let Some(slice) = self.slices.iter_mut().find(same) else {
            self.slices.push(Slice { conditions, members: members.into(), asks: [ask].into() });
            return;
        };
        slice.members = slice.members.iter().copied().chain(members).collect();
        slice.asks = slice.asks.iter().cloned().chain([ask]).collect();
    }

    fn finish(self) -> SliceGroup {
        let Self { entries, slices, unsupported, .. } = self;
        let probe = Probe::new(slices.iter().map(|slice| slice.conditions.as_deref()));
        SliceGroup { entries: entries.into(), probe, slices: slices.into(), unsupported: unsupported.into() }
    }
}

/// The slice itself, and the one profile of its type.
fn members_of(automaton: &Automaton, slice: Member, profile: &Profile, definition: &Element) -> Vec<Member> {
    let mut members = Vec::new();
    if definition.asks_something() {
        members.push(slice);
    }
    if let [only] = &*definition.types
        && let [canonical] = only.profiles.as_slice()
    {
        members.extend(automaton.root_of_profile(canonical, &profile.scope));
    }
    members
}

impl SliceGroup {
    /// Which slices an item is in.
    pub(crate) fn matches(&self, item: Node<'_>, definitions: &Definitions) -> Matched {
        let mut matched = Matched { yes: 0, maybe: self.probe.unknown };
        let mut candidates = self.probe.candidates(item);
        while candidates != 0 {
            let at = candidates.trailing_zeros();
            candidates &= candidates - 1;
            let slice = self.slices.get(at as usize);
            match slice.map_or(Truth::No, |slice| slice.holds(item, definitions)) {
                Truth::Yes => matched.yes |= 1 << at,
                Truth::Maybe => matched.maybe |= 1 << at,
                Truth::No => {}
            }
        }
        matched
    }

    /// The members that the matched slices add.
    pub(crate) fn members(&self, yes: u64) -> impl Iterator<Item = Member> + '_ {
        let slices = self.slices.iter().enumerate();
        let in_it = slices.filter(move |(at, _)| yes >> at & 1 == 1);
        in_it.flat_map(|(_, slice)| slice.members.iter().copied())
    }

    /// The sliced elements that give way to slices: a slice repeats what its element asks, and says it more exactly.
    pub(crate) fn replaced(&self, yes: u64) -> impl Iterator<Item = Member> + '_ {
        let slices = self.slices.iter().enumerate().filter(move |(at, _)| yes >> at & 1 == 1);
        let asks =
            slices.flat_map(|(_, slice)| slice.asks.iter().filter(|ask| slice.members.contains(&ask.slice)));
        asks.filter_map(|ask| Some(self.entries.get(ask.entry)?.member))
    }

    /// Whether somebody wants an item in a slice.
    pub(crate) fn is_required(&self) -> bool {
        self.slices.iter().flat_map(|slice| &slice.asks).any(|ask| ask.min > 0)
    }
}

impl Slice {
    fn holds(&self, item: Node<'_>, definitions: &Definitions) -> Truth {
        let conditions = self.conditions.as_deref().unwrap_or_default();
        conditions.iter().map(|condition| condition.holds(item, definitions)).min().unwrap_or(Truth::Maybe)
    }

    /// The value sets that decide whether an item is in it.
    pub(crate) fn value_sets(&self) -> impl Iterator<Item = &str> {
        self.conditions.iter().flatten().flat_map(Condition::value_sets)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fhirkit_definitions::{Definitions, Sort};

    use super::*;
    use crate::definitions_of::{Shared, Source};
    use crate::options::Options;
    use crate::profile::{ElementId, type_name};

    /// What no group of the embedded packages can evaluate: the list for step 5, and faults of the packages.
    const UNSUPPORTED: &[&str] = &[
        "value:resolve().code (DiagnosticReport.result:Cholesterol)",
        "value:resolve().code (DiagnosticReport.result:Triglyceride)",
        "value:resolve().code (DiagnosticReport.result:HDLCholesterol)",
        "value:resolve().code (DiagnosticReport.result:LDLCholesterol)",
        "ordered: DiagnosticReport.result",
        // These definitions do not say what their discriminators should find.
        "pattern:category (ExplanationOfBenefit.adjudication:denialreason)",
        "pattern:$this (ExplanationOfBenefit.meta.profile:supportedProfile)",
        "value:url (Extension.extension:confidence)",
        "value:url (Extension.extension:interval)",
    ];

    #[test]
    fn every_slice_of_the_embedded_packages_is_told_apart_but_these() {
        let definitions = Definitions::embedded().unwrap();
        let source = Source::new(Shared::from(definitions), &[]);
        let automaton = Automaton::new(source, Options::default());
        let mut unsupported = BTreeSet::new();
        let mut slice_count = 0;
        for (_, summary) in definitions.all().filter(|(_, one)| one.sort == Sort::Structure) {
            let canonical = format!("{}|{}", summary.url, summary.version);
            let scope = definitions.scope(&[], &[&canonical]);
            let Some(root) = automaton.root_of_profile(&canonical, &scope) else { continue };
            for id in (0..u16::MAX).map(ElementId) {
                let member = Member { element: id, ..root };
                let Some((_, element)) = automaton.member(member) else { break };
                if element.slices.is_empty() {
                    continue;
                }
                let types = automaton.types();
                let named = |element: &Element| {
                    element.types.first().and_then(|one| types.type_named(type_name(one)))
                };
                let mut names =
                    element.id.split('.').map(|part| part.split([':', '[']).next().unwrap_or_default());
                let first = names.next().and_then(|name| types.type_named(name));
                let reached =
                    names.try_fold(first.unwrap(), |ty, name| Some(types.element(ty, name)?.variants[0].ty));
                let Some(ty) = reached.or_else(|| named(element)) else { continue };
                for group in groups(&automaton, ty, &[member]) {
                    slice_count += group.slices.len();
                    unsupported.extend(group.unsupported.iter().map(ToString::to_string));
                }
            }
        }
        assert!(slice_count > 1000, "{slice_count}");
        let expected: BTreeSet<String> = UNSUPPORTED.iter().map(ToString::to_string).collect();
        assert_eq!(unsupported, expected);
    }
}
