//! From the composition of a value set to its extent.

use crate::code_system::Codes;
use crate::definitions::{DefinitionId, Definitions};
use crate::extent::{Extent, SystemExtent, Truth};
use crate::filter;
use crate::grammar::{self, Grammar};
use crate::index::Sort;
use crate::scope::{Scope, split};
use crate::terminology::{Filter, Part, ValueSet};
use crate::why::Why;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Value sets that one may draw in, each time it does: guides stay far below, hostile ones are cut off.
const MOST_SETS: usize = 4096;

/// How deep value sets may include each other.
const DEEPEST: usize = 64;

/// Works out value sets, with those that they include.
pub(crate) struct Composer<'a> {
    definitions: &'a Definitions,
    /// The sets that are being worked out, outermost first.
    open: Vec<DefinitionId>,
    count: usize,
}

impl<'a> Composer<'a> {
    pub(crate) fn new(definitions: &'a Definitions) -> Self {
        Self { definitions, open: Vec::new(), count: 0 }
    }

    /// The extent of a value set found in `scope`.
    pub(crate) fn extent(&mut self, id: DefinitionId, scope: &Scope) -> Extent {
        let summary = self.definitions.summary(id);
        self.count += 1;
        if self.open.contains(&id) || self.open.len() >= DEEPEST || self.count > MOST_SETS {
            return unsure(Why::Circular { value_set: summary.url.to_owned() });
        }
        let Ok(set) = self.definitions.value_set_at(id) else {
            return unsure(Why::ValueSetNotHeld { canonical: summary.url.to_owned() });
        };
        let scope = self.definitions.scope_inside(summary.package, scope);
        self.open.push(id);
        let extent = self.composed(&set, &scope);
        self.open.pop();
        extent
    }

    fn composed(&mut self, set: &ValueSet, scope: &Scope) -> Extent {
        let expansion = |this: &mut Self| this.union(&set.expansion, None, scope);
        if set.include.is_empty() {
            if set.expansion.is_empty() {
                return unsure(Why::NotComposed { value_set: set.url.clone() });
            }
            return expansion(self);
        }
        let included = self.union(&set.include, set.inactive, scope);
        // Codes to exclude are excluded whatever their status.
        let excluded = self.union(&set.exclude, None, scope);
        let extent = included.without(&excluded);
        // What its publisher worked out stands in for what cannot be worked out here.
        if !extent.is_certain() && !set.expansion.is_empty() { expansion(self) } else { extent }
    }

    fn union(&mut self, parts: &[Part], inactive: Option<bool>, scope: &Scope) -> Extent {
        let nothing = Extent::everywhere(Truth::NotIn);
        parts.iter().fold(nothing, |sum, part| sum.or(&self.part(part, inactive, scope)))
    }

    fn part(&mut self, part: &Part, inactive: Option<bool>, scope: &Scope) -> Extent {
        let mut extent = match &part.system {
            Some(system) => Extent::of_system(system, self.of_system(system, part, inactive, scope)),
            None if part.value_sets.is_empty() => Extent::everywhere(Truth::NotIn),
            None => Extent::everywhere(Truth::In),
        };
        for canonical in &part.value_sets {
            extent = extent.and(&self.imported(canonical, scope));
        }
        extent
    }

    fn imported(&mut self, canonical: &str, scope: &Scope) -> Extent {
        match self.definitions.resolve(Sort::ValueSet, canonical, scope) {
            Some(found) => self.extent(found.id, scope),
            None => unsure(Why::ValueSetNotHeld { canonical: canonical.to_owned() }),
        }
    }

    fn of_system(&self, system: &str, part: &Part, inactive: Option<bool>, scope: &Scope) -> SystemExtent {
        let held = self.definitions.held_codes(system, part.version.as_deref(), scope);
        if !part.codes.is_empty() {
            let spelled = |code: &String| {
                let known = held.as_ref().and_then(|held| held.codes.get(code));
                known.map_or_else(|| code.as_str().into(), |known| known.code.clone())
            };
            let codes = part.codes.iter().map(|code| (spelled(code), Truth::In)).collect();
            return SystemExtent { codes, rest: Truth::NotIn, from_content: false };
        }
        let Some(held) = held else { return not_held(system, &part.filters) };
        let mut chosen = vec![true; held.codes.codes().len()];
        for condition in &part.filters {
            let Some(matching) = filter::matching(&held.codes, condition) else {
                return not_evaluated(system, condition);
            };
            chosen.iter_mut().zip(matching).for_each(|(chosen, matches)| *chosen &= matches);
        }
        let is_wanted = |is_inactive: bool| inactive != Some(false) || !is_inactive;
        let codes = held.codes.codes().iter().zip(chosen);
        let codes: FxHashMap<_, _> = codes
            .filter(|(code, chosen)| *chosen && is_wanted(code.is_inactive))
            .map(|(code, _)| (code.code.clone(), Truth::In))
            .collect();
        let rest = match (&held.other_version, held.codes.is_complete()) {
            (Some(version), _) => {
                let (system, version) = (system.to_owned(), version.clone());
                Truth::Unsure(Arc::new(Why::VersionNotHeld { system, version }))
            }
            (None, false) => Truth::Unsure(Arc::new(Why::FragmentOnly { system: system.to_owned() })),
            (None, true) => Truth::NotIn,
        };
        // Codes of a fragment that a filter does not choose are known not to be chosen.
        let mut codes = codes;
        if !matches!(rest, Truth::NotIn) {
            for code in held.codes.codes() {
                codes.entry(code.code.clone()).or_insert(Truth::NotIn);
            }
        }
        SystemExtent { codes, rest, from_content: true }
    }
}

/// A code system that is held, perhaps in another version than was asked for.
pub(crate) struct Held {
    pub(crate) codes: Arc<Codes>,
    /// The version that was asked for, where it is not this one.
    pub(crate) other_version: Option<String>,
}

impl Definitions {
    /// The codes of a system (`url` or `url|version`), from the package that the scope asks first.
    pub(crate) fn held_codes(&self, system: &str, version: Option<&str>, scope: &Scope) -> Option<Held> {
        let (url, own_version) = split(system);
        let wanted = version.or(own_version);
        let exact =
            wanted.and_then(|version| self.resolve(Sort::CodeSystem, &format!("{url}|{version}"), scope));
        let other_version = wanted.filter(|_| exact.is_none()).map(str::to_owned);
        let found = exact.or_else(|| self.resolve(Sort::CodeSystem, url, scope))?;
        Some(Held { codes: Arc::clone(self.codes(found.id)?), other_version })
    }
}

fn unsure(why: Why) -> Extent {
    Extent::everywhere(Truth::Unsure(Arc::new(why)))
}

/// Codes of a system that is not held: a pattern on them or a grammar of the system can still tell some apart.
fn not_held(system: &str, filters: &[Filter]) -> SystemExtent {
    let of_filter = filters.iter().find_map(|filter| {
        let on_code = filter.op == "regex" && matches!(filter.property.as_str(), "code" | "concept");
        Grammar::pattern(&filter.value).filter(|_| on_code)
    });
    let system_text = system.to_owned();
    let why = match of_filter.or_else(|| grammar::of_system(system)) {
        Some(grammar) => Why::SyntaxOnly { system: system_text, grammar },
        None => Why::ContentNotHeld { system: system_text },
    };
    SystemExtent { codes: FxHashMap::default(), rest: Truth::Unsure(Arc::new(why)), from_content: true }
}

fn not_evaluated(system: &str, filter: &Filter) -> SystemExtent {
    let filter = format!("{} {} {}", filter.property, filter.op, filter.value);
    let why = Why::FilterNotSupported { system: system.to_owned(), filter };
    SystemExtent { codes: FxHashMap::default(), rest: Truth::Unsure(Arc::new(why)), from_content: true }
}
