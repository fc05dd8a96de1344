//! The types that hold codes, and whether what they hold is in a value set.

use std::borrow::Cow;

use fhirkit_definitions::{CodeSet, Membership};
use fhirkit_tape::Node;

/// How a type holds codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coded {
    /// A code or text without a system.
    Text,
    Coding,
    /// Several codings of one meaning.
    Concept,
    /// The code of a unit.
    Quantity,
}

/// What a look at a value finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    In,
    NotIn,
    Unverifiable,
    /// There is no code at all.
    NoCode,
}

impl Coded {
    /// How values of a type hold codes; nothing where they hold none.
    pub(super) fn of(type_name: &str, binds_text: bool) -> Option<Self> {
        match type_name {
            "code" => Some(Self::Text),
            "string" | "uri" if binds_text => Some(Self::Text),
            "Coding" => Some(Self::Coding),
            "CodeableConcept" => Some(Self::Concept),
            "Quantity" | "Age" | "Duration" | "Count" | "Distance" => Some(Self::Quantity),
            _ => None,
        }
    }

    /// Whether a value is in the set.
    pub(super) fn look(self, node: Node<'_>, set: &CodeSet) -> Found {
        match self {
            Self::Text => node.as_str().map_or(Found::NoCode, |code| of(set.contains(None, &code, None))),
            Self::Coding => coding(node, set),
            // A quantity without a code of its unit is bare, not wrong.
            Self::Quantity => match coding(node, set) {
                Found::NoCode => Found::In,
                found => found,
            },
            Self::Concept => {
                let mut all = Found::NoCode;
                for item in node.get("coding").items() {
                    match (coding(item, set), all) {
                        (Found::In, _) => return Found::In,
                        (Found::Unverifiable, _) => all = Found::Unverifiable,
                        (Found::NotIn, Found::NoCode) => all = Found::NotIn,
                        _ => {}
                    }
                }
                // Why there is none, the extension says; of a concept that says nothing at all, `structure/empty`.
                let says_nothing = || node.members().all(|(key, _)| key.is("id"));
                if all == Found::NoCode && (is_said_absent(node) || says_nothing()) { Found::In } else { all }
            }
        }
    }

    /// Shows every code of a value with its system.
    pub(super) fn for_each_code(self, node: Node<'_>, show: &mut dyn FnMut(Option<&str>, &str)) {
        let mut one = |item: Node<'_>| {
            if let Some(code) = item.get("code").as_str() {
                show(item.get("system").as_str().as_deref(), &code);
            }
        };
        match self {
            Self::Text => {
                if let Some(code) = node.as_str() {
                    show(None, &code);
                }
            }
            Self::Coding | Self::Quantity => one(node),
            Self::Concept => node.get("coding").items().for_each(one),
        }
    }

    /// The code, where the value is one bare code.
    pub(super) fn only_code<'t>(self, node: Node<'t>) -> Option<Cow<'t, str>> {
        match self {
            Self::Text => node.as_str(),
            _ => None,
        }
    }
}

const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

fn is_said_absent(node: Node<'_>) -> bool {
    node.get("extension").items().any(|extension| extension.get("url").str_is(ABSENT))
}

fn coding(node: Node<'_>, set: &CodeSet) -> Found {
    let Some(code) = node.get("code").as_str() else { return Found::NoCode };
    let version = node.get("version").as_str();
    match node.get("system").as_str() {
        Some(system) => of(set.contains(Some(&system), &code, version.as_deref())),
        // Whether it is the code of the set cannot be told where the system is missing.
        None => match of(set.contains(None, &code, None)) {
            Found::In => Found::Unverifiable,
            found => found,
        },
    }
}

fn of(membership: Membership) -> Found {
    match membership {
        Membership::In => Found::In,
        Membership::NotIn => Found::NotIn,
        Membership::Unverifiable(_) => Found::Unverifiable,
    }
}
