//! The system of an identifier is an absolute URI.
//!
//! Source: <https://hl7.org/fhir/R4/datatypes.html#Identifier>

use std::fmt;

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Message, Severity};

use super::identifier_value;
use crate::automaton::Member;
use crate::rules::value::coding::is_absolute;
use crate::rules::{NodeCheck, TypeFacts};
use crate::walk::{Fault, Site, Walk};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "type/identifier-system",
    Severity::Error,
    IssueType::CodeInvalid,
    "the system of an identifier is not an absolute URI",
)
.with_page(include_str!("identifier-system.md"));

/// The rules about an Identifier by itself.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Identifier;

impl NodeCheck for Identifier {
    fn of_type(facts: &TypeFacts<'_>) -> Vec<Self> {
        if facts.name == "Identifier" { vec![Self] } else { Vec::new() }
    }

    fn rules() -> Vec<&'static Rule> {
        vec![&RULE, &identifier_value::RULE]
    }

    fn check<'t>(&self, site: &Site<'_, 't>, _: &[Member], walk: &mut Walk<'_, '_, 't>) {
        let node = site.node.get("system");
        let Some(system) = node.as_str() else { return };
        if is_absolute(&system) {
            if system == identifier_value::URIS {
                identifier_value::check(site, walk);
            }
            return;
        }
        walk.report(&RULE, node, site.cursor, &[], |path| {
            let message =
                Message::new().text(format!("`{path}`: expected an absolute URI as system, found `"));
            Fault::new(message.code(&system).text("`"))
                .message_id("Type_Specific_Checks_DT_Identifier_System")
        });
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("identifier")
    }
}
