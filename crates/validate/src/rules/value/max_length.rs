//! `maxLength`: the most characters of a text.

use std::fmt;

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

use crate::automaton::Member;
use crate::rules::{ElementFacts, NodeCheck};
use crate::walk::{Fault, Site, Walk};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "value/max-length",
    Severity::Error,
    IssueType::Invalid,
    "a text is longer than the profile allows",
)
.with_page(include_str!("max-length.md"));

/// The most characters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MaxLength(u32);

impl NodeCheck for MaxLength {
    fn of_element(facts: &ElementFacts<'_>) -> Vec<Self> {
        facts.element.max_length.map(Self).into_iter().collect()
    }

    fn rules() -> Vec<&'static Rule> {
        vec![&RULE]
    }

    fn check<'t>(&self, site: &Site<'_, 't>, asked_by: &[Member], walk: &mut Walk<'_, '_, 't>) {
        let most = self.0 as usize;
        // A text has no more characters than bytes.
        let Some((written, _)) = site.node.escaped_str().filter(|(written, _)| written.len() > most) else {
            return;
        };
        let count = site.node.as_str().map_or(written.len(), |text| text.chars().count());
        if count > most {
            walk.report(&RULE, site.node, site.cursor, asked_by, |path| {
                Fault::new(format!("`{path}`: expected at most {most} characters, found {count}"))
                    .message_id("Type_Specific_Checks_DT_Primitive_Length")
            });
        }
    }
}

impl fmt::Display for MaxLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "max length {}", self.0)
    }
}
