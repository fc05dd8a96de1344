//! `CodeSet`: a value set worked out once, for asking whether codes are in it.

use crate::compose::Composer;
use crate::definitions::{DefinitionId, Definitions};
use crate::extent::{SystemExtent, Truth};
use crate::index::Sort;
use crate::scope::{Found, Scope};
use crate::why::Why;
use rustc_hash::FxHashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Whether a code is in a value set: the three truths.
#[derive(Debug, Clone)]
pub enum Membership {
    /// It is.
    In,
    /// It is not, for certain.
    NotIn,
    /// It cannot be told.
    Unverifiable(Arc<Why>),
}

impl Membership {
    /// Whether the code is in the set for certain.
    #[must_use]
    pub fn is_in(&self) -> bool {
        matches!(self, Self::In)
    }

    /// Whether the code is not in the set for certain.
    #[must_use]
    pub fn is_not_in(&self) -> bool {
        matches!(self, Self::NotIn)
    }
}

/// The system that a bare code means under a binding.
#[derive(Debug, Clone)]
pub enum Implied<'a> {
    /// The only system from which the set has this code.
    One(&'a str),
    /// The set has this code from several systems.
    Several,
    /// The set does not have this code.
    None,
    /// It cannot be told.
    Unverifiable(Arc<Why>),
}

/// A value set, ready for questions.
#[derive(Debug)]
pub struct CodeSet {
    found: Found,
    url: String,
    version: String,
    systems: FxHashMap<Box<str>, System>,
    other: Truth,
    listing: Option<Vec<String>>,
}

#[derive(Debug)]
struct System {
    extent: SystemExtent,
    /// Truths by lower case, where the system does not mind case.
    folded: FxHashMap<Box<str>, Truth>,
    /// Versions of the system that are held.
    versions: Vec<String>,
}

/// The most codes that a message lists.
const MOST_LISTED: usize = 12;

impl CodeSet {
    /// The value set's definition, and why this one.
    #[must_use]
    pub fn found(&self) -> Found {
        self.found
    }

    /// Canonical URL of the value set.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Version of the value set; empty where it has none.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The systems whose codes it may have.
    pub fn systems(&self) -> impl Iterator<Item = &str> {
        let named = self.systems.iter().filter(|(_, system)| system.has_codes());
        named.map(|(system, _)| &**system)
    }

    /// The codes of a small set that has no others, in the order of its definition: for a message.
    #[must_use]
    pub fn listing(&self) -> Option<&[String]> {
        self.listing.as_deref()
    }

    /// Whether a code is in the set. Without a system, whether it is in it from any.
    #[must_use]
    pub fn contains(&self, system: Option<&str>, code: &str, version: Option<&str>) -> Membership {
        let Some(name) = system else {
            return match self.implied(code) {
                Implied::One(_) | Implied::Several => Membership::In,
                Implied::None => Membership::NotIn,
                Implied::Unverifiable(why) => Membership::Unverifiable(why),
            };
        };
        match self.systems.get(name) {
            Some(system) => system.contains(name, code, version),
            None => membership(&self.other, code),
        }
    }

    /// The system that a bare code means.
    #[must_use]
    pub fn implied(&self, code: &str) -> Implied<'_> {
        let mut only = None;
        let mut why = None;
        for (name, system) in &self.systems {
            match membership(system.truth(code), code) {
                Membership::In if only.is_some() => return Implied::Several,
                Membership::In => only = Some(&**name),
                Membership::NotIn => {}
                Membership::Unverifiable(unsure) => why = Some(unsure),
            }
        }
        if let Some(only) = only {
            return Implied::One(only);
        }
        match (why, membership(&self.other, code)) {
            (Some(why), _) | (None, Membership::Unverifiable(why)) => Implied::Unverifiable(why),
            (None, _) => Implied::None,
        }
    }
}

impl System {
    fn truth(&self, code: &str) -> &Truth {
        let Self { extent, folded, .. } = self;
        let exact = extent.codes.get(code);
        exact
            .or_else(|| if folded.is_empty() { None } else { folded.get(code.to_lowercase().as_str()) })
            .unwrap_or(&extent.rest)
    }

    fn contains(&self, name: &str, code: &str, version: Option<&str>) -> Membership {
        let found = membership(self.truth(code), code);
        match version {
            // The code may well be one of the version that the coding names.
            Some(version)
                if found.is_not_in()
                    && self.extent.from_content
                    && !self.versions.iter().any(|held| held == version) =>
            {
                let (system, version) = (name.to_owned(), version.to_owned());
                Membership::Unverifiable(Arc::new(Why::VersionNotHeld { system, version }))
            }
            _ => found,
        }
    }

    fn has_codes(&self) -> bool {
        !matches!(self.extent.rest, Truth::NotIn)
            || self.extent.codes.values().any(|truth| !matches!(truth, Truth::NotIn))
    }
}

fn membership(truth: &Truth, code: &str) -> Membership {
    match truth {
        Truth::In => Membership::In,
        Truth::NotIn => Membership::NotIn,
        Truth::Unsure(why) => match &**why {
            Why::SyntaxOnly { grammar, .. } if !grammar.accepts(code) => Membership::NotIn,
            _ => Membership::Unverifiable(Arc::clone(why)),
        },
    }
}

/// The code sets worked out so far, by scope and value set.
#[derive(Debug, Default)]
pub(crate) struct Sets(RwLock<FxHashMap<(usize, DefinitionId), Arc<CodeSet>>>);

impl Definitions {
    /// The value set that a canonical means in a scope, worked out once; nothing where it is not held.
    #[must_use]
    pub fn code_set(&self, canonical: &str, scope: &Scope) -> Option<Arc<CodeSet>> {
        let found = self.resolve(Sort::ValueSet, canonical, scope)?;
        let key = (scope.index(), found.id);
        if let Some(known) = self.sets.0.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Some(Arc::clone(known));
        }
        let made = Arc::new(self.make_code_set(found, scope));
        let mut sets = self.sets.0.write().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(sets.entry(key).or_insert(made)))
    }

    /// Whether a code is in the value set that a canonical means. Whoever asks often keeps the [`CodeSet`].
    #[must_use]
    pub fn membership(
        &self,
        value_set: &str,
        scope: &Scope,
        system: Option<&str>,
        code: &str,
        version: Option<&str>,
    ) -> Membership {
        match self.code_set(value_set, scope) {
            Some(set) => set.contains(system, code, version),
            None => {
                Membership::Unverifiable(Arc::new(Why::ValueSetNotHeld { canonical: value_set.to_owned() }))
            }
        }
    }

    /// Whether a URL is that of a value set: as the system of a coding it is a mistake.
    #[must_use]
    pub fn is_value_set_url(&self, url: &str) -> bool {
        self.with_url(url, Sort::ValueSet).next().is_some()
    }

    fn make_code_set(&self, found: Found, scope: &Scope) -> CodeSet {
        let extent = Composer::new(self).extent(found.id, scope);
        let inside = self.scope_inside(found.package, scope);
        let systems = extent.systems.into_iter().map(|(name, extent)| {
            let system = self.system(&name, extent, &inside);
            (name, system)
        });
        let summary = self.summary(found.id);
        let mut set = CodeSet {
            found,
            url: summary.url.to_owned(),
            version: summary.version.to_owned(),
            systems: systems.collect(),
            other: extent.other,
            listing: None,
        };
        set.listing = self.listing(&set, &inside);
        set
    }

    fn system(&self, name: &str, extent: SystemExtent, scope: &Scope) -> System {
        let minds_case = self.held_codes(name, None, scope).is_none_or(|held| held.codes.is_case_sensitive());
        let mut folded = FxHashMap::default();
        if !minds_case {
            folded
                .extend(extent.codes.iter().map(|(code, truth)| (code.to_lowercase().into(), truth.clone())));
        }
        let versions = self.versions(Sort::CodeSystem, name).into_iter();
        System { extent, folded, versions: versions.map(|(version, _)| version.to_owned()).collect() }
    }

    /// The codes of a set that has few, in the order in which the value set or the system lists them.
    fn listing(&self, set: &CodeSet, scope: &Scope) -> Option<Vec<String>> {
        let has_others = |truth: &Truth| !matches!(truth, Truth::NotIn);
        let codes = set.systems.values().map(|system| system.extent.codes.len()).sum::<usize>();
        if has_others(&set.other)
            || set.systems.values().any(|system| has_others(&system.extent.rest))
            || codes > MOST_LISTED
        {
            return None;
        }
        let facts = self.value_set_at(set.found.id).ok()?;
        let mut order: Vec<String> = facts.include.iter().flat_map(|part| part.codes.clone()).collect();
        for name in set.systems.keys() {
            let held = self.held_codes(name, None, scope);
            order.extend(held.iter().flat_map(|held| held.codes.codes()).map(|code| code.code.to_string()));
        }
        let mut rest: Vec<String> =
            set.systems.values().flat_map(|s| s.extent.codes.keys()).map(|c| c.to_string()).collect();
        rest.sort();
        order.extend(rest);
        let mut listed = Vec::new();
        for code in order {
            if !listed.contains(&code) && set.contains(None, &code, None).is_in() {
                listed.push(code);
            }
        }
        Some(listed)
    }
}
