//! Finding structure definitions by any of their names, and what was probably meant by a wrong one.

use crate::definitions::{DefinitionId, Definitions, Summary};
use crate::edits::Wrong;
use crate::error::Error;
use crate::index::Sort;
use crate::scope::split;
use crate::structure::StructureDefinition;

impl Definitions {
    /// Opens one structure definition, by canonical URL (with or without `|version`), by id or by name, with the
    /// default versions of packages.
    ///
    /// A name may be shared; then the type wins over profiles, and the first URL over later ones.
    ///
    /// # Errors
    /// When the program was built with damaged definitions.
    pub fn structure(&self, url_or_name: &str) -> Result<Option<StructureDefinition>, Error> {
        let scope = self.scope(&[], &[]);
        let found = self.resolve(Sort::Structure, url_or_name, &scope).map(|found| found.id);
        let found = found.or_else(|| self.structure_named(url_or_name));
        found.map(|id| self.structure_at(id).map(|structure| (*structure).clone())).transpose()
    }

    fn structure_named(&self, name: &str) -> Option<DefinitionId> {
        if split(name).0.contains(':') {
            return None;
        }
        let by_id = self.structures().find(|(_, one)| one.id == name);
        let named = || self.structures().filter(|(_, one)| one.name == name);
        let by_name = || named().find(|(_, one)| one.derivation != "constraint").or_else(|| named().next());
        by_id.or_else(by_name).map(|(id, _)| id)
    }

    /// Every structure definition, the embedded ones in the order of their URLs.
    pub fn structures(&self) -> impl Iterator<Item = (DefinitionId, Summary<'_>)> {
        self.all().filter(|(_, summary)| summary.sort == Sort::Structure)
    }

    /// The definition whose canonical was probably meant, in the version that the default scope means: the last
    /// part of the URL may differ by few letters, the rest by its version or scheme.
    #[must_use]
    pub fn nearest_canonical(&self, sort: Sort, wrong: &str) -> Option<DefinitionId> {
        let (wrong, _) = split(wrong);
        let urls = self.all().filter(|(_, one)| one.sort == sort).map(|(_, one)| one.url);
        let url = nearest_url(wrong, urls)?;
        self.resolve(sort, url, &self.scope(&[], &[])).map(|found| found.id)
    }
}

fn nearest_url<'a>(wrong: &str, urls: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // No canonical is that long; comparing it with all of them would take a minute.
    if wrong.len() > 300 {
        return None;
    }
    let (base, name) = wrong.rsplit_once('/').unwrap_or(("", wrong));
    let (base, name) = (Wrong::new(base), Wrong::new(name));
    let distance = |url: &str| {
        let (its_base, its_name) = url.rsplit_once('/').unwrap_or(("", url));
        Some((name.distance(its_name)?, base.distance(its_base)?))
    };
    let near = urls.filter_map(|url| Some((distance(url)?, url)));
    near.min_by_key(|(distance, _)| *distance).map(|(_, url)| url)
}
