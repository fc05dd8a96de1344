//! `_name`: the object beside a primitive that holds its id and extensions, and the list of them beside a list.

use fhirkit_issue::Message;
use fhirkit_tape::{Key, Kind, Node};

use super::object::{Place, Seen};
use super::resource::found;
use super::{Cursor, Fault, Site, Walk};
use crate::automaton::{Field, Shape, State};
use crate::rules::structure;

impl<'v, 't> Walk<'_, 'v, 't> {
    /// The value of `_name`.
    pub(super) fn sibling(
        &mut self,
        field: &'v Field,
        key: Key<'t>,
        node: Node<'t>,
        seen: &mut Seen,
        place: Place<'_, 'v, 't>,
    ) {
        if !matches!(field.shape, Shape::Primitive(_)) {
            self.report_at(&structure::sibling::RULE, key.span(), place.cursor, &[], |path| {
                let message = Message::new().text(format!("`{path}`: `")).code(key.as_str());
                let message = message.text(format!("` has no meaning: `{}` is no primitive", field.key));
                Fault::new(message).message_id("Unrecognised_property_")
            });
            return;
        }
        if field.name == "id" || (field.name == "url" && place.state.is_extension) {
            self.of_system_type(field, node, place);
            return;
        }
        let value = place.object.get(field.key);
        if value.is_absent() {
            self.without_value(field, node, seen, place);
        }
        seen.siblings |= field.bit();
        let Some(state) = self.state_of_sibling(field, place.state) else { return };
        match (field.is_array, node.kind()) {
            (false, _) => self.sibling_of(field, node, value, None, state, place),
            (true, Kind::Array) => self.siblings(field, node, value, state, place),
            (true, _) => self.misfit(node, "must be a list", &place.cursor.field(field, None)),
        }
    }

    /// Ids and the URLs of extensions are no elements but strings of the system, which have neither id nor extension.
    #[cold]
    fn of_system_type(&mut self, field: &Field, node: Node<'t>, place: Place<'_, 'v, 't>) {
        self.report(&structure::sibling::RULE, node, &place.cursor.field(field, None), &[], |path| {
            Fault::new(format!("`{path}`: `{}` has no extensions here, found `_{}`", field.key, field.key))
        });
    }

    /// The rules of groups for a value that is only its extensions.
    fn without_value(&mut self, field: &'v Field, node: Node<'t>, seen: &Seen, place: Place<'_, 'v, 't>) {
        let cursor = place.cursor.field(field, None);
        if seen.any() & field.bit() != 0 && field.choice.is_some() {
            self.choice_fault(field, node, place, &cursor);
        }
        if !(field.refused_by.is_empty() && field.unsliced_by.is_empty()) {
            self.refused(field, node, place);
        }
        let group = place.state.groups.get(usize::from(field.group));
        if group.is_some_and(|group| group.is_counted) {
            let count = if field.is_array { node.items().count() } else { 1 };
            self.count(field, u32::try_from(count).unwrap_or(u32::MAX), node, place);
        }
    }

    fn state_of_sibling(&self, field: &'v Field, state: &'v State) -> Option<&'v State> {
        self.target(field, state).or_else(|| self.automaton.plain(field.ty))
    }

    /// A list of them, each beside the item with the same index.
    fn siblings(
        &mut self,
        field: &'v Field,
        node: Node<'t>,
        value: Node<'t>,
        state: &'v State,
        place: Place<'_, 'v, 't>,
    ) {
        let cursor = place.cursor.field(field, None);
        if node.is_empty() {
            self.empty(node, &cursor);
            return;
        }
        if value.is_array() && !value.is_empty() && value.items().count() != node.items().count() {
            self.misfit(node, "must have as many items as the list of values", &cursor);
            return;
        }
        let mut values = value.items();
        for (index, item) in (0..).zip(node.items()) {
            let value = values.next().unwrap_or(value.absent());
            self.sibling_of(field, item, value, Some(index), state, place);
        }
    }

    /// One of them, beside its value.
    fn sibling_of(
        &mut self,
        field: &'v Field,
        node: Node<'t>,
        value: Node<'t>,
        index: Option<u32>,
        state: &'v State,
        place: Place<'_, 'v, 't>,
    ) {
        let cursor = place.cursor.field(field, index);
        let has_value = !value.is_absent() && !value.is_null();
        match node.kind() {
            Kind::Object => {
                let quiet = self.object_of_sibling(node, has_value, state, &cursor);
                if !has_value && quiet {
                    let site = Site {
                        node: value.absent(),
                        cursor: &cursor,
                        state,
                        holder: place.object,
                        key: field.key,
                    };
                    self.checks(&state.checks, &site);
                }
            }
            Kind::Null if index.is_some() && has_value => {}
            Kind::Null if index.is_some() => {
                self.report(&structure::null::RULE, node, &cursor, &[], |path| {
                    Fault::new(format!("`{path}`: both the value and its `_{}` are null", field.key))
                })
            }
            _ => self.misfit(node, "must be an object with `id` or `extension`", &cursor),
        }
    }

    /// Walks id and extensions; whether there is something to ask further questions about.
    fn object_of_sibling(
        &mut self,
        node: Node<'t>,
        has_value: bool,
        state: &'v State,
        cursor: &Cursor<'_>,
    ) -> bool {
        // Beside a value an id is enough, where elsewhere it would be nothing.
        self.members(node, state, cursor, has_value);
        !node.is_empty()
    }

    fn misfit(&mut self, node: Node<'t>, words: &str, cursor: &Cursor<'_>) {
        self.report(&structure::sibling::RULE, node, cursor, &[], |path| {
            Fault::new(format!(
                "`{path}`: what stands under `_{}` {words}, found {}",
                last(path),
                found(node)
            ))
        });
    }
}

/// The name at the end of a path.
fn last(path: &str) -> &str {
    let name = path.rsplit('.').next().unwrap_or(path);
    name.split('[').next().unwrap_or(name)
}
