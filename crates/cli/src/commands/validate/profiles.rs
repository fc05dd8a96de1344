//! Which profiles are asked of resources besides those that they claim.

use std::collections::BTreeMap;
use std::path::Path;

use fhirkit_definitions::{Definitions, PackageId, Sort};
use serde::Deserialize;

use crate::args::validate::ValidateArgs;
use crate::exit::{Exit, Failure, usage_issue};

/// Profiles that every resource of their type must follow, and those assumed where none is claimed, by type.
type Wanted = (Vec<String>, Vec<(String, String)>);

/// What `--profile`, `--profile-map` and `--assume-profiles` ask for.
pub(super) fn wanted(
    arguments: &ValidateArgs,
    definitions: &Definitions,
    packages: &[PackageId],
) -> Result<Wanted, Failure> {
    let look = Look { definitions, packages };
    let mut given = Vec::new();
    for canonical in &arguments.profile {
        look.type_of(canonical)?;
        given.push(canonical.clone());
    }
    if let Some(path) = &arguments.profile_map {
        given.extend(look.map(path)?);
    }
    let mut assumed = Vec::new();
    for name in &arguments.assume_profiles {
        match name.split_once('=') {
            Some((type_name, canonical)) => {
                look.check_type(type_name, canonical)?;
                assumed.push((type_name.to_owned(), canonical.to_owned()));
            }
            None if name.contains("://") => assumed.push((look.type_of(name)?, name.clone())),
            None => assumed.extend(look.of_package(name)?),
        }
    }
    Ok((given, assumed))
}

/// One canonical, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

struct Look<'d> {
    definitions: &'d Definitions,
    packages: &'d [PackageId],
}

impl Look<'_> {
    /// The type that a profile constrains.
    fn type_of(&self, canonical: &str) -> Result<String, Failure> {
        let scope = self.definitions.scope(self.packages, &[]);
        if let Some(found) = self.definitions.resolve(Sort::Structure, canonical, &scope) {
            return Ok(self.definitions.summary(found.id).type_name.to_owned());
        }
        let mut issue = usage_issue("unknown-profile", format!("no package at hand has `{canonical}`"));
        issue.help = self.definitions.nearest_canonical(Sort::Structure, canonical).map(|id| {
            let summary = self.definitions.summary(id);
            let package = self.definitions.package(summary.package).label();
            format!("did you mean `{}` ({package})?", summary.url)
        });
        issue.help = issue.help.or_else(|| self.whole_name(canonical));
        Err(Failure::new(Exit::Usage, issue))
    }

    /// The URL of a profile that was named by its last part alone.
    fn whole_name(&self, last: &str) -> Option<String> {
        let mut all = self.definitions.all().map(|(_, summary)| summary);
        let found = all.find(|summary| {
            summary.sort == Sort::Structure
                && summary.url.rsplit_once('/').is_some_and(|(_, end)| end == last)
        })?;
        Some(format!("a profile is named by its URL: `{}`", found.url))
    }

    fn check_type(&self, type_name: &str, canonical: &str) -> Result<(), Failure> {
        let of = self.type_of(canonical)?;
        if of == type_name {
            return Ok(());
        }
        let message = format!("`{canonical}` is a profile of {of}, not of `{type_name}`");
        Err(Failure::usage("wrong-profile", message))
    }

    /// Reads `--profile-map`.
    fn map(&self, path: &Path) -> Result<Vec<String>, Failure> {
        let name = path.display();
        let wrong = |why: String| Failure::usage("profile-map", format!("{name}: {why}"));
        let text = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        let map: BTreeMap<String, OneOrMore> = serde_json::from_slice(&text)
            .map_err(|error| wrong(format!("expected an object from types to canonicals: {error}")))?;
        let mut profiles = Vec::new();
        for (type_name, canonicals) in map {
            let canonicals = match canonicals {
                OneOrMore::One(one) => vec![one],
                OneOrMore::More(more) => more,
            };
            for canonical in canonicals {
                self.check_type(&type_name, &canonical)?;
                profiles.push(canonical);
            }
        }
        Ok(profiles)
    }

    /// For each type the profile that a package has for all its resources: the only one, or the one that all others
    /// of the type are built on. Where a package has several, which one is meant only the sender knows.
    fn of_package(&self, name: &str) -> Result<Vec<(String, String)>, Failure> {
        let definitions = self.definitions;
        let id = definitions.package_meant(name).map_err(|why| crate::definitions::not_held(name, &why))?;
        let mut by_type: BTreeMap<&str, Vec<fhirkit_definitions::Summary<'_>>> = BTreeMap::new();
        let mut bases = Vec::new();
        for (definition, summary) in definitions.all() {
            let is_profile = summary.package == id
                && summary.sort == Sort::Structure
                && summary.kind == "resource"
                && summary.derivation == "constraint";
            if is_profile {
                by_type.entry(summary.type_name).or_default().push(summary);
                if let Ok(structure) = definitions.structure_at(definition) {
                    bases.push((summary.url, structure.base.clone().unwrap_or_default()));
                }
            }
        }
        let version = &definitions.package(id).version;
        let mut assumed = Vec::new();
        for (type_name, profiles) in by_type {
            let base_of = |url: &str| bases.iter().find(|(of, _)| *of == url).map(|(_, base)| base.as_str());
            let roots: Vec<_> = profiles
                .iter()
                .filter(|one| !profiles.iter().any(|other| base_of(one.url) == Some(other.url)))
                .collect();
            if let [root] = roots.as_slice() {
                let of = if root.version.is_empty() { version.as_str() } else { root.version };
                assumed.push((type_name.to_owned(), format!("{}|{of}", root.url)));
            }
        }
        Ok(assumed)
    }
}
