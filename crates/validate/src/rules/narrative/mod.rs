//! Narrative: what stands in `text.div`. One pass over its XHTML finds what the rules of this folder ask.
//!
//! Source: <https://hl7.org/fhir/R4/narrative.html>

mod allowed;
pub(crate) mod broken_link;
pub(crate) mod empty;
pub(crate) mod forbidden;
mod found;
pub(crate) mod namespace;
pub(crate) mod not_xhtml;
pub(crate) mod unsafe_link;
pub(crate) mod xhtml;

use std::fmt;

use fhirkit_issue::Message;
use fhirkit_issue::rules::Rule;
use fhirkit_tape::Node;

use crate::automaton::Member;
use crate::rules::{NodeCheck, TypeFacts, reference};
use crate::walk::{Fault, Site, Walk};
use found::Found;

/// The XHTML of a narrative.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Narrative;

impl NodeCheck for Narrative {
    fn of_type(facts: &TypeFacts<'_>) -> Vec<Self> {
        if facts.name == "xhtml" { vec![Self] } else { Vec::new() }
    }

    fn rules() -> Vec<&'static Rule> {
        vec![
            &not_xhtml::RULE,
            &namespace::RULE,
            &forbidden::RULE,
            &empty::RULE,
            &broken_link::RULE,
            &unsafe_link::RULE,
        ]
    }

    fn check<'t>(&self, site: &Site<'_, 't>, _asked_by: &[Member], walk: &mut Walk<'_, '_, 't>) {
        let Some(text) = site.node.as_str() else { return };
        let found = match Found::read(&text) {
            Ok(found) => found,
            Err(fault) => {
                walk.report(&not_xhtml::RULE, site.node, site.cursor, &[], |path| {
                    Fault::new(format!("`{path}`: is not well-formed XHTML: {fault}"))
                });
                return;
            }
        };
        report(&found, site, walk);
        links(&found, site, walk);
    }
}

impl fmt::Display for Narrative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("narrative")
    }
}

/// Everything but links.
fn report<'t>(found: &Found<'_>, site: &Site<'_, 't>, walk: &mut Walk<'_, '_, 't>) {
    if found.root != "div" {
        walk.report(&not_xhtml::RULE, site.node, site.cursor, &[], |path| {
            let message = Message::new().text(format!("`{path}`: the narrative must be a `div`, found `"));
            Fault::new(message.code(found.root).text("`")).message_id("XHTML_XHTML_Name_Invalid")
        });
    }
    for declared in &found.declarations {
        walk.report(&not_xhtml::RULE, site.node, site.cursor, &[], |path| {
            let message = Message::new().text(format!("`{path}`: `")).code(*declared);
            Fault::new(message.text("` has no place in a narrative"))
                .message_id("XHTML_XHTML_DOCTYPE_ILLEGAL")
        });
    }
    for entity in &found.entities {
        walk.report(&not_xhtml::RULE, site.node, site.cursor, &[], |path| {
            let message = Message::new().text(format!("`{path}`: XML does not know the entity `"));
            let fault = Fault::new(message.code(*entity).text("`")).message_id("XHTML_ENTITY");
            fault.help("write the character itself, or its number: `&#174;`")
        });
    }
    for wrong in &found.namespaces {
        walk.report(&namespace::RULE, site.node, site.cursor, &[], |path| {
            let message =
                Message::new().text(format!("`{path}`: expected xmlns=\"{}\", found `", namespace::XHTML));
            let fault = Fault::new(message.code(wrong.unwrap_or("none")).text("`"));
            fault.message_id("XHTML_XHTML_NS_InValid")
        });
    }
    for (element, attribute) in &found.forbidden {
        walk.report(&forbidden::RULE, site.node, site.cursor, &[], |path| match attribute {
            None => Fault::new(
                Message::new()
                    .text(format!("`{path}`: a narrative may not have the element `"))
                    .code(*element)
                    .text("`"),
            )
            .message_id("XHTML_XHTML_Element_Illegal"),
            Some(attribute) => Fault::new(
                Message::new()
                    .text(format!("`{path}`: a narrative may not have the attribute `"))
                    .code(*attribute)
                    .text("` on `")
                    .code(*element)
                    .text("`"),
            )
            .message_id("XHTML_XHTML_Attribute_Illegal"),
        });
    }
    if !found.has_content {
        walk.report(&empty::RULE, site.node, site.cursor, &[], |path| {
            Fault::new(format!("`{path}`: the narrative has neither text nor image"))
                .message_id("http://hl7.org/fhir/StructureDefinition/Narrative#txt-2")
        });
    }
}

fn links<'t>(found: &Found<'_>, site: &Site<'_, 't>, walk: &mut Walk<'_, '_, 't>) {
    for link in &found.links {
        if let Some(why) = unsafe_link::fault(link.target, link.is_image) {
            walk.report(&unsafe_link::RULE, site.node, site.cursor, &[], |path| {
                let message = Message::new().text(format!("`{path}`: the link `")).value(link.target);
                Fault::new(message.text(format!("` {why}"))).message_id("XHTML_URL_INVALID")
            });
            continue;
        }
        let Some(name) = link.target.strip_prefix('#').filter(|name| !name.is_empty()) else { continue };
        if found.anchors.contains(name) || is_contained(name, walk) {
            continue;
        }
        walk.report(&broken_link::RULE, site.node, site.cursor, &[], |path| {
            let message = Message::new().text(format!("`{path}`: nothing here has the name that `"));
            let id = if link.is_image {
                "Type_Specific_Checks_DT_XHTML_Resolve_Img"
            } else {
                "Type_Specific_Checks_DT_XHTML_Resolve"
            };
            Fault::new(message.value(link.target).text("` points to")).message_id(id)
        });
    }
}

/// Whether a contained resource has that id.
fn is_contained(name: &str, walk: &mut Walk<'_, '_, '_>) -> bool {
    let root: Node<'_> = walk.root_node();
    reference::contained(walk, root, name).is_some()
}
