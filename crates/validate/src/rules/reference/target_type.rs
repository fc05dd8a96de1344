//! A reference to a resource of a type that the element does not allow.

use std::fmt;

use fhirkit_definitions::Sort;
use fhirkit_issue::Message;
use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

use crate::automaton::Member;
use crate::profile::type_name;
use crate::rules::{Check, ElementFacts, Facts, NodeCheck};
use crate::walk::{Fault, Site, Walk};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "reference/target-type",
    Severity::Error,
    IssueType::Structure,
    "a reference leads to a resource of a type that its element does not allow",
)
.with_page(include_str!("target-type.md"));

/// The types that a reference may lead to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TargetType {
    types: Box<[String]>,
}

impl NodeCheck for TargetType {
    fn of_element(facts: &ElementFacts<'_>) -> Vec<Self> {
        let mut types = Vec::new();
        for one in facts.element.types.iter().filter(|one| type_name(one) == "Reference") {
            if one.target_profiles.is_empty() {
                return Vec::new();
            }
            for canonical in &one.target_profiles {
                match type_of(canonical, facts.facts) {
                    Some(name) if name != "Resource" && name != "DomainResource" => types.push(name),
                    // Any type, or one that nobody here knows.
                    _ => return Vec::new(),
                }
            }
        }
        types.sort_unstable();
        types.dedup();
        if types.is_empty() { Vec::new() } else { vec![Self { types: types.into() }] }
    }

    fn rules() -> Vec<&'static Rule> {
        vec![&RULE]
    }

    fn check<'t>(&self, site: &Site<'_, 't>, _asked_by: &[Member], walk: &mut Walk<'_, '_, 't>) {
        if site.state.type_name != "Reference" {
            return;
        }
        let node = site.node.get("reference");
        let Some(text) = node.as_str() else { return };
        let Some((target, is_seen)) = super::target_type(&text, walk) else { return };
        if self.allows(target) {
            return;
        }
        // Profiles that disagree with the same type report it once, all together.
        let mut breached = site.state.checks.iter().filter_map(|bound| match &bound.check {
            Check::TargetType(other) if !other.allows(target) => Some((other, &*bound.members)),
            _ => None,
        });
        let Some((first, mut members)) = breached.next().map(|(first, members)| (first, members.to_vec()))
        else {
            return;
        };
        if first != self {
            return;
        }
        members.extend(breached.flat_map(|(_, members)| members.iter().copied()));
        walk.report(&RULE, site.node, site.cursor, &members, |path| {
            let message =
                Message::new().text(format!("`{path}`: expected a reference to {}, found `", self.shown()));
            let message = if is_seen { message.value(&*text) } else { message.code(&*text) };
            let fault = Fault::new(message.text(format!("`, a {target}")));
            fault.message_id(if is_seen {
                "Reference_REF_WrongTarget"
            } else {
                "Reference_REF_BadTargetType"
            })
        });
    }
}

impl TargetType {
    fn allows(&self, name: &str) -> bool {
        self.types.iter().any(|one| one == name)
    }

    fn shown(&self) -> String {
        self.types.join(" or ")
    }
}

fn type_of(canonical: &str, facts: &Facts<'_>) -> Option<String> {
    let base = canonical.strip_prefix("http://hl7.org/fhir/StructureDefinition/");
    let types = facts.source.types();
    if let Some(name) = base.filter(|name| types.type_named(name).is_some_and(|ty| types.is_resource(ty))) {
        return Some(name.to_owned());
    }
    if matches!(base, Some("Resource" | "DomainResource")) {
        return base.map(str::to_owned);
    }
    let found = facts.source.definitions().resolve(Sort::Structure, canonical, facts.scope)?;
    Some(facts.source.open(found.id, facts.scope)?.structure.type_name.clone())
}

impl fmt::Display for TargetType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "reference to {}", self.shown())
    }
}
