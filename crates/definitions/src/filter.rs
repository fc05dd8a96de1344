//! The conditions by which a value set picks codes of a system.
//! Source: <https://hl7.org/fhir/R4/codesystem.html#filters>

use crate::code_system::{Code, Codes};
use crate::grammar::Grammar;
use crate::terminology::Filter;

/// By place in the system, which codes meet a condition; nothing where it cannot be evaluated.
pub(crate) fn matching(codes: &Codes, filter: &Filter) -> Option<Vec<bool>> {
    match filter.op.as_str() {
        "is-a" => Some(hierarchy(codes, &filter.value, true)),
        "descendent-of" | "descendant-of" => Some(hierarchy(codes, &filter.value, false)),
        "is-not-a" => Some(hierarchy(codes, &filter.value, true).into_iter().map(|is_a| !is_a).collect()),
        "child-of" => {
            let parent = codes.place(&filter.value).and_then(|place| u32::try_from(place).ok());
            Some(each(codes, |code| parent.is_some_and(|parent| code.parents.contains(&parent))))
        }
        "generalizes" => Some(generalizes(codes, &filter.value)),
        _ => by_property(codes, filter),
    }
}

fn each(codes: &Codes, test: impl Fn(&Code) -> bool) -> Vec<bool> {
    codes.codes().iter().map(test).collect()
}

/// The codes below another, and that one too if asked.
fn hierarchy(codes: &Codes, root: &str, with_root: bool) -> Vec<bool> {
    let Some(root) = codes.place(root) else { return vec![false; codes.codes().len()] };
    let mut found = codes.at_or_below(root);
    found[root] = with_root;
    found
}

/// A code and all above it.
fn generalizes(codes: &Codes, from: &str) -> Vec<bool> {
    let mut found = vec![false; codes.codes().len()];
    let mut waiting: Vec<usize> = codes.place(from).into_iter().collect();
    while let Some(at) = waiting.pop() {
        if !std::mem::replace(&mut found[at], true) {
            waiting.extend(codes.codes()[at].parents.iter().map(|&parent| parent as usize));
        }
    }
    found
}

fn by_property(codes: &Codes, filter: &Filter) -> Option<Vec<bool>> {
    let property = Property::named(codes, &filter.property)?;
    let value = filter.value.as_str();
    let listed = || value.split(',').map(str::trim).collect::<Vec<_>>();
    match filter.op.as_str() {
        "=" => Some(each(codes, |code| property.any(code, |found| found == value))),
        "in" => {
            let listed = listed();
            Some(each(codes, |code| property.any(code, |found| listed.contains(&found))))
        }
        "not-in" => {
            let listed = listed();
            Some(each(codes, |code| !property.any(code, |found| listed.contains(&found))))
        }
        "exists" => Some(each(codes, |code| property.any(code, |_| true) == (value == "true"))),
        "regex" => {
            let pattern = Grammar::pattern(value)?;
            Some(each(codes, |code| property.any(code, |found| pattern.accepts(found))))
        }
        _ => None,
    }
}

/// What a condition looks at.
enum Property<'a> {
    Code,
    Display,
    Inactive,
    Deprecated,
    Abstract,
    Parent(&'a Codes),
    Other(&'a str),
}

impl<'a> Property<'a> {
    /// Nothing where the values of the property are not held.
    fn named(codes: &'a Codes, name: &'a str) -> Option<Self> {
        let is_kept = |name: &str| {
            codes.codes().iter().any(|code| code.properties.iter().any(|(property, _)| property == name))
        };
        match name {
            "code" | "concept" => Some(Self::Code),
            "display" => Some(Self::Display),
            "parent" | "subsumedBy" => Some(Self::Parent(codes)),
            _ if codes.lacks_property(name) => None,
            _ if is_kept(name) => Some(Self::Other(name)),
            "inactive" => Some(Self::Inactive),
            "deprecated" => Some(Self::Deprecated),
            "notSelectable" | "abstract" | "not-selectable" => Some(Self::Abstract),
            _ => Some(Self::Other(name)),
        }
    }

    fn any(&self, code: &Code, test: impl Fn(&str) -> bool) -> bool {
        let flag = |holds: bool| test(if holds { "true" } else { "false" });
        match self {
            Self::Code => test(&code.code),
            Self::Display => code.display.as_deref().is_some_and(test),
            Self::Inactive => flag(code.is_inactive),
            Self::Deprecated => flag(code.is_deprecated),
            Self::Abstract => flag(code.is_abstract),
            Self::Parent(codes) => {
                code.parents.iter().any(|&parent| test(&codes.codes()[parent as usize].code))
            }
            Self::Other(name) => {
                code.properties.iter().any(|(property, value)| property == name && test(value))
            }
        }
    }
}
