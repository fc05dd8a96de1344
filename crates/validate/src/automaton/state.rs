//! A state: everything that is active at one place of the data.

use std::sync::atomic::{AtomicU32, Ordering};

use fhirkit_definitions::{TypeId, TypeModel};

use super::keys::KeyTable;
use crate::profile::ElementId;
use crate::rules::Check;
use crate::rules::primitive::Primitive;
use crate::slicing::SliceGroup;

/// The number of a [`State`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct StateId(pub(crate) u32);

/// The number of a profile in the automaton.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ProfileId(pub(crate) u32);

/// An element of a profile that is active somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Member {
    pub(crate) profile: ProfileId,
    pub(crate) element: ElementId,
}

/// What makes two states the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct StateKey {
    pub(crate) ty: TypeId,
    /// Sorted, each once.
    pub(crate) members: Box<[Member]>,
}

impl StateKey {
    pub(crate) fn new(ty: TypeId, mut members: Vec<Member>) -> Self {
        members.sort_unstable();
        members.dedup();
        Self { ty, members: members.into() }
    }
}

/// The set of definitions that are active at one place of the data, with all that follows from it: what each JSON
/// key means and leads to, how often each element may stand, what every value must satisfy.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) id: StateId,
    pub(crate) ty: TypeId,
    pub(crate) type_name: &'static str,
    pub(crate) is_resource: bool,
    pub(crate) members: Box<[Member]>,
    pub(super) keys: KeyTable,
    pub(crate) fields: Box<[Field]>,
    pub(crate) groups: Box<[Group]>,
    /// Bit n: group n must stand here at least once.
    pub(crate) required: u64,
    /// Bit n: group n has slices whose minimum must be checked even where the element is missing.
    pub(crate) sliced: u64,
    /// The group of `id`: an element with an id and nothing else says nothing.
    pub(crate) id_bit: u64,
    /// Slices of choices that must stand here: `value[x]:valueQuantity`.
    pub(crate) required_choices: Box<[RequiredChoice]>,
    /// What every value here must satisfy, each check once, with all that ask for it.
    pub(crate) checks: Box<[Bound]>,
    /// How items here are told apart.
    pub(crate) slices: Box<[SliceGroup]>,
    /// Whether values here are extensions.
    pub(crate) is_extension: bool,
    /// The definition of the extension that stands here, where it is active already.
    pub(crate) extension: Option<ProfileId>,
}

/// A check and who asks for it.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) check: Check,
    pub(crate) members: Box<[Member]>,
}

/// How a value under a key is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Primitive(Primitive),
    /// An object of a known type.
    Complex,
    /// Any resource.
    Resource,
    /// The `resourceType` of a resource.
    ResourceType,
}

/// What a JSON key means here.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) key: &'static str,
    /// The element's FHIRPath name.
    pub(crate) name: &'static str,
    pub(crate) ty: TypeId,
    /// The type's name where the element is a choice.
    pub(crate) choice: Option<&'static str>,
    pub(crate) shape: Shape,
    pub(crate) is_array: bool,
    pub(crate) group: u8,
    /// Who does not allow this type here.
    pub(crate) refused_by: Box<[Member]>,
    /// Whose closed slices have none for this type.
    pub(crate) unsliced_by: Box<[Member]>,
    target: AtomicU32,
}

/// No state looked up yet.
const UNKNOWN: u32 = u32::MAX;
/// A primitive about which nothing is asked beyond its type.
const PLAIN: u32 = u32::MAX - 1;

/// Where a field leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Unknown,
    Plain,
    State(StateId),
}

impl Field {
    pub(super) fn new(key: &'static str, name: &'static str, ty: TypeId, shape: Shape) -> Self {
        let (choice, refused_by, unsliced_by) = (None, Box::default(), Box::default());
        let target = AtomicU32::new(UNKNOWN);
        Self { key, name, ty, choice, shape, is_array: false, group: 0, refused_by, unsliced_by, target }
    }

    #[inline]
    pub(crate) fn target(&self) -> Target {
        match self.target.load(Ordering::Acquire) {
            UNKNOWN => Target::Unknown,
            PLAIN => Target::Plain,
            id => Target::State(StateId(id)),
        }
    }

    pub(super) fn set_target(&self, target: Target) {
        let word = match target {
            Target::Unknown => UNKNOWN,
            Target::Plain => PLAIN,
            Target::State(id) => id.0,
        };
        self.target.store(word, Ordering::Release);
    }

    #[inline]
    pub(crate) fn bit(&self) -> u64 {
        1 << (self.group & 63)
    }
}

/// One element of a type, under whatever keys: how often it may stand here.
#[derive(Debug)]
pub(crate) struct Group {
    /// The element's FHIRPath name.
    pub(crate) name: &'static str,
    pub(crate) is_choice: bool,
    /// Most occurrences that everybody allows.
    pub(crate) max: u32,
    /// Whether an array needs to be counted: somebody asks for more than one, or limits it.
    pub(crate) is_counted: bool,
    /// Who asks for how many, the most demanding first.
    pub(crate) limits: Box<[Limit]>,
}

/// A slice of a choice that must be there.
#[derive(Debug)]
pub(crate) struct RequiredChoice {
    pub(crate) group: u8,
    pub(crate) slice: Member,
    /// The keys of its types.
    pub(crate) keys: Box<[&'static str]>,
}

/// How often somebody wants an element to stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) min: u32,
    pub(crate) max: u32,
    pub(crate) member: Option<Member>,
}

impl State {
    /// The field of a JSON key.
    #[inline]
    pub(crate) fn field(&self, key: &str) -> Option<&Field> {
        self.fields.get(self.keys.find(key.as_bytes())?)
    }
}

/// How values of a type are walked.
pub(super) fn shape_of(types: &TypeModel, ty: TypeId) -> Shape {
    let name = types.name(ty);
    if types.is_primitive(ty) {
        Shape::Primitive(Primitive::named(name))
    } else if matches!(name, "Resource" | "DomainResource") || types.is_resource(ty) {
        Shape::Resource
    } else {
        Shape::Complex
    }
}
