//! A type with several profiles: a value must follow one of them.

use std::fmt;

use fhirkit_definitions::Scope;
use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

use crate::automaton::{Member, StateKey};
use crate::profile::type_name;
use crate::rules::{ElementFacts, Facts, NodeCheck};
use crate::walk::{Fault, Site, Walk};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "profile/no-match",
    Severity::Error,
    IssueType::Structure,
    "a value follows none of the profiles that its element offers",
)
.with_page(include_str!("no-match.md"));

/// The alternatives for values of one type.
#[derive(Debug, Clone)]
pub(crate) struct OneOf {
    type_name: Box<str>,
    profiles: Box<[String]>,
    scope: Scope,
}

impl PartialEq for OneOf {
    fn eq(&self, other: &Self) -> bool {
        let facts = |one: &Self| (one.type_name.clone(), one.profiles.clone(), one.scope.index());
        facts(self) == facts(other)
    }
}

impl NodeCheck for OneOf {
    fn of_element(facts: &ElementFacts<'_>) -> Vec<Self> {
        let Facts { source, scope, .. } = facts.facts;
        // A single one is active by itself, unless no package has it: then it is counted.
        let several = facts.element.types.iter().filter(|one| match one.profiles.as_slice() {
            [] => false,
            [only] => source.profile(only, scope).is_none(),
            _ => true,
        });
        let one_of = several.map(|one| Self {
            type_name: type_name(one).into(),
            profiles: one.profiles.clone().into(),
            scope: facts.facts.scope.clone(),
        });
        one_of.collect()
    }

    fn rules() -> Vec<&'static Rule> {
        vec![&RULE]
    }

    fn check<'t>(&self, site: &Site<'_, 't>, asked_by: &[Member], walk: &mut Walk<'_, '_, 't>) {
        if *site.state.type_name != *self.type_name || !site.node.is_object() {
            return;
        }
        let automaton = walk.automaton();
        for canonical in &self.profiles {
            let Some(member) = automaton.root_of_profile(canonical, &self.scope) else {
                // It may follow the one that nobody has.
                walk.scratch().checked.note_unknown_profile(canonical, None);
                return;
            };
            let members = automaton.root_of_type(site.state.ty).into_iter().chain([member]).collect();
            let Some(state) = automaton.intern(StateKey::new(site.state.ty, members)) else { return };
            if walk.conforms(site.node, state, site.cursor) {
                return;
            }
        }
        walk.report(&RULE, site.node, site.cursor, asked_by, |path| {
            Fault::new(format!("`{path}`: follows none of {}", self.profiles.join(", ")))
                .message_id("Validation_VAL_Profile_NoMatch")
        });
    }
}

impl fmt::Display for OneOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} follows one of {}", self.type_name, self.profiles.join(", "))
    }
}
