//! Sliced elements: the slices that an item is in, how many items each slice has, what belongs to none.

use fhirkit_issue::verdict::tally;
use fhirkit_tape::Node;

use super::object::Place;
use super::{Cursor, Fault, Walk};
use crate::automaton::{Field, Member, ProfileId, State, StateId};
use crate::rules::slicing;
use crate::slicing::{Ask, Matched, Nearest, Slice, SliceGroup};

/// The slices of one group that one item is in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hit {
    /// The state of the items, whose group it is.
    state: StateId,
    group: usize,
    matched: Matched,
}

/// From the state of all items to that of some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Narrowing {
    /// By slices: the state so far, the state and number of the group, the slices.
    Slices(StateId, StateId, usize, u64),
    /// By the definition of an extension.
    Extension(StateId, ProfileId),
}

/// How many narrowings a thread remembers.
const REMEMBERED: usize = 65_536;

impl<'v, 't> Walk<'_, 'v, 't> {
    /// The state of an item with what its slices ask; what they are is noted for the count.
    pub(super) fn narrowed_by_slices(
        &mut self,
        state: &'v State,
        item: Node<'t>,
        cursor: &Cursor<'_>,
    ) -> &'v State {
        let mut narrowed = state;
        for (number, group) in state.slices.iter().enumerate() {
            let matched = group.matches(item, self.automaton.source.definitions());
            let is_told = matched.yes.count_ones() > 1 && self.ambiguous(group, matched, item, cursor);
            // That it is in two slices is one fault; that each then has too many is no second one.
            let all = Matched { yes: 0, maybe: matched.yes | matched.maybe };
            let counted = if is_told { all } else { matched };
            self.scratch.hits.push(Hit { state: state.id, group: number, matched: counted });
            if group.entries.iter().any(|entry| entry.is_closed) && matched.maybe == 0 {
                self.unmatched(group, matched, item, cursor);
            }
            if matched.yes != 0 {
                let key = Narrowing::Slices(narrowed.id, state.id, number, matched.yes);
                narrowed =
                    self.narrow(narrowed, key, group.members(matched.yes), group.replaced(matched.yes));
            }
        }
        narrowed
    }

    /// A state with more members, some in the place of others, remembered.
    pub(super) fn narrow(
        &mut self,
        state: &'v State,
        key: Narrowing,
        more: impl Iterator<Item = Member>,
        replaced: impl Iterator<Item = Member>,
    ) -> &'v State {
        if let Some(&known) = self.scratch.narrowed.get(&key) {
            return self.automaton.state(known).unwrap_or(state);
        }
        let (more, replaced): (Vec<Member>, Vec<Member>) = (more.collect(), replaced.collect());
        let narrowed = match self.automaton.with_members(state, &more, &replaced) {
            Some(narrowed) => narrowed,
            None => {
                self.scratch.checked.note_other("slices: more combinations than are kept apart");
                return state;
            }
        };
        if self.scratch.narrowed.len() < REMEMBERED {
            self.scratch.narrowed.insert(key, narrowed.id);
        }
        narrowed
    }

    /// Holds the items of a list against the numbers that slices ask for.
    #[cold]
    #[inline(never)]
    pub(super) fn count_slices(
        &mut self,
        field: &'v Field,
        value: Node<'t>,
        hits_before: usize,
        place: Place<'_, 'v, 't>,
    ) {
        // What items had inside them is settled, so these hits are of this list alone.
        let Some(state) = self.scratch.hits.get(hits_before).map(|hit| hit.state) else { return };
        let groups = self.automaton.state(state).map(|state| &*state.slices).unwrap_or_default();
        for (number, group) in groups.iter().enumerate() {
            let mut counts = Counts::default();
            let hits = self.scratch.hits.iter().skip(hits_before);
            hits.filter(|hit| hit.group == number).for_each(|hit| counts.add(hit.matched));
            self.group(group, field, value, &counts, place);
        }
        self.scratch.hits.truncate(hits_before);
    }

    /// Slices that are asked for of elements that are not there at all.
    #[cold]
    #[inline(never)]
    pub(super) fn missing_slices(&mut self, missing: u64, place: Place<'_, 'v, 't>) {
        let state = place.state;
        for field in state.fields.iter().filter(|field| field.group < 63 && missing & field.bit() != 0) {
            let Some(items) = self.target(field, state) else { continue };
            for group in items.slices.iter().filter(|group| group.is_required()) {
                self.group(group, field, place.object.absent(), &Counts::default(), place);
            }
        }
    }

    /// One group of slices of a list.
    fn group(
        &mut self,
        group: &'v SliceGroup,
        field: &'v Field,
        value: Node<'t>,
        counts: &Counts,
        place: Place<'_, 'v, 't>,
    ) {
        for name in &group.unsupported {
            self.scratch.checked.note_discriminator(name);
        }
        for (slice, (&yes, &maybe)) in group.slices.iter().zip(counts.yes.iter().zip(&counts.maybe)) {
            for name in slice.value_sets().filter(|_| maybe > 0) {
                tally(&mut self.scratch.checked.not_checked.value_sets, name, maybe.into());
            }
            if slice.asks.iter().any(|ask| yes + maybe < ask.min) {
                self.too_few_in_slice(slice, yes + maybe, field, value, place);
            }
            if slice.asks.iter().any(|ask| yes > ask.max) {
                self.too_many_in_slice(slice, yes, value, place);
            }
        }
    }

    fn too_few_in_slice(
        &mut self,
        slice: &'v Slice,
        found: u32,
        field: &Field,
        value: Node<'t>,
        place: Place<'_, 'v, 't>,
    ) {
        let asking = || slice.asks.iter().filter(|ask| ask.min > found);
        let least = asking().map(|ask| ask.min).max().unwrap_or_default();
        let members: Vec<Member> = asking().map(|ask| ask.slice).collect();
        let (name, id) = self.slice_words(asking().next());
        let definitions = self.automaton.source.definitions();
        self.report(&slicing::min::RULE, place.object, place.cursor, &members, |path| {
            let text = format!("`{path}`: slice `{name}`: expected at least {least}, found {found}");
            let alone = (!value.is_array() && !value.is_absent()).then_some(value);
            let nearest = slice.nearest(value.items().chain(alone), definitions);
            let count = value.items().chain(alone).count();
            Fault::new(text).message_id(id).help(advice(slice, field.key, count, nearest))
        });
    }

    fn too_many_in_slice(&mut self, slice: &Slice, found: u32, value: Node<'t>, place: Place<'_, 'v, 't>) {
        let asking = || slice.asks.iter().filter(|ask| ask.max < found);
        let most = asking().map(|ask| ask.max).min().unwrap_or_default();
        let members: Vec<Member> = asking().map(|ask| ask.slice).collect();
        let (name, _) = self.slice_words(asking().next());
        self.report(&slicing::max::RULE, value, place.cursor, &members, |path| {
            let text = format!("`{path}`: slice `{name}`: expected at most {most}, found {found}");
            Fault::new(text).message_id("Validation_VAL_Profile_Maximum")
        });
    }

    /// The name of a slice as in its id, and what the reference calls its lack.
    fn slice_words(&self, ask: Option<&Ask>) -> (&'v str, &'static str) {
        let found = ask.and_then(|ask| self.automaton.member(ask.slice));
        let Some((profile, element)) = found else { return ("", "Validation_VAL_Profile_Minimum_SLICE") };
        let is_vital_sign = profile.canonical.starts_with("http://hl7.org/fhir/StructureDefinition/")
            && element.id.starts_with("Observation.code.coding:");
        let id = if is_vital_sign {
            "VALIDATION_VAL_PROFILE_MINIMUM_MAGIC"
        } else {
            "Validation_VAL_Profile_Minimum_SLICE"
        };
        (element.id.rsplit('.').next().unwrap_or_default(), id)
    }

    /// Slices of choices that are asked for, unless the whole choice is missing and that was told.
    pub(super) fn missing_choices(&mut self, missing: u64, place: Place<'_, 'v, 't>) {
        for required in place.state.required_choices.iter().filter(|one| missing >> one.group & 1 == 0) {
            let stands = |key: &&str| {
                let (value, sibling) = place.object.get_with_sibling(key);
                !value.is_absent() || !sibling.is_absent()
            };
            let Some((_, slice)) = self.automaton.member(required.slice) else { continue };
            if required.keys.iter().any(stands) {
                continue;
            }
            self.report(&slicing::min::RULE, place.object, place.cursor, &[required.slice], |path| {
                let name = slice.id.rsplit('.').next().unwrap_or_default();
                Fault::new(format!("`{path}`: slice `{name}`: expected at least 1, found 0"))
                    .message_id("Validation_VAL_Profile_Minimum_SLICE")
                    .help(format!("give it under `{}`", required.keys.join("` or `")))
            });
        }
    }

    /// A choice has a type for which closed slicing has no slice.
    pub(super) fn in_no_slice_of_choice(&mut self, field: &Field, value: Node<'t>, cursor: &Cursor<'_>) {
        self.report(&slicing::unmatched::RULE, value, cursor, &field.unsliced_by, |path| {
            Fault::new(format!("`{path}`: no slice allows this type"))
                .message_id("Validation_VAL_Profile_NotSlice")
        });
    }

    /// An item that several slices of one profile claim; whether there is such a profile.
    #[cold]
    fn ambiguous(
        &mut self,
        group: &'v SliceGroup,
        matched: Matched,
        item: Node<'t>,
        cursor: &Cursor<'_>,
    ) -> bool {
        let mut is_told = false;
        for entry in 0..group.entries.len() {
            let slices = group.slices.iter().enumerate().filter(|(at, _)| matched.yes >> at & 1 == 1);
            let asks = slices.flat_map(|(_, slice)| &slice.asks).filter(|ask| ask.entry == entry);
            let members: Vec<Member> = asks.map(|ask| ask.slice).collect();
            if members.len() < 2 {
                continue;
            }
            is_told = true;
            let named = members.iter().filter_map(|&member| self.automaton.member(member));
            let names: Vec<&str> = named.filter_map(|(_, element)| element.slice_name.as_deref()).collect();
            self.report(&slicing::ambiguous::RULE, item, cursor, &members, |path| {
                Fault::new(format!("`{path}`: is in more than one slice: `{}`", names.join("`, `")))
            });
        }
        is_told
    }

    /// An item that no slice of a closed slicing claims.
    #[cold]
    fn unmatched(&mut self, group: &'v SliceGroup, matched: Matched, item: Node<'t>, cursor: &Cursor<'_>) {
        let definitions = self.automaton.source.definitions();
        for (at, entry) in group.entries.iter().enumerate().filter(|(_, entry)| entry.is_closed) {
            let its = |slice: &&Slice| slice.asks.iter().any(|ask| ask.entry == at);
            let claims = |(number, slice): (usize, &Slice)| matched.yes >> number & 1 == 1 && its(&slice);
            if group.slices.iter().enumerate().any(claims) {
                continue;
            }
            let near = group.slices.iter().filter(its);
            let near =
                near.filter_map(|slice| Some((slice, slice.nearest(std::iter::once(item), definitions)?)));
            let best = near.fold(None, |best: Option<(&Slice, Nearest)>, one| match best {
                Some(best) if !one.1.is_nearer_than(&best.1) => Some(best),
                _ => Some(one),
            });
            let name = |slice: &Slice| self.slice_words(slice.asks.iter().find(|ask| ask.entry == at)).0;
            let help = best.map(|(slice, nearest)| {
                format!("the nearest slice is `{}`: the item {}", name(slice), nearest.lacks)
            });
            self.report(&slicing::unmatched::RULE, item, cursor, &[entry.member], |path| {
                let text = format!("`{path}`: is in no slice, and the slicing is closed");
                let fault = Fault::new(text).message_id("Validation_VAL_Profile_NotSlice");
                match help {
                    Some(help) => fault.help(help),
                    None => fault,
                }
            });
        }
    }
}

/// How many items each slice of a group has, and how many it may have besides.
struct Counts {
    yes: [u32; 64],
    maybe: [u32; 64],
}

impl Default for Counts {
    fn default() -> Self {
        Self { yes: [0; 64], maybe: [0; 64] }
    }
}

impl Counts {
    fn add(&mut self, matched: Matched) {
        add(&mut self.yes, matched.yes);
        add(&mut self.maybe, matched.maybe);
    }
}

fn add(counts: &mut [u32; 64], mut bits: u64) {
    while bits != 0 {
        if let Some(count) = counts.get_mut(bits.trailing_zeros() as usize) {
            *count += 1;
        }
        bits &= bits - 1;
    }
}

/// Which items there are, and what the nearest lacks.
fn advice(slice: &Slice, key: &str, count: usize, nearest: Option<Nearest>) -> String {
    let Some(nearest) = nearest else { return format!("add a `{key}` with {}", slice.wanted()) };
    let Nearest { index, lacks, .. } = &nearest;
    match count {
        1 => format!("the only candidate, `{key}[0]`, {lacks}"),
        _ => format!(
            "{count} candidates, `{key}[0]` to `{key}[{}]`; the nearest, `{key}[{index}]`, {lacks}",
            count - 1
        ),
    }
}
