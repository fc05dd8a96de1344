//! Ids that stand twice: of elements in one resource, and of the resources that it contains.

use std::borrow::Cow;
use std::collections::HashSet;

use fhirkit_issue::Message;
use fhirkit_tape::Node;

use super::object::Place;
use super::{Cursor, Fault, Sink, Walk};
use crate::rules::reference::contained;
use crate::rules::structure::duplicate_id;

/// The ids of elements met so far in the resource that is walked. The data chooses them, so they are hashed with a secret key.
#[derive(Debug, Default)]
pub(super) struct Ids<'t> {
    elements: HashSet<Cow<'t, str>>,
}

impl<'t> Walk<'_, '_, 't> {
    /// Notes the id of an element.
    #[cold]
    pub(super) fn note_id(&mut self, place: Place<'_, '_, 't>) {
        let node = place.object.get("id");
        let Some(id) = node.as_str() else { return };
        let is_quiet = !matches!(self.sink, Sink::Issues(_));
        // Snapshot and differential name their elements alike.
        if is_quiet || self.resource.get("resourceType").str_is("StructureDefinition") {
            return;
        }
        if !self.ids.elements.insert(id) {
            self.duplicate_id(place.object, "an element of this resource before", place.cursor);
        }
    }

    /// Looks at the id of a contained resource.
    pub(super) fn look_at_contained_id(&mut self, resource: Node<'t>, cursor: &Cursor<'_>) {
        let Some(id) = resource.get("id").as_str() else { return };
        // What a contained resource contains is a fault of its own.
        if self.resource.id() != self.root.id() {
            return;
        }
        let first = contained(self, self.root, &id);
        if first.is_some_and(|first| first.id() != resource.id()) {
            self.duplicate_id(resource, "a contained resource before", cursor);
        }
    }

    fn duplicate_id(&mut self, of: Node<'t>, whose: &str, cursor: &Cursor<'_>) {
        self.report(&duplicate_id::RULE, of, cursor, &[], |path| {
            let id = of.get("id").as_str().unwrap_or_default();
            let message = Message::new().text(format!("`{path}`: the id `")).value(&*id);
            Fault::new(message.text(format!("` is that of {whose}"))).message_id("DUPLICATE_ID")
        });
    }
}
