//! One object: its members, then what its groups want, then what its definitions ask of it as a whole.

use std::borrow::Cow;
use std::collections::HashSet;

use fhirkit_issue::Message;
use fhirkit_tape::{Key, Kind, Node};

use super::resource::found;
use super::{Cursor, Fault, Site, Walk};
use crate::automaton::{Bound, Field, Group, Shape, State, Target};
use crate::rules::{json, structure};

/// What has stood in an object so far, a bit a group.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Under its own key.
    pub(super) values: u64,
    /// Under `_key`.
    pub(super) siblings: u64,
}

impl Seen {
    pub(super) fn any(&self) -> u64 {
        self.values | self.siblings
    }
}

/// The object whose members are walked.
#[derive(Clone, Copy)]
pub(super) struct Place<'p, 'v, 't> {
    pub(super) object: Node<'t>,
    pub(super) state: &'v State,
    pub(super) cursor: &'p Cursor<'p>,
}

impl<'v, 't> Walk<'_, 'v, 't> {
    /// Walks an object in a state. `holder` and `key`: where it stands, for checks that look beside it.
    pub(super) fn object(
        &mut self,
        node: Node<'t>,
        holder: Node<'t>,
        key: &str,
        state: &'v State,
        cursor: &Cursor<'_>,
    ) {
        self.members(node, state, cursor, false);
        if !state.checks.is_empty() && !self.is_settled() {
            let site = Site { node, cursor, state, holder, key };
            self.checks(&state.checks, &site);
        }
    }

    /// The members of an object. `id_suffices`: it says something even if it has an id alone.
    #[inline]
    pub(super) fn members(
        &mut self,
        node: Node<'t>,
        state: &'v State,
        cursor: &Cursor<'_>,
        id_suffices: bool,
    ) {
        let place = Place { object: node, state, cursor };
        let mut seen = Seen::default();
        let mut known = self.has_duplicates.then(HashSet::<Cow<'t, str>>::default);
        for (key, value) in node.members() {
            let name = key.as_str();
            if known.as_mut().is_some_and(|known| !known.insert(name.clone())) {
                self.duplicate(key, cursor);
                continue;
            }
            match state.field(&name) {
                Some(field) => self.member(field, value, &mut seen, place),
                None => self.odd_key(key, &name, value, &mut seen, place),
            }
        }
        self.missing(&seen, place, id_suffices);
    }

    pub(super) fn checks(&mut self, checks: &'v [Bound], site: &Site<'_, 't>) {
        for bound in checks {
            bound.check.run(site, &bound.members, self);
        }
    }

    #[inline]
    fn member(&mut self, field: &'v Field, value: Node<'t>, seen: &mut Seen, place: Place<'_, 'v, 't>) {
        let bit = field.bit();
        if seen.any() & bit != 0 {
            self.second_of_choice(field, value, seen, place);
        }
        seen.values |= bit;
        if !(field.refused_by.is_empty() && field.unsliced_by.is_empty()) {
            self.refused(field, value, place);
        }
        let hits_before = self.scratch.hits.len();
        let group = place.state.groups.get(usize::from(field.group));
        if !field.is_array {
            if group.is_some_and(|group| group.is_counted) {
                self.count(field, 1, value, place);
            }
            self.value(field, value, None, place);
        } else if value.is_array() {
            let mut count = 0;
            for item in value.items() {
                self.value(field, item, Some(count), place);
                count += 1;
            }
            if count == 0 {
                self.empty(value, &place.cursor.field(field, None));
            } else if group.is_some_and(|group| group.is_counted) {
                self.count(field, count, value, place);
            }
        } else if field.shape != Shape::ResourceType {
            self.no_array(field, value, place);
        }
        if self.scratch.hits.len() > hits_before {
            self.count_slices(field, value, hits_before, place);
        }
    }

    /// One value, alone or an item.
    #[inline]
    pub(super) fn value(
        &mut self,
        field: &'v Field,
        node: Node<'t>,
        index: Option<u32>,
        place: Place<'_, 'v, 't>,
    ) {
        match field.shape {
            Shape::Primitive(primitive) => self.primitive(primitive, field, node, index, place),
            Shape::Complex if node.is_object() => {
                let cursor = place.cursor.field(field, index);
                if let Some(state) = self.target(field, place.state) {
                    let state = self.narrowed(state, node, field, &cursor, place);
                    self.object(node, place.object, field.key, state, &cursor);
                }
            }
            Shape::Resource => {
                let cursor = place.cursor.field(field, index);
                if let Some(state) = self.target(field, place.state) {
                    let state = self.narrowed(state, node, field, &cursor, place);
                    let is_contained = field.name == "contained";
                    self.resource(node, &state.members, state.id.0 + 1, is_contained, &cursor);
                }
            }
            Shape::Complex => self.no_object(field, node, index, place),
            Shape::ResourceType => {}
        }
    }

    /// Where a field leads; nothing for a primitive of which no more is asked.
    #[inline]
    pub(super) fn target(&self, field: &'v Field, state: &'v State) -> Option<&'v State> {
        let target = match field.target() {
            Target::Unknown => self.automaton.resolve(state, field),
            known => known,
        };
        match target {
            Target::State(id) => self.automaton.state(id),
            _ => None,
        }
    }

    /// The state of one item of a sliced element, or of an extension: what all items have, and what its slices and
    /// its definition add.
    #[inline]
    pub(super) fn narrowed(
        &mut self,
        state: &'v State,
        node: Node<'t>,
        field: &'v Field,
        cursor: &Cursor<'_>,
        place: Place<'_, 'v, 't>,
    ) -> &'v State {
        let state =
            if state.slices.is_empty() { state } else { self.narrowed_by_slices(state, node, cursor) };
        if state.is_extension { self.extension(state, node, field, cursor, place) } else { state }
    }

    #[cold]
    fn duplicate(&mut self, key: Key<'t>, cursor: &Cursor<'_>) {
        self.report_at(&json::duplicate_key::RULE, key.span(), cursor, &[], |path| {
            let message = Message::new().text(format!("`{path}`: the key `")).code(key.as_str());
            Fault::new(message.text("` stands twice")).message_id("DUPLICATE_JSON_PROPERTY_KEY")
        });
    }

    /// A key that the type does not have: the sibling of a primitive, or none at all.
    #[cold]
    fn odd_key(
        &mut self,
        key: Key<'t>,
        name: &str,
        value: Node<'t>,
        seen: &mut Seen,
        place: Place<'_, 'v, 't>,
    ) {
        let state = place.state;
        if let Some(field) = name.strip_prefix('_').and_then(|name| state.field(name)) {
            self.sibling(field, key, value, seen, place);
            return;
        }
        let (rule, words) = match name {
            "resourceType" => (&structure::misplaced_type::RULE, "stands in a resource only"),
            "fhir_comments" => (&structure::comments::RULE, "is not part of R4"),
            _ => (&structure::unknown_element::RULE, "is not an element of"),
        };
        self.report_at(rule, key.span(), place.cursor, &[], |path| {
            let message = Message::new().text(format!("`{path}`: `")).code(name).text(format!("` {words}"));
            if !std::ptr::eq(rule, &structure::unknown_element::RULE) {
                return Fault::new(message).message_id("Unrecognised_property_");
            }
            let fault = Fault::new(message.text(format!(" {}", state.type_name)));
            let fault = fault.message_id("Unrecognised_property_");
            let keys = state.fields.iter().map(|field| field.key);
            match fhirkit_definitions::types::nearest(name, keys) {
                Some(nearest) => fault.help(format!("did you mean `{nearest}`?")),
                None => fault,
            }
        });
    }

    #[cold]
    fn second_of_choice(&mut self, field: &Field, value: Node<'t>, seen: &Seen, place: Place<'_, 'v, 't>) {
        // The sibling of the same key belongs to the value and is no second one.
        let has_own_sibling = !place.object.get_with_sibling(field.key).1.is_absent();
        if field.choice.is_none() || (seen.values & field.bit() == 0 && has_own_sibling) {
            return;
        }
        let cursor = place.cursor.field(field, None);
        self.choice_fault(field, value, place, &cursor);
    }

    pub(super) fn choice_fault(
        &mut self,
        field: &Field,
        value: Node<'t>,
        place: Place<'_, 'v, 't>,
        cursor: &Cursor<'_>,
    ) {
        self.report(&structure::choice::RULE, value, cursor, &[], |_| {
            let path = place.cursor.path(self_type(place.state));
            Fault::new(format!(
                "`{path}.{}[x]`: expected one value, found a second one: `{}`",
                field.name, field.key
            ))
            .message_id("ILLEGAL_PROPERTY")
        });
    }

    #[cold]
    pub(super) fn refused(&mut self, field: &Field, value: Node<'t>, place: Place<'_, 'v, 't>) {
        let cursor = place.cursor.field(field, None);
        if field.refused_by.is_empty() {
            self.in_no_slice_of_choice(field, value, &cursor);
            return;
        }
        if place.state.extension.is_some() && field.name == "value" {
            self.refused_in_extension(field, value, place);
            return;
        }
        self.report(&structure::type_not_allowed::RULE, value, &cursor, &field.refused_by, |path| {
            Fault::new(format!("`{path}`: the profile does not allow this type"))
                .message_id("Validation_VAL_Profile_WrongType2")
        });
    }

    /// An array of so many items, or a value that somebody forbids.
    #[cold]
    pub(super) fn count(&mut self, field: &Field, count: u32, value: Node<'t>, place: Place<'_, 'v, 't>) {
        let Some(group) = place.state.groups.get(usize::from(field.group)) else { return };
        let least = group.limits.first().map_or(0, |limit| limit.min);
        if count > group.max {
            self.too_many(group, count, value, place.cursor);
        } else if count < least {
            self.too_few(group, count, place);
        }
    }

    fn too_many(&mut self, group: &Group, count: u32, value: Node<'t>, cursor: &Cursor<'_>) {
        let most = group.max;
        let asking = group.limits.iter().filter(|limit| limit.max == most);
        let members: Vec<_> = asking.filter_map(|limit| limit.member).collect();
        let rule = if most == 0 { &structure::prohibited::RULE } else { &structure::cardinality::RULE };
        self.report(rule, value, cursor, &members, |path| {
            let text = match most {
                0 => format!("`{path}.{}`: the profile forbids it", shown(group)),
                _ => format!("`{path}.{}`: expected at most {most}, found {count}", shown(group)),
            };
            Fault::new(text).message_id("Validation_VAL_Profile_Maximum")
        });
    }

    fn too_few(&mut self, group: &Group, count: u32, place: Place<'_, 'v, 't>) {
        let least = group.limits.first().map_or(0, |limit| limit.min);
        let asking = group.limits.iter().filter(|limit| limit.min > count);
        let members: Vec<_> = asking.filter_map(|limit| limit.member).collect();
        self.report(&structure::cardinality::RULE, place.object, place.cursor, &members, |path| {
            let text = format!("`{path}.{}`: expected at least {least}, found {count}", shown(group));
            Fault::new(text).message_id("Validation_VAL_Profile_Minimum")
        });
    }

    /// What is not there and should be.
    #[inline]
    fn missing(&mut self, seen: &Seen, place: Place<'_, 'v, 't>, id_suffices: bool) {
        let says_nothing = seen.any() & !place.state.id_bit == 0;
        if says_nothing && !(id_suffices && seen.any() != 0) {
            self.says_nothing(seen, place);
            return;
        }
        if seen.values & place.state.id_bit != 0 && !place.state.is_resource {
            self.note_id(place);
        }
        let missing = place.state.required & !seen.any();
        if missing != 0 {
            self.missing_groups(missing, place);
        }
        let sliced = place.state.sliced & !seen.any();
        if sliced != 0 {
            self.missing_slices(sliced, place);
        }
        if !place.state.required_choices.is_empty() {
            self.missing_choices(missing, place);
        }
    }

    #[cold]
    fn missing_groups(&mut self, missing: u64, place: Place<'_, 'v, 't>) {
        for (at, group) in place.state.groups.iter().enumerate().take(63) {
            if missing >> at & 1 == 1 {
                self.too_few(group, 0, place);
            }
        }
    }

    /// An object without members, or with nothing but an id (ele-1).
    #[cold]
    fn says_nothing(&mut self, seen: &Seen, place: Place<'_, 'v, 't>) {
        if place.object.is_empty() {
            self.empty(place.object, place.cursor);
        } else if seen.any() != 0 {
            self.report(&structure::empty::RULE, place.object, place.cursor, &[], |path| {
                Fault::new(format!("`{path}`: has an id and nothing else"))
                    .message_id("http://hl7.org/fhir/StructureDefinition/Element#ele-1")
            });
        }
        // Otherwise its members are unknown, and each has been told.
    }

    #[cold]
    pub(super) fn empty(&mut self, node: Node<'t>, cursor: &Cursor<'_>) {
        self.report(&structure::empty::RULE, node, cursor, &[], |path| {
            let (what, id) = match node.kind() {
                Kind::Array => ("list", "ARRAY_CANNOT_BE_EMPTY"),
                Kind::Object => ("object", "Object_must_have_some_content"),
                _ => ("string", "Type_Specific_Checks_DT_Primitive_NotEmpty"),
            };
            Fault::new(format!("`{path}`: the {what} is empty")).message_id(id).help("leave the element out")
        });
    }

    #[cold]
    fn no_array(&mut self, field: &'v Field, value: Node<'t>, place: Place<'_, 'v, 't>) {
        let cursor = place.cursor.field(field, None);
        if value.is_null() {
            self.null(value, &cursor);
            return;
        }
        self.report(&structure::expected_array::RULE, value, &cursor, &[], |path| {
            let text = format!("`{path}` must be a list, found {}", found(value));
            Fault::new(text).message_id("This_property_must_be_an_Array_not_").help("put it in `[` and `]`")
        });
        // The value itself is looked at as the item that it should have been.
        self.value(field, value, Some(0), place);
    }

    #[cold]
    fn no_object(&mut self, field: &Field, node: Node<'t>, index: Option<u32>, place: Place<'_, 'v, 't>) {
        let cursor = place.cursor.field(field, index);
        match node.kind() {
            Kind::Null => self.null(node, &cursor),
            Kind::Array => self.no_scalar(node, &cursor),
            _ => self.report(&structure::expected_object::RULE, node, &cursor, &[], |path| {
                Fault::new(format!("`{path}` must be an object, found {}", found(node)))
                    .message_id("This_property_must_be_an_object_not_")
            }),
        }
    }

    pub(super) fn no_scalar(&mut self, node: Node<'t>, cursor: &Cursor<'_>) {
        self.report(&structure::expected_scalar::RULE, node, cursor, &[], |path| {
            Fault::new(format!("`{path}` must be one value, found a list"))
                .message_id("This_property_must_be__not_")
        });
    }

    pub(super) fn null(&mut self, node: Node<'t>, cursor: &Cursor<'_>) {
        self.report(&structure::null::RULE, node, cursor, &[], |path| {
            Fault::new(format!("`{path}`: null stands for no value in FHIR")).help("leave the element out")
        });
    }
}

/// An element's name as a definition writes it.
fn shown(group: &Group) -> String {
    if group.is_choice { format!("{}[x]", group.name) } else { group.name.to_owned() }
}

fn self_type(state: &State) -> &'static str {
    state.type_name
}
