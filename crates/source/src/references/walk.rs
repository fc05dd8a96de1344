//! The references of a resource.

use std::borrow::Cow;

use fhirkit_tape::Node;

/// Calls `on` with the text of every `reference` in a resource, contained resources included:
/// the member `reference` of any object, where it is a string.
pub fn each<'t>(resource: Node<'t>, on: &mut impl FnMut(Cow<'t, str>)) {
    for (key, value) in resource.members() {
        if value.is_object() || value.is_array() {
            each(value, on);
        } else if key.is("reference")
            && let Some(text) = value.as_str()
        {
            on(text);
        }
    }
    for item in resource.items() {
        each(item, on);
    }
}

/// Whether a resource contains one with this id; the empty id is the resource itself.
pub fn holds_contained(resource: Node<'_>, id: &str) -> bool {
    id.is_empty() || resource.get("contained").items().any(|contained| contained.get("id").str_is(id))
}
