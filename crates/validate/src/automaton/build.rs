//! Working out what a set of definitions means.

use fhirkit_definitions::{Element as TypeElement, TypeId, TypeKind, Variant};

use super::keys::KeyTable;
use super::state::{Field, Group, Limit, shape_of};
use super::{Automaton, Bound, Member, ProfileId, RequiredChoice, Shape, State, StateId, StateKey, Target};
use crate::profile::{Element, ElementId};
use crate::rules::{self, Facts, TypeFacts};
use crate::slicing;

impl Automaton {
    pub(super) fn build(&self, id: StateId, key: &StateKey) -> State {
        let key = &self.ordered(key);
        let types = self.types();
        let mut fields = Vec::new();
        let mut groups: Vec<Group> = Vec::new();
        let mut required_choices = Vec::new();
        let is_resource = types.is_resource(key.ty);
        for element in types.elements(key.ty) {
            let at = u8::try_from(groups.len()).unwrap_or(u8::MAX);
            groups.push(self.group(key, element));
            if element.is_choice() {
                self.add_required_choices(&mut required_choices, key, element, at);
            }
            for variant in element.variants {
                let mut field =
                    Field::new(variant.key, element.name, variant.ty, shape_of(types, variant.ty));
                field.choice = element.is_choice().then(|| types.name(variant.ty));
                field.is_array = element.is_array;
                field.group = at;
                field.refused_by = self.refused_by(key, element, variant);
                field.unsliced_by = self.unsliced_by(key, element, variant);
                fields.push(field);
            }
        }
        if is_resource {
            let mut field = Field::new("resourceType", "resourceType", key.ty, Shape::ResourceType);
            // No group of its own: a type has far fewer than 63 elements.
            field.group = 63;
            fields.push(field);
        }
        let bits = |holds: &dyn Fn(&Group) -> bool| {
            let all = groups.iter().enumerate().take(63);
            all.filter(|(_, group)| holds(group)).fold(0, |bits, (at, _)| bits | 1_u64 << at)
        };
        State {
            id,
            ty: key.ty,
            type_name: types.name(key.ty),
            is_resource,
            members: key.members.clone(),
            keys: KeyTable::new(fields.iter().map(|field| field.key)),
            required: bits(&|group| group.limits.first().is_some_and(|limit| limit.min > 0)),
            sliced: bits(&|group| self.has_required_slices(key, group.name)),
            id_bit: bits(&|group| group.name == "id"),
            fields: fields.into(),
            groups: groups.into(),
            required_choices: required_choices.into(),
            checks: self.checks(key),
            slices: slicing::groups(self, key.ty, &key.members).into(),
            is_extension: types.name(key.ty) == "Extension",
            extension: self.extension(key),
        }
    }

    /// The members in an order that does not depend on which profile was needed first, which threads decide: types
    /// before their profiles, then by canonical.
    fn ordered(&self, key: &StateKey) -> StateKey {
        let mut members = key.members.clone();
        members.sort_by_key(|member| {
            let profile = self.profile(member.profile);
            let names =
                profile.map(|profile| (profile.is_constraint, &profile.canonical, profile.scope.index()));
            (names, member.element)
        });
        StateKey { ty: key.ty, members }
    }

    /// The unsliced elements that the members have under that name, each with its member.
    pub(crate) fn children<'a>(
        &'a self,
        members: &'a [Member],
        name: &'a str,
    ) -> impl Iterator<Item = (Member, &'a Element)> + 'a {
        members.iter().flat_map(move |&member| {
            let profile = self.profile(member.profile).into_iter();
            profile.flat_map(move |profile| {
                let children = profile.children_named(member.element, name);
                children.map(move |(element, child)| (Member { element, ..member }, child))
            })
        })
    }

    fn group(&self, key: &StateKey, element: &TypeElement) -> Group {
        let limit = |member, min, max: Option<u32>| Limit { min, max: max.unwrap_or(u32::MAX), member };
        let mut limits: Vec<Limit> = self
            .children(&key.members, element.name)
            .map(|(member, child)| limit(Some(member), child.min, child.max))
            .collect();
        if limits.is_empty() {
            limits.push(limit(None, element.min, element.max));
        }
        limits.sort_by(|one, other| other.min.cmp(&one.min).then(one.max.cmp(&other.max)));
        let max = limits.iter().map(|limit| limit.max).min().unwrap_or(u32::MAX);
        let min = limits.first().map_or(0, |limit| limit.min);
        Group {
            name: element.name,
            is_choice: element.is_choice(),
            max,
            is_counted: max == 0 || (element.is_array && (min > 1 || max < u32::MAX)),
            limits: limits.into(),
        }
    }

    /// Who leaves out this type of a choice.
    fn refused_by(&self, key: &StateKey, element: &TypeElement, variant: &Variant) -> Box<[Member]> {
        if !element.is_choice() {
            return Box::default();
        }
        let name = self.types().name(variant.ty);
        let children = self.children(&key.members, element.name);
        let refusing = children.filter(|(_, child)| child.max != Some(0) && child.type_named(name).is_none());
        refusing.map(|(member, _)| member).collect()
    }

    /// Whose closed slices of a choice have none for this type.
    fn unsliced_by(&self, key: &StateKey, element: &TypeElement, variant: &Variant) -> Box<[Member]> {
        if !element.is_choice() {
            return Box::default();
        }
        let name = self.types().name(variant.ty);
        let lacks = |member: Member, child: &Element| {
            if child.slices.is_empty() || !slicing::by_key(child) || child.type_named(name).is_none() {
                return false;
            }
            let profile = self.profile(member.profile);
            let slices = child.slices.iter().filter_map(|&id| profile?.element(id));
            let mut its = slices.filter(|slice| slice.type_named(name).is_some()).peekable();
            let is_closed = child.slicing.as_ref().is_some_and(|slicing| slicing.rules == "closed");
            match its.peek() {
                Some(_) => its.all(|slice| slice.max == Some(0)),
                None => is_closed,
            }
        };
        let children = self.children(&key.members, element.name);
        children.filter(|&(member, child)| lacks(member, child)).map(|(member, _)| member).collect()
    }

    /// The definition of an extension among the members.
    fn extension(&self, key: &StateKey) -> Option<ProfileId> {
        let roots = key.members.iter().filter(|member| member.element == ElementId::ROOT);
        roots
            .map(|member| member.profile)
            .find(|&id| self.profile(id).is_some_and(|one| one.extension.is_some()))
    }

    fn add_required_choices(
        &self,
        required: &mut Vec<RequiredChoice>,
        key: &StateKey,
        element: &TypeElement,
        group: u8,
    ) {
        for (member, child) in self.children(&key.members, element.name) {
            let Some(profile) = self.profile(member.profile).filter(|_| slicing::by_key(child)) else {
                continue;
            };
            for &id in &child.slices {
                let Some(slice) = profile.element(id).filter(|slice| slice.min > 0) else { continue };
                let its = |variant: &&Variant| slice.type_named(self.types().name(variant.ty)).is_some();
                let keys = element.variants.iter().filter(its).map(|variant| variant.key).collect();
                required.push(RequiredChoice { group, slice: Member { element: id, ..member }, keys });
            }
        }
    }

    fn has_required_slices(&self, key: &StateKey, name: &str) -> bool {
        self.children(&key.members, name).any(|(member, child)| {
            let profile = self.profile(member.profile);
            let mut slices = child.slices.iter().filter_map(|&id| profile?.element(id));
            !slicing::by_key(child) && slices.any(|slice| slice.min > 0)
        })
    }

    /// All checks of all members, equal ones once.
    fn checks(&self, key: &StateKey) -> Box<[Bound]> {
        let mut bound: Vec<(rules::Check, Vec<Member>)> = Vec::new();
        let mut add = |check: &rules::Check, member: Option<Member>| match bound
            .iter_mut()
            .find(|(known, _)| known == check)
        {
            Some((_, members)) => members.extend(member),
            None => bound.push((check.clone(), member.into_iter().collect())),
        };
        for &member in &key.members {
            let checks = self.member(member).map(|(_, element)| &*element.checks).unwrap_or_default();
            checks.iter().for_each(|check| add(check, Some(member)));
        }
        if !self.options.structure_only {
            let scope = self.source.default_scope();
            let facts = Facts { source: &self.source, options: &self.options, scope };
            let facts = TypeFacts { name: self.types().name(key.ty), facts: &facts };
            rules::checks_of_type(&facts).iter().for_each(|check| add(check, None));
        }
        bound.sort_by_key(|(check, _)| check.order());
        let bound = bound.into_iter().map(|(check, members)| Bound { check, members: members.into() });
        bound.collect()
    }

    /// Where a field of a state leads; remembered in the field.
    #[cold]
    #[inline(never)]
    pub(crate) fn resolve(&self, state: &State, field: &Field) -> Target {
        let mut members = Vec::new();
        for (member, child) in self.children(&state.members, field.name) {
            if child.asks_something() {
                members.push(member);
            }
            self.add_slices_of_choice(&mut members, member, child, field);
            let profiles = child.type_named(self.types().name(field.ty)).map(|one| &*one.profiles);
            // Several are alternatives, which a check of its own tries one by one.
            if let (Some([only]), Some(profile)) = (profiles, self.profile(member.profile)) {
                members.extend(self.root_of_profile(only, &profile.scope));
            }
        }
        if field.shape == Shape::Complex && self.types().kind(field.ty) != TypeKind::Backbone {
            members.extend(self.root_of_type(field.ty));
        }
        let is_primitive = matches!(field.shape, Shape::Primitive(_));
        let key = StateKey::new(field.ty, members);
        let target = match self.intern(key) {
            Some(to) if is_primitive && to.members.is_empty() && to.checks.is_empty() => Target::Plain,
            Some(to) => Target::State(to.id),
            None => Target::Plain,
        };
        field.set_target(target);
        target
    }

    /// `value[x]:valueQuantity`: the slices of a choice are told apart by the key alone, so they are settled here.
    fn add_slices_of_choice(&self, members: &mut Vec<Member>, at: Member, child: &Element, field: &Field) {
        let Some(name) = field.choice.filter(|_| slicing::by_key(child)) else { return };
        let Some(profile) = self.profile(at.profile) else { return };
        for &id in &child.slices {
            let Some(slice) = profile.element(id) else { continue };
            if let Some(one) = slice.type_named(name) {
                members.push(Member { element: id, ..at });
                if let [only] = one.profiles.as_slice() {
                    members.extend(self.root_of_profile(only, &profile.scope));
                }
            }
        }
    }

    /// The state of a resource: its type, what is asked of it from where it stands, and further profiles.
    pub(crate) fn resource(&self, from: &[Member], ty: TypeId, profiles: &[Member]) -> Option<&State> {
        let members = from.iter().chain(profiles).copied().chain(self.root_of_type(ty)).collect();
        self.intern(StateKey::new(ty, members))
    }
}
