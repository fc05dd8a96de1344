//! The automaton of active definitions: states, built when data first needs them, shared by all threads.
//!
//! At every object of the data a *set* of definitions is active: the base type's, those of every profile claimed,
//! assumed or given, those of the datatypes on the way. A [`State`] is such a set with all its consequences worked
//! out; following a JSON key leads from state to state. Data of one kind walks the same few hundred states over and
//! over, so what a profile means is worked out once and a step costs one look-up, however many profiles are active.

mod arena;
mod build;
mod keys;
mod state;

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use fhirkit_definitions::{DefinitionId, Scope, TypeId, TypeModel};

use crate::definitions_of::{Opened, Source};
use crate::options::Options;
use crate::profile::{ElementId, Profile};
use crate::rules::Facts;
use arena::Arena;
pub(crate) use state::{
    Bound, Field, Group, Member, ProfileId, RequiredChoice, Shape, State, StateId, StateKey, Target,
};

/// All states and profiles built so far.
pub(crate) struct Automaton {
    pub(crate) source: Source,
    pub(crate) options: Options,
    profiles: Arena<Profile>,
    /// By definition and the scope in which it is used.
    by_definition: Mutex<HashMap<(DefinitionId, usize), Option<ProfileId>>>,
    /// The definition of each type, by its index.
    of_types: Box<[OnceLock<Option<ProfileId>>]>,
    /// The state of each primitive type of which nothing more is asked, by its index.
    plain: Box<[OnceLock<Option<StateId>>]>,
    states: Arena<State>,
    interned: Mutex<HashMap<StateKey, StateId>>,
}

impl Automaton {
    pub(crate) fn new(source: Source, options: Options) -> Self {
        let types = source.types().types().count();
        Self {
            source,
            options,
            profiles: Arena::new(),
            by_definition: Mutex::default(),
            of_types: (0..types).map(|_| OnceLock::new()).collect(),
            plain: (0..types).map(|_| OnceLock::new()).collect(),
            states: Arena::new(),
            interned: Mutex::default(),
        }
    }

    #[inline]
    pub(crate) fn types(&self) -> &TypeModel {
        self.source.types()
    }

    #[inline]
    pub(crate) fn state(&self, id: StateId) -> Option<&State> {
        self.states.get(id.0)
    }

    pub(crate) fn profile(&self, id: ProfileId) -> Option<&Profile> {
        self.profiles.get(id.0)
    }

    /// The profile and the element that a member is.
    pub(crate) fn member(&self, member: Member) -> Option<(&Profile, &crate::profile::Element)> {
        let profile = self.profile(member.profile)?;
        Some((profile, profile.element(member.element)?))
    }

    /// The definition of a type as a member; nothing for backbones and primitives, which have no rules of their own.
    pub(crate) fn root_of_type(&self, ty: TypeId) -> Option<Member> {
        if self.options.structure_only || self.types().is_primitive(ty) {
            return None;
        }
        let profile = self.of_types.get(ty.index())?.get_or_init(|| self.compile(&self.source.of_type(ty)?));
        profile.map(|profile| Member { profile, element: ElementId::ROOT })
    }

    /// The profile that a canonical means in a scope, as a member; nothing where no package has it.
    pub(crate) fn root_of_profile(&self, canonical: &str, scope: &Scope) -> Option<Member> {
        let id = self.source.profile(canonical, scope)?;
        let mut known = self.by_definition.lock().unwrap_or_else(PoisonError::into_inner);
        let profile =
            *known.entry((id, scope.index())).or_insert_with(|| self.compile(&self.source.open(id, scope)?));
        profile.map(|profile| Member { profile, element: ElementId::ROOT })
    }

    fn compile(&self, opened: &Opened) -> Option<ProfileId> {
        let facts = Facts { source: &self.source, options: &self.options, scope: &opened.scope };
        self.profiles.push(Profile::compile(&opened.structure, &facts)).map(ProfileId)
    }

    /// The state of a set of members on values of a type; nothing when there are too many states already.
    pub(crate) fn intern(&self, key: StateKey) -> Option<&State> {
        let mut interned = self.interned.lock().unwrap_or_else(PoisonError::into_inner);
        let id = match interned.get(&key) {
            Some(id) => *id,
            None => {
                // Only this function adds states, under the lock, so the number is the next one.
                let id = StateId(u32::try_from(interned.len()).ok()?);
                self.states.push(self.build(id, &key))?;
                interned.insert(key, id);
                id
            }
        };
        self.state(id)
    }

    /// The state of a type by itself: what stands beside a primitive of which nothing more is asked.
    pub(crate) fn plain(&self, ty: TypeId) -> Option<&State> {
        let intern = || self.intern(StateKey::new(ty, Vec::new())).map(|state| state.id);
        let id = self.plain.get(ty.index())?.get_or_init(intern);
        self.state((*id)?)
    }

    /// The same place with more definitions, some in the place of others: what items of a slice, and extensions that
    /// are defined, have.
    pub(crate) fn with_members(&self, state: &State, more: &[Member], replaced: &[Member]) -> Option<&State> {
        let kept = state.members.iter().filter(|member| !replaced.contains(member));
        let members = kept.chain(more).copied().collect();
        self.intern(StateKey::new(state.ty, members))
    }
}
