//! References, as far as they can be judged without another resource: their form, the type they name, what they point
//! to inside their own resource.
//!
//! Source: <https://hl7.org/fhir/R4/references.html>

mod contained;
pub(crate) mod format;
pub(crate) mod local_canonical;
pub(crate) mod not_contained;
pub(crate) mod target_type;
pub(crate) mod type_mismatch;

use std::fmt;

use fhirkit_issue::Message;
use fhirkit_issue::rules::Rule;

use crate::automaton::Member;
use crate::rules::{NodeCheck, TypeFacts};
use crate::walk::{Fault, Site, Walk};
pub(crate) use contained::{Contained, contained};

/// What every Reference must be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reference;

impl NodeCheck for Reference {
    fn of_type(facts: &TypeFacts<'_>) -> Vec<Self> {
        if facts.name == "Reference" { vec![Self] } else { Vec::new() }
    }

    fn rules() -> Vec<&'static Rule> {
        vec![&format::RULE, &not_contained::RULE, &type_mismatch::RULE]
    }

    fn check<'t>(&self, site: &Site<'_, 't>, _asked_by: &[Member], walk: &mut Walk<'_, '_, 't>) {
        let node = site.node.get("reference");
        let Some(text) = node.as_str() else { return };
        let form = Form::of(&text);
        match form {
            Form::Fragment(id) => fragment(id, &text, site, walk),
            Form::Relative { .. } | Form::Odd => walk.note_relative_reference(),
            Form::Absolute | Form::Conditional => {}
        }
        let named = named_type(&text).filter(|name| is_resource_type(walk, name));
        if matches!(form, Form::Odd) || (matches!(form, Form::Relative { .. }) && named.is_none()) {
            walk.report(&format::RULE, node, site.cursor, &[], |path| {
                let message = Message::new()
                    .text(format!("`{path}`: expected `Type/id`, an absolute URL or `#id`, found `"));
                Fault::new(message.value(&*text).text("`")).message_id("Reference_REF_Format2")
            });
        }
        let declared = site.node.get("type").as_str();
        let (Some(named), Some(declared)) = (named, declared) else { return };
        if named != declared {
            walk.report(&type_mismatch::RULE, node, site.cursor, &[], |path| {
                let message =
                    Message::new().text(format!("`{path}`: the URL names a {named}, `type` says `"));
                Fault::new(message.code(declared).text("`")).message_id("Reference_REF_BadTargetType2")
            });
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("reference")
    }
}

fn fragment<'t>(id: &str, text: &str, site: &Site<'_, 't>, walk: &mut Walk<'_, '_, 't>) {
    let (root, holder) = (walk.root_node(), walk.resource_node());
    let is_there = match id {
        // The resource around a contained one.
        "" => root.id() != holder.id(),
        id => contained(walk, root, id).is_some(),
    };
    if !is_there {
        walk.report(&not_contained::RULE, site.node, site.cursor, &[], |path| {
            let message =
                Message::new().text(format!("`{path}`: no contained resource has the id that `")).value(text);
            Fault::new(message.text("` points to"))
                .message_id("http://hl7.org/fhir/StructureDefinition/Reference#ref-1")
        });
    }
}

fn is_resource_type(walk: &Walk<'_, '_, '_>, name: &str) -> bool {
    let types = walk.automaton().types();
    types.type_named(name).is_some_and(|ty| types.is_resource(ty))
}

/// How a reference is written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Form<'r> {
    /// `#id`.
    Fragment(&'r str),
    /// `Type/id`, with a version or not.
    Relative { type_name: &'r str },
    /// With a scheme.
    Absolute,
    /// `Type?…`: what a transaction looks for.
    Conditional,
    /// Nothing that FHIR knows.
    Odd,
}

impl<'r> Form<'r> {
    pub(crate) fn of(text: &'r str) -> Self {
        if let Some(id) = text.strip_prefix('#') {
            return Self::Fragment(id);
        }
        if crate::rules::primitive::uri::has_scheme(text) {
            return Self::Absolute;
        }
        if let Some((type_name, _)) = text.split_once('?') {
            return if is_type_like(type_name) { Self::Conditional } else { Self::Odd };
        }
        let mut parts = text.split('#').next().unwrap_or_default().split('/');
        match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(type_name), Some(id), None, ..) if !id.is_empty() => Self::Relative { type_name },
            (Some(type_name), Some(id), Some("_history"), Some(version), None)
                if !id.is_empty() && !version.is_empty() =>
            {
                Self::Relative { type_name }
            }
            _ => Self::Odd,
        }
    }
}

/// The type that a reference names: `Type/id`, or the end of a RESTful URL.
pub(crate) fn named_type(text: &str) -> Option<&str> {
    if let Form::Relative { type_name } = Form::of(text) {
        return Some(type_name);
    }
    if !text.starts_with("http://") && !text.starts_with("https://") {
        return None;
    }
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let text = text.rsplit_once("/_history/").map_or(text, |(before, _)| before);
    let mut parts = text.rsplit('/');
    let (_, name) = (parts.next().filter(|id| !id.is_empty())?, parts.next()?);
    is_type_like(name).then_some(name)
}

fn is_type_like(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// The type of the resource that a reference leads to, as far as it can be told here, and whether it was looked at
/// rather than read from the URL.
pub(crate) fn target_type(text: &str, walk: &mut Walk<'_, '_, '_>) -> Option<(&'static str, bool)> {
    let types = walk.automaton().types();
    let resource =
        |name: &str| types.type_named(name).filter(|ty| types.is_resource(*ty)).map(|ty| types.name(ty));
    if let Form::Fragment(id) = Form::of(text) {
        let (root, holder) = (walk.root_node(), walk.resource_node());
        let target = match id {
            "" if root.id() == holder.id() => return None,
            "" => root,
            id => contained(walk, root, id)?,
        };
        return Some((resource(&target.get("resourceType").as_str()?)?, true));
    }
    Some((resource(named_type(text)?)?, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_told_apart_by_their_form() {
        assert_eq!(Form::of("#a"), Form::Fragment("a"));
        assert_eq!(Form::of("Patient/1"), Form::Relative { type_name: "Patient" });
        assert_eq!(Form::of("Patient/1/_history/2"), Form::Relative { type_name: "Patient" });
        assert_eq!(Form::of("Patient/1#a"), Form::Relative { type_name: "Patient" });
        assert_eq!(Form::of("urn:uuid:x"), Form::Absolute);
        assert_eq!(Form::of("Patient?identifier=http://x|1"), Form::Conditional);
        for odd in ["Patient", "Patient/", "a/b/c", "/Patient/1", "", "Patient/1/_history/"] {
            assert_eq!(Form::of(odd), Form::Odd, "{odd}");
        }
    }

    #[test]
    fn a_restful_url_names_its_type() {
        assert_eq!(named_type("https://x.org/fhir/Patient/1"), Some("Patient"));
        assert_eq!(named_type("http://x.org/Patient/1/_history/3"), Some("Patient"));
        assert_eq!(named_type("Patient/1"), Some("Patient"));
        for none in ["urn:uuid:x", "http://x.org/a/b", "http://x.org", "#a"] {
            assert_eq!(named_type(none), None, "{none}");
        }
    }
}
