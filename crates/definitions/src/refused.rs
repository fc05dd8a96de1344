//! Whether a resource is of an older version of FHIR: nothing in a resource says so but what it holds.
//!
//! The list of what STU3 and DSTU2 have and R4 lacks is `schemas/not-r4/elements.tsv`; an unknown element that
//! is not on it never refuses. Where one datatype merely took the place of another (a Coding where R4 has a
//! CodeableConcept) nothing is on the list: that is as likely a slip in R4 data.

use crate::types::TypeModel;
use crate::words::Table;
use fhirkit_tape::{Key, Node, Span};
use rustc_hash::FxHashMap;
use std::fmt;
use std::ops::Range;

/// The version of FHIR that has what R4 lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// STU3 alone.
    Stu3,
    /// DSTU2 alone.
    Dstu2,
    /// Both.
    Stu3OrDstu2,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stu3 => "STU3",
            Self::Dstu2 => "DSTU2",
            Self::Stu3OrDstu2 => "STU3 or DSTU2",
        })
    }
}

/// What R4 lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    /// The type of the resource, or of one contained in it.
    Type,
    /// An element.
    Element,
}

/// Why a resource is not R4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Where: `Observation.context`, `ExplanationOfBenefit.item.careTeamLinkId`; for a type its name, below
    /// `contained` where it is contained: `ExplanationOfBenefit.contained.ReferralRequest`.
    pub path: String,
    /// The version that has it.
    pub version: Version,
    /// What R4 lacks there.
    pub what: What,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is in {}, not in R4", self.path, self.version)
    }
}

/// The first sign that a resource is STU3 or DSTU2: a type or element that R4 lacks and the older version has.
///
/// Contained resources count as part of it; the entries of a Bundle do not.
#[must_use]
pub fn not_r4(types: &TypeModel, root: Node<'_>) -> Option<Reason> {
    if !types.older.refuses(root) {
        return None;
    }
    let hit = types.older.resource(root)?;
    let path: Vec<&str> = hit.path.iter().rev().map(String::as_str).collect();
    Some(Reason { path: path.join("."), version: hit.version, what: hit.what })
}

/// A refusal on its way up; the path is put together only then, from the end.
struct Hit {
    path: Vec<String>,
    version: Version,
    what: What,
}

/// States to walk a resource with: `build/refused.rs` says how they come about.
#[derive(Debug)]
pub(crate) struct Automaton {
    /// What to do with a resource of each type, those that R4 lacks included.
    of_type: FxHashMap<&'static str, Edge>,
    states: Vec<State>,
    /// Of each state together, in the order of their slots.
    edges: Vec<Named>,
}

/// An edge and the key it goes by.
#[derive(Debug)]
struct Named {
    key: &'static str,
    slot: usize,
    edge: Edge,
}

#[derive(Debug)]
struct State {
    /// By [`slot`] of a key, where its edges start in `edges`, from 1; 0 where there are none. Most members are
    /// passed over by this alone.
    starts: [u8; SLOTS],
    /// A bit for each length, quotes included, that a key of an edge has, modulo 64.
    lengths: u64,
    edges: Range<usize>,
}

const SLOTS: usize = 128;

#[derive(Debug, Clone, Copy)]
enum Edge {
    Refuse(Version),
    Walk(u16),
    Contained,
}

impl Automaton {
    /// Reads the section that `build/refused.rs` writes; `names` are those of the type model, in its order.
    pub(crate) fn read(section: &'static [u8], names: impl Iterator<Item = &'static str>) -> Option<Self> {
        let mut table = Table::new(section)?;
        let mut of_type = FxHashMap::default();
        for name in names {
            of_type.insert(name, Edge::Walk(table.index()?));
        }
        let state_count = table.count()?;
        let (mut states, mut edges) = (Vec::with_capacity(state_count), Vec::new());
        for _ in 0..state_count {
            let start = edges.len();
            for _ in 0..table.count()? {
                let key = table.string()?;
                edges.push(Named { key, slot: slot(key.as_bytes()), edge: edge(table.word()?)? });
            }
            let own = edges.get_mut(start..)?;
            own.sort_by_key(|one| one.slot);
            let mut starts = [0; SLOTS];
            for (at, one) in own.iter().enumerate().rev() {
                starts[one.slot] = u8::try_from(at + 1).ok()?;
            }
            let lengths = own.iter().fold(0, |bits, one| bits | 1u64.rotate_left(one.key.len() as u32 + 2));
            states.push(State { starts, lengths, edges: start..edges.len() });
        }
        for _ in 0..table.count()? {
            of_type.insert(table.string()?, edge(table.word()?)?);
        }
        let known = |edge: &Edge| !matches!(edge, Edge::Walk(state) if usize::from(*state) >= state_count);
        let is_sound = of_type.values().all(known) && edges.iter().all(|one| known(&one.edge));
        (is_sound && table.is_empty()).then_some(Self { of_type, states, edges })
    }

    /// Whether a resource is of an older version: what every resource goes through. Only those that are go through
    /// [`Automaton::resource`] too, which tells where.
    fn refuses(&self, node: Node<'_>) -> bool {
        let name = node.get("resourceType").as_str();
        match name.and_then(|name| self.of_type.get(&*name)) {
            Some(Edge::Walk(state)) => self.refuses_object(*state, node),
            Some(Edge::Refuse(_)) => true,
            Some(Edge::Contained) | None => false,
        }
    }

    fn refuses_object(&self, state: u16, node: Node<'_>) -> bool {
        let state = &self.states[usize::from(state)];
        let bytes = node.tape().bytes();
        for (key, value) in node.members() {
            let Span { start, end } = key.span();
            // The length alone passes most keys over: bit 1 is that of the key, bit 0 that of one without underscore.
            match state.lengths.rotate_right(end.wrapping_sub(start).wrapping_sub(1)) & 3 {
                0 => continue,
                1 if bytes.get(start as usize + 1) != Some(&b'_') => continue,
                _ => {}
            }
            let refuses = match self.edge(state, key, bytes) {
                None => continue,
                Some(Edge::Refuse(_)) => !value.is_null(),
                Some(Edge::Walk(next)) => self.refuses_value(next, value),
                Some(Edge::Contained) => value.items().any(|item| self.refuses(item)),
            };
            if refuses {
                return true;
            }
        }
        false
    }

    #[inline(always)]
    fn refuses_value(&self, state: u16, value: Node<'_>) -> bool {
        if value.is_object() {
            return self.refuses_object(state, value);
        }
        for item in value.items() {
            if self.refuses_object(state, item) {
                return true;
            }
        }
        false
    }

    fn resource(&self, node: Node<'_>) -> Option<Hit> {
        let name = node.get("resourceType").as_str()?;
        match *self.of_type.get(&*name)? {
            Edge::Walk(state) => self.object(state, node).map(|hit| hit.under(name.as_bytes())),
            Edge::Refuse(version) => Some(Hit { path: vec![name.into_owned()], version, what: What::Type }),
            Edge::Contained => None,
        }
    }

    /// Walks a value of a state: an object, or an array of them. The tape bounds the depth.
    fn walk(&self, state: u16, node: Node<'_>) -> Option<Hit> {
        if node.is_array() {
            return node.items().find_map(|item| self.object(state, item));
        }
        self.object(state, node)
    }

    fn object(&self, state: u16, node: Node<'_>) -> Option<Hit> {
        let state = &self.states[usize::from(state)];
        let bytes = node.tape().bytes();
        node.members().find_map(|(key, value)| {
            let hit = match self.edge(state, key, bytes)? {
                Edge::Refuse(_) if value.is_null() => None,
                Edge::Refuse(version) => Some(Hit { path: Vec::new(), version, what: What::Element }),
                Edge::Walk(next) => self.walk(next, value),
                Edge::Contained => value.items().find_map(|item| self.resource(item)).map(Hit::contained),
            };
            hit.map(|hit| hit.under(written(key, bytes)))
        })
    }

    /// What a state does with a key. Keys are compared as they are written: one that hides behind `\u` escapes is an
    /// unknown element.
    #[inline(always)]
    fn edge(&self, state: &State, key: Key<'_>, bytes: &[u8]) -> Option<Edge> {
        let key = written(key, bytes);
        let slot = slot(key);
        let start = state.starts[slot];
        if start == 0 { None } else { self.edge_from(state, usize::from(start) - 1, slot, key) }
    }

    fn edge_from(&self, state: &State, start: usize, slot: usize, key: &[u8]) -> Option<Edge> {
        let edges = self.edges[state.edges.clone()].get(start..)?;
        edges
            .iter()
            .take_while(|one| one.slot == slot)
            .find(|one| one.key.as_bytes() == key)
            .map(|one| one.edge)
    }
}

/// A key as it is written, between its quotes and without the underscore: `_date` stands for `date`.
#[inline(always)]
fn written<'t>(key: Key<'_>, bytes: &'t [u8]) -> &'t [u8] {
    let span = key.span().range();
    let key = bytes.get(span.start + 1..span.end - 1).unwrap_or_default();
    key.strip_prefix(b"_").unwrap_or(key)
}

impl Hit {
    fn under(mut self, key: &[u8]) -> Self {
        self.path.push(String::from_utf8_lossy(key).into_owned());
        self
    }

    /// Inside a contained resource the path goes on without its type: `Claim.contained.period`; the type stays
    /// where it is what R4 lacks.
    fn contained(mut self) -> Self {
        if self.what == What::Element {
            self.path.pop();
        }
        self
    }
}

/// A small hash of a key, from its length and ends.
#[inline(always)]
fn slot(key: &[u8]) -> usize {
    let (first, last) = (key.first().copied().unwrap_or(0), key.last().copied().unwrap_or(0));
    (usize::from(first) * 5 + usize::from(last) * 3 + key.len() * 11) % SLOTS
}

fn edge(word: u32) -> Option<Edge> {
    match (word & 3, word >> 2) {
        (0, 1) => Some(Edge::Refuse(Version::Dstu2)),
        (0, 2) => Some(Edge::Refuse(Version::Stu3)),
        (0, 3) => Some(Edge::Refuse(Version::Stu3OrDstu2)),
        (1, state) => u16::try_from(state).ok().map(Edge::Walk),
        (2, 0) => Some(Edge::Contained),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Version, What, not_r4};
    use crate::Definitions;
    use fhirkit_tape::{Span, Tape};

    fn reason(json: &str) -> Option<super::Reason> {
        let mut tape = Tape::new();
        tape.load(json.as_bytes().to_vec());
        let root = tape.parse(Span { start: 0, end: u32::try_from(json.len()).unwrap() }).unwrap();
        not_r4(Definitions::embedded().unwrap().types(), tape.node(root))
    }

    #[test]
    fn element_of_stu3_refuses() {
        let reason =
            reason(r#"{"resourceType":"Observation","context":{"reference":"Encounter/1"}}"#).unwrap();
        assert_eq!(reason.to_string(), "`Observation.context` is in STU3, not in R4");
        assert_eq!((reason.version, reason.what), (Version::Stu3, What::Element));
    }

    #[test]
    fn type_of_an_older_version_refuses_also_when_contained() {
        let alone = reason(r#"{"resourceType":"MedicationOrder"}"#).unwrap();
        assert_eq!((alone.path.as_str(), alone.version), ("MedicationOrder", Version::Dstu2));
        let inside = r#"{"resourceType":"Claim","contained":[{"resourceType":"ReferralRequest"}]}"#;
        assert_eq!(reason(inside).unwrap().path, "Claim.contained.ReferralRequest");
    }

    #[test]
    fn contained_element_is_named_below_contained() {
        let inside = r#"{"resourceType":"Claim","contained":[{"resourceType":"Coverage","grouping":{}}]}"#;
        assert_eq!(reason(inside).unwrap().path, "Claim.contained.grouping");
    }

    #[test]
    fn element_lacking_at_one_place_refuses_there() {
        let json =
            r#"{"resourceType":"MedicationRequest","requester":{"agent":{"reference":"Practitioner/1"}}}"#;
        assert_eq!(reason(json).unwrap().path, "MedicationRequest.requester.agent");
    }

    #[test]
    fn money_of_stu3_refuses_inside_an_extension() {
        let json =
            r#"{"resourceType":"Claim","extension":[{"url":"u","valueMoney":{"system":"s","code":"USD"}}]}"#;
        assert_eq!(reason(json).unwrap().path, "Claim.extension.valueMoney.system");
    }

    #[test]
    fn unknown_elements_never_refuse() {
        assert_eq!(reason(r#"{"resourceType":"Patient","vendorThing":1,"name":[{"nickname":"x"}]}"#), None);
        assert_eq!(reason(r#"{"resourceType":"VendorThing","context":1}"#), None);
        assert_eq!(reason(r#"{"context":1}"#), None);
    }

    #[test]
    fn coding_in_place_of_a_codeable_concept_is_a_slip_not_a_version() {
        let json = r#"{"resourceType":"Claim","priority":{"system":"s","code":"normal"}}"#;
        assert_eq!(reason(json), None);
    }

    #[test]
    fn null_is_no_element() {
        assert_eq!(reason(r#"{"resourceType":"Observation","context":null}"#), None);
    }
}
