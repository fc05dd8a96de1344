//! One primitive value: its JSON type, its lexical rules, then what its definitions ask.

use fhirkit_issue::Message;
use fhirkit_tape::{Kind, Node};

use super::object::Place;
use super::resource::found;
use super::{Fault, Site, Walk};
use crate::automaton::{Field, Target};
use crate::rules::primitive::{Primitive, Verdict, Written, Wrong};
use crate::rules::structure;

/// What a look at a value finds.
enum Look {
    Good,
    Empty,
    WrongKind,
    Wrong(&'static Wrong),
}

impl<'v, 't> Walk<'_, 'v, 't> {
    #[inline]
    pub(super) fn primitive(
        &mut self,
        primitive: Primitive,
        field: &'v Field,
        node: Node<'t>,
        index: Option<u32>,
        place: Place<'_, 'v, 't>,
    ) {
        match look(primitive, node) {
            Look::Good => {}
            fault => {
                if self.primitive_fault(&fault, primitive, field, node, index, place) {
                    return;
                }
            }
        }
        if field.target() == Target::Plain {
            return;
        }
        if let Some(state) = self.target(field, place.state) {
            let cursor = place.cursor.field(field, index);
            let state = self.narrowed(state, node, field, &cursor, place);
            let site = Site { node, cursor: &cursor, state, holder: place.object, key: field.key };
            self.checks(&state.checks, &site);
        }
    }

    /// Reports what is wrong and says whether the value is beyond further questions.
    #[cold]
    #[inline(never)]
    fn primitive_fault(
        &mut self,
        fault: &Look,
        primitive: Primitive,
        field: &Field,
        node: Node<'t>,
        index: Option<u32>,
        place: Place<'_, 'v, 't>,
    ) -> bool {
        let cursor = place.cursor.field(field, index);
        match fault {
            Look::Good => return false,
            Look::Empty => self.empty(node, &cursor),
            Look::Wrong(wrong) => {
                self.report(wrong.rule, node, &cursor, &[], |path| words(path, node, primitive, wrong));
                return wrong.rule.severity.reaches(fhirkit_issue::Severity::Error);
            }
            Look::WrongKind if node.is_null() => {
                // In a list the counterpart may hold the extensions; the walk over `_name` pairs them.
                let has_sibling = !place.object.get_with_sibling(field.key).1.is_absent();
                if index.is_none() || !has_sibling {
                    self.null(node, &cursor);
                }
            }
            Look::WrongKind if node.is_array() => self.no_scalar(node, &cursor),
            Look::WrongKind => {
                let (wanted, id) = match primitive.written() {
                    Written::Boolean => {
                        ("a boolean", "Error_parsing_JSON_the_primitive_value_must_be_a_boolean")
                    }
                    Written::Number => {
                        ("a number", "Error_parsing_JSON_the_primitive_value_must_be_a_number")
                    }
                    Written::String => {
                        ("a string", "Error_parsing_JSON_the_primitive_value_must_be_a_string")
                    }
                };
                self.report(&structure::wrong_type::RULE, node, &cursor, &[], |path| {
                    Fault::new(format!("`{path}` must be {wanted}, found {}", found(node))).message_id(id)
                });
            }
        }
        true
    }
}

#[inline]
fn look(primitive: Primitive, node: Node<'_>) -> Look {
    match (primitive.written(), node.kind()) {
        (Written::String, Kind::String) => match node.escaped_str() {
            Some(("", _)) => Look::Empty,
            Some((text, false)) => from(primitive.check(text)),
            _ => escaped(primitive, node),
        },
        (Written::Number, Kind::Number) => from(primitive.check(node.number().unwrap_or_default())),
        (Written::Boolean, Kind::True | Kind::False) => Look::Good,
        _ => Look::WrongKind,
    }
}

#[cold]
fn escaped(primitive: Primitive, node: Node<'_>) -> Look {
    from(primitive.check(&node.as_str().unwrap_or_default()))
}

#[inline]
fn from(verdict: Verdict) -> Look {
    match verdict {
        Ok(()) => Look::Good,
        Err(wrong) => Look::Wrong(wrong),
    }
}

fn words(path: &str, node: Node<'_>, primitive: Primitive, wrong: &Wrong) -> Fault {
    let message = Message::new().text(format!("`{path}`: {}", wrong.expected));
    let text = node.as_str().or_else(|| node.number().map(Into::into)).unwrap_or_default();
    let message = match primitive {
        Primitive::String | Primitive::Markdown | Primitive::Base64Binary => message,
        _ => message.text(", found `").value(text).text("`"),
    };
    let fault = Fault::new(message);
    match wrong.message_id {
        Some(id) => fault.message_id(id),
        None => fault,
    }
}
