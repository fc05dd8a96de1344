//! What must hold of an item for it to be in a slice.

use std::sync::{Arc, OnceLock};

use fhirkit_definitions::{CodeSet, Definitions, Membership, Scope};
use fhirkit_tape::{Kind, Node};

use super::path::{Step, any};
use crate::rules::value::constant::{Constant, contains, equals};

/// Whether something holds, where the codes to tell may not be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    No,
    Maybe,
    Yes,
}

/// What one discriminator wants of an item: at the end of its path a value for each test.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    /// The path as the definition writes it.
    pub(super) written: Box<str>,
    pub(super) steps: Box<[Step]>,
    pub(super) tests: Box<[Test]>,
}

/// How near a value comes to a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Agreement {
    /// Values that agree, without systems: most items of a list have the same.
    pub(super) telling: u32,
    /// Values that agree.
    pub(super) found: u32,
    /// Values that are wanted.
    pub(super) wanted: u32,
}

impl std::ops::Add for Agreement {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            telling: self.telling + other.telling,
            found: self.found + other.found,
            wanted: self.wanted + other.wanted,
        }
    }
}

/// A test of one value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    Fixed(Constant),
    Pattern(Constant),
    In(ValueSet),
    /// It is there.
    Present,
    /// It is a resource of one of these types.
    Resource(Box<[Box<str>]>),
    /// No value passes.
    Never,
}

/// The value set of a required binding, looked up when first needed.
#[derive(Debug, Clone)]
pub(super) struct ValueSet {
    pub(super) canonical: Box<str>,
    pub(super) scope: Scope,
    pub(super) set: OnceLock<Option<Arc<CodeSet>>>,
}

impl PartialEq for ValueSet {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical && self.scope.index() == other.scope.index()
    }
}

impl Condition {
    pub(crate) fn holds(&self, item: Node<'_>, definitions: &Definitions) -> Truth {
        self.tests.iter().map(|test| self.best(test, item, definitions)).min().unwrap_or(Truth::No)
    }

    fn best(&self, test: &Test, item: Node<'_>, definitions: &Definitions) -> Truth {
        let mut best = Truth::No;
        any(item, &self.steps, &mut |value| {
            best = best.max(test.holds(value, definitions));
            best == Truth::Yes
        });
        best
    }

    /// Whether nothing is at the end of the path.
    pub(super) fn finds_nothing(&self, item: Node<'_>) -> bool {
        !any(item, &self.steps, &mut |_| true)
    }

    /// The value sets by which it decides.
    pub(super) fn value_sets(&self) -> impl Iterator<Item = &str> {
        self.tests.iter().filter_map(|test| match test {
            Test::In(set) => Some(&*set.canonical),
            _ => None,
        })
    }

    /// How many of the values that it wants an item has.
    pub(super) fn agreement(&self, item: Node<'_>) -> Agreement {
        let mut sum = Agreement::default();
        for test in &self.tests {
            let (Test::Fixed(wanted) | Test::Pattern(wanted)) = test else { continue };
            let mut best = Agreement::default();
            any(item, &self.steps, &mut |value| {
                best = best.max(agreeing(value, wanted.node(), ""));
                false
            });
            sum = sum + best;
            sum.wanted += leaves(wanted.node());
        }
        sum
    }

    /// What it wants, in words.
    pub(super) fn wanted(&self) -> String {
        let words = self.tests.iter().map(|test| match test {
            Test::Fixed(wanted) | Test::Pattern(wanted) => format!("`{}`", short(wanted.node())),
            Test::In(set) => format!("a code of {}", set.canonical),
            Test::Present => "a value of its type".to_owned(),
            Test::Resource(types) => types.join(" or "),
            Test::Never => "another type".to_owned(),
        });
        words.collect::<Vec<_>>().join(" and ")
    }
}

impl Test {
    fn holds(&self, value: Node<'_>, definitions: &Definitions) -> Truth {
        let holds = match self {
            Test::Fixed(wanted) => equals(value, wanted.node()),
            Test::Pattern(wanted) => contains(value, wanted.node()),
            Test::Present => true,
            Test::Never => false,
            Test::Resource(types) => types.iter().any(|name| value.get("resourceType").str_is(name)),
            Test::In(set) => return set.has(value, definitions),
        };
        if holds { Truth::Yes } else { Truth::No }
    }
}

impl ValueSet {
    /// Whether a code, Coding, CodeableConcept or Quantity has a code of the set.
    fn has(&self, value: Node<'_>, definitions: &Definitions) -> Truth {
        let find = || definitions.code_set(&self.canonical, &self.scope);
        let Some(set) = self.set.get_or_init(find) else { return Truth::Maybe };
        if let Some(code) = value.as_str() {
            return truth(&set.contains(None, &code, None));
        }
        let coding = value.get("coding");
        if coding.is_array() {
            return coding.items().map(|one| in_set(set, one)).max().unwrap_or(Truth::No);
        }
        in_set(set, value)
    }
}

fn in_set(set: &CodeSet, coding: Node<'_>) -> Truth {
    let Some(code) = coding.get("code").as_str() else { return Truth::No };
    let (system, version) = (coding.get("system").as_str(), coding.get("version").as_str());
    truth(&set.contains(system.as_deref(), &code, version.as_deref()))
}

fn truth(membership: &Membership) -> Truth {
    match membership {
        Membership::In => Truth::Yes,
        Membership::NotIn => Truth::No,
        Membership::Unverifiable(_) => Truth::Maybe,
    }
}

fn leaves(wanted: Node<'_>) -> u32 {
    match wanted.kind() {
        Kind::Object => wanted.members().map(|(_, below)| leaves(below)).sum(),
        Kind::Array => wanted.items().map(leaves).sum(),
        _ => 1,
    }
}

fn agreeing(value: Node<'_>, wanted: Node<'_>, key: &str) -> Agreement {
    let sum = |one: Agreement, other| one + other;
    match wanted.kind() {
        Kind::Object => {
            let below = wanted.members().map(|(key, below)| {
                let key = key.as_str();
                agreeing(value.get(&key), below, &key)
            });
            below.fold(Agreement::default(), sum)
        }
        Kind::Array => {
            let best = |below| value.items().map(|item| agreeing(item, below, key)).max().unwrap_or_default();
            wanted.items().map(best).fold(Agreement::default(), sum)
        }
        _ if equals(value, wanted) => Agreement { telling: u32::from(key != "system"), found: 1, wanted: 0 },
        _ => Agreement::default(),
    }
}

/// A value as a message shows it: a coding as `system|code`.
fn short(wanted: Node<'_>) -> String {
    let coding = wanted.get("coding").item(0);
    let coding = if coding.is_absent() { wanted } else { coding };
    let part = |key| coding.get(key).as_str().unwrap_or_default();
    match (part("system"), part("code")) {
        (system, code) if !code.is_empty() => format!("{system}|{code}"),
        _ => match wanted.as_str() {
            Some(text) => text.into_owned(),
            None => wanted.raw_str().chars().take(200).collect(),
        },
    }
}

/// The text by which an item that has a constant is found, and the keys from the constant to it.
pub(super) fn key_of(wanted: &Constant) -> Option<(&'static [&'static str], Box<str>)> {
    let text = |node: Node<'_>| node.as_str().map(|text| Box::from(&*text));
    let node = wanted.node();
    if let Some(own) = text(node) {
        return Some((&[], own));
    }
    let ways: [&'static [&'static str]; 4] = [&["coding", "code"], &["code"], &["system"], &["url"]];
    ways.into_iter().find_map(|way| {
        let end = way.iter().fold(node, |at, key| {
            let below = at.get(key);
            if below.is_array() { below.item(0) } else { below }
        });
        Some((way, text(end)?))
    })
}
