//! `pattern[x]`: the value must have everything that the profile's value has.

use std::fmt;

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Message, Severity};

use super::constant::{Constant, contains};
use super::fixed::shown;
use crate::automaton::Member;
use crate::rules::{ElementFacts, NodeCheck};
use crate::walk::{Fault, Site, Walk};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "value/pattern",
    Severity::Error,
    IssueType::Value,
    "a value lacks what the profile's pattern has",
)
.with_page(include_str!("pattern.md"));

/// A pattern.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pattern(Constant);

impl NodeCheck for Pattern {
    fn of_element(facts: &ElementFacts<'_>) -> Vec<Self> {
        facts.element.pattern.as_ref().and_then(Constant::new).map(Self).into_iter().collect()
    }

    fn rules() -> Vec<&'static Rule> {
        vec![&RULE]
    }

    fn check<'t>(&self, site: &Site<'_, 't>, asked_by: &[Member], walk: &mut Walk<'_, '_, 't>) {
        if site.node.is_absent() || contains(site.node, self.0.node()) {
            return;
        }
        walk.report(&RULE, site.node, site.cursor, asked_by, |path| {
            let id = match self.0.type_name() {
                "CodeableConcept" => "TYPE_CHECKS_PATTERN_CC",
                _ => "_DT_Fixed_Wrong",
            };
            let text = format!("`{path}`: expected at least `{}`", self.0.text());
            let message = Message::new().text(text);
            let message = match site.node.is_object() {
                true => message,
                false => message.text(", found `").value(shown(site.node)).text("`"),
            };
            Fault::new(message).message_id(id)
        });
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pattern {}", self.0)
    }
}
