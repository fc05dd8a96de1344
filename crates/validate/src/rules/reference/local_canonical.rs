//! A canonical that is a fragment (`#questions`) means a contained resource, as in a Reference.
//!
//! Source: <https://hl7.org/fhir/R4/references.html#canonical>

use std::fmt;

use fhirkit_issue::Message;
use fhirkit_issue::rules::Rule;

use super::{contained, not_contained};
use crate::automaton::Member;
use crate::rules::{NodeCheck, TypeFacts};
use crate::walk::{Fault, Site, Walk};

/// What holds of every canonical that begins with `#`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LocalCanonical;

impl NodeCheck for LocalCanonical {
    fn of_type(facts: &TypeFacts<'_>) -> Vec<Self> {
        if facts.name == "canonical" { vec![Self] } else { Vec::new() }
    }

    fn rules() -> Vec<&'static Rule> {
        vec![&not_contained::RULE]
    }

    fn check<'t>(&self, site: &Site<'_, 't>, _asked_by: &[Member], walk: &mut Walk<'_, '_, 't>) {
        let Some(text) = site.node.as_str().filter(|text| text.starts_with('#')) else { return };
        let root = walk.root_node();
        let Some(id) = text.strip_prefix('#').filter(|id| !id.is_empty()) else { return };
        if contained(walk, root, id).is_none() {
            walk.report(&not_contained::RULE, site.node, site.cursor, &[], |path| {
                let message = Message::new()
                    .text(format!("`{path}`: no contained resource has the id that `"))
                    .value(&*text);
                Fault::new(message.text("` points to")).message_id("TYPE_SPECIFIC_CHECKS_DT_URL_INTERNAL")
            });
        }
    }
}

impl fmt::Display for LocalCanonical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("canonical of a contained resource")
    }
}
