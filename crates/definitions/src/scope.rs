//! Which version of a package an unversioned canonical means.
//!
//! In this order: a package that was given; one that the resource's profiles name with their version, then those
//! that these depend on; the package's default. Inside a definition, its own package comes first.

use crate::definitions::{DefinitionId, Definitions, PackageId};
use crate::index::Sort;
use crate::package::Manifest;
use crate::version;
use std::sync::{Arc, PoisonError, RwLock};

/// The versions that CMS-0057-F names; of every other package the newest version is the default.
const DEFAULTS: [&str; 3] =
    ["hl7.fhir.us.core#6.1.0", "hl7.fhir.us.carin-bb#2.0.0", "hl7.fhir.us.davinci-pdex#2.0.0"];

/// Packages of HL7's own ground, in the order in which they are asked for a canonical that several hold: the
/// terminology and extension packs took over from the core specification.
const GROUND: [&str; 3] = ["hl7.terminology.r4", "hl7.fhir.uv.extensions.r4", CORE];

const CORE: &str = "hl7.fhir.r4.core";

/// Why a version was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The canonical names it.
    Versioned,
    /// It was given.
    Given,
    /// A profile of the resource names it.
    Claimed,
    /// It is the package of the definition that holds the canonical.
    Own,
    /// This package depends on it.
    DependencyOf(PackageId),
    /// It is the default.
    Default,
}

/// An order of packages. Cheap to copy; made by [`Definitions::scope`].
#[derive(Debug, Clone)]
pub struct Scope(Arc<Order>);

#[derive(Debug)]
struct Order {
    /// Number of the scope in its definitions.
    number: u32,
    packages: Vec<(PackageId, Reason)>,
    /// By package, its place in `packages`.
    rank: Vec<u16>,
}

impl Scope {
    /// Number of the scope, from 0 and dense: for tables beside the definitions.
    #[must_use]
    pub fn index(&self) -> usize {
        self.0.number as usize
    }

    /// The packages, first the one that is asked first.
    #[must_use]
    pub fn packages(&self) -> &[(PackageId, Reason)] {
        &self.0.packages
    }

    fn rank(&self, package: PackageId) -> u16 {
        self.0.rank.get(package.index()).copied().unwrap_or(u16::MAX)
    }

    fn reason(&self, package: PackageId) -> Reason {
        let place = usize::from(self.rank(package));
        self.0.packages.get(place).map_or(Reason::Default, |(_, reason)| *reason)
    }
}

/// The scopes made so far, each once.
#[derive(Debug)]
pub(crate) struct Scopes {
    made: RwLock<Vec<Scope>>,
    default: Vec<PackageId>,
    /// Embedded packages in whose place one of the same name and version was added.
    hidden: Vec<bool>,
}

impl Scopes {
    pub(crate) fn new(packages: &[Manifest], embedded: usize) -> Self {
        let hidden = packages.iter().enumerate().map(|(at, one)| {
            let mut later = packages.iter().skip((at + 1).max(embedded));
            later.any(|added| (&added.name, &added.version) == (&one.name, &one.version))
        });
        let hidden: Vec<bool> = hidden.collect();
        let mut default: Vec<PackageId> = (0..u16::MAX).map(PackageId).take(packages.len()).collect();
        default.retain(|id| !hidden[id.index()]);
        default.sort_by_cached_key(|id| {
            let one = &packages[id.index()];
            let is_default = default_version(packages, &one.name) == one.version;
            let ground = GROUND.iter().position(|name| *name == one.name).map_or(0, |at| at + 1);
            (!is_default, ground, std::cmp::Reverse(version::key(&one.version)), one.name.clone())
        });
        Self { made: RwLock::new(Vec::new()), default, hidden }
    }

    pub(crate) fn is_hidden(&self, package: PackageId) -> bool {
        self.hidden.get(package.index()).copied().unwrap_or_default()
    }

    /// The scope with this order, completed by the defaults.
    fn intern(&self, mut packages: Vec<(PackageId, Reason)>) -> Scope {
        packages.extend(self.default.iter().map(|&id| (id, Reason::Default)));
        let mut rank = vec![u16::MAX; self.hidden.len()];
        let mut place = 0;
        packages.retain(|(id, _)| {
            let is_new = rank[id.index()] == u16::MAX && !self.hidden[id.index()];
            if is_new {
                rank[id.index()] = place;
                place += 1;
            }
            is_new
        });
        let same = |scope: &&Scope| scope.0.packages == packages;
        let known = self.made.read().unwrap_or_else(PoisonError::into_inner).iter().find(same).cloned();
        if let Some(known) = known {
            return known;
        }
        let mut made = self.made.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = made.iter().find(same) {
            return known.clone();
        }
        let number = u32::try_from(made.len()).unwrap_or(u32::MAX);
        let scope = Scope(Arc::new(Order { number, packages, rank }));
        made.push(scope.clone());
        scope
    }
}

fn default_version<'a>(packages: &'a [Manifest], name: &str) -> &'a str {
    let mut versions = packages.iter().filter(|one| one.name == name);
    let named = packages.iter().find(|one| one.name == name && DEFAULTS.contains(&one.label().as_str()));
    let newest = || versions.by_ref().max_by_key(|one| version::key(&one.version));
    named.or_else(newest).map_or("", |one| one.version.as_str())
}

impl Definitions {
    /// The order of packages for a resource: those that were given, then those that its profiles (canonicals,
    /// `meta.profile`) name with their version, then their dependencies, then the defaults.
    #[must_use]
    pub fn scope(&self, given: &[PackageId], profiles: &[&str]) -> Scope {
        let mut order: Vec<_> = given.iter().map(|&id| (id, Reason::Given)).collect();
        self.add_dependencies(given, &mut order);
        let mut claimed = Vec::new();
        for profile in profiles {
            let found = self.resolve_versioned(Sort::Structure, profile);
            claimed.extend(found.map(|id| self.summary(id).package).filter(|&id| !self.is_core(id)));
        }
        order.extend(claimed.iter().map(|&id| (id, Reason::Claimed)));
        self.add_dependencies(&claimed, &mut order);
        self.scopes.intern(order)
    }

    /// The order of packages for canonicals written inside a definition of `package`, which is used in `outer`.
    #[must_use]
    pub fn scope_inside(&self, package: PackageId, outer: &Scope) -> Scope {
        if self.is_ground(package) {
            return outer.clone();
        }
        let mut order = vec![(package, Reason::Own)];
        order.extend(outer.packages().iter().filter(|(_, reason)| *reason == Reason::Given));
        self.add_dependencies(&[package], &mut order);
        order.extend(outer.packages());
        self.scopes.intern(order)
    }

    /// Adds what packages depend on, in the order of their naming, the nearest first. Versions that are not held
    /// are left to the defaults, as is HL7's own ground.
    fn add_dependencies(&self, of: &[PackageId], order: &mut Vec<(PackageId, Reason)>) {
        let mut waiting: Vec<PackageId> = of.to_vec();
        let mut at = 0;
        while let Some(&package) = waiting.get(at) {
            at += 1;
            for dependency in &self.package(package).dependencies {
                let held = self.package_named(&dependency.name, Some(&dependency.version));
                if let Some(id) = held.filter(|id| !waiting.contains(id) && !self.is_ground(*id)) {
                    waiting.push(id);
                    order.push((id, Reason::DependencyOf(package)));
                }
            }
        }
    }

    fn is_core(&self, package: PackageId) -> bool {
        self.package(package).name == CORE
    }

    fn is_ground(&self, package: PackageId) -> bool {
        GROUND.contains(&self.package(package).name.as_str())
    }

    /// The package with this name, in this version or the default one.
    #[must_use]
    pub fn package_named(&self, name: &str, version: Option<&str>) -> Option<PackageId> {
        let version = version.unwrap_or_else(|| default_version(&self.packages, name));
        let is_it = |(id, one): &(PackageId, &Manifest)| {
            one.name == name && one.version == version && !self.scopes.is_hidden(*id)
        };
        self.packages().find(is_it).map(|(id, _)| id)
    }
}

/// A definition that a canonical means, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The definition.
    pub id: DefinitionId,
    /// Its package.
    pub package: PackageId,
    /// Why this version of the package.
    pub reason: Reason,
}

/// A definition with the URL that is looked for.
struct Held<'a> {
    id: DefinitionId,
    package: PackageId,
    version: &'a str,
}

impl<'a> Held<'a> {
    fn new(definitions: &'a Definitions, id: DefinitionId) -> Self {
        let summary = definitions.summary(id);
        Self { id, package: summary.package, version: summary.version }
    }

    fn found(&self, reason: Reason) -> Found {
        Found { id: self.id, package: self.package, reason }
    }
}

impl Definitions {
    /// The definition that a canonical (`url` or `url|version`) means in a scope. A version may be given in part:
    /// `2.0` is the newest `2.0.x`. Where no definition bears a version, it may be that of the package: the core
    /// specification writes `|4.0.1` behind everything that it holds.
    #[must_use]
    pub fn resolve(&self, sort: Sort, canonical: &str, scope: &Scope) -> Option<Found> {
        let (url, wanted) = split(canonical);
        let held: Vec<Held> = self.with_url(url, sort).map(|id| Held::new(self, id)).collect();
        let by_rank = |one: &&Held| scope.rank(one.package);
        let Some(wanted) = wanted else {
            let first = held.iter().min_by_key(by_rank)?;
            return Some(first.found(scope.reason(first.package)));
        };
        let exact = held.iter().filter(|one| one.version == wanted).min_by_key(by_rank);
        let begun = || {
            let begun = held.iter().filter(|one| version::begins(wanted, one.version));
            begun.max_by_key(|one| (version::key(one.version), std::cmp::Reverse(by_rank(one))))
        };
        let of_package = || held.iter().find(|one| self.package(one.package).version == wanted);
        let found = exact.or_else(begun).or_else(of_package)?;
        Some(found.found(Reason::Versioned))
    }

    /// The definition that a canonical with a version means, whatever the scope; nothing for one without.
    fn resolve_versioned(&self, sort: Sort, canonical: &str) -> Option<DefinitionId> {
        split(canonical).1?;
        let any = self.scopes.intern(Vec::new());
        self.resolve(sort, canonical, &any).map(|found| found.id)
    }

    /// Versions in which a URL is held, newest first, with their packages.
    #[must_use]
    pub fn versions(&self, sort: Sort, url: &str) -> Vec<(&str, PackageId)> {
        let found = self.with_url(url, sort).map(|id| self.summary(id));
        let mut versions: Vec<_> = found.map(|summary| (summary.version, summary.package)).collect();
        versions.sort_by_cached_key(|(version, _)| std::cmp::Reverse(version::key(version)));
        versions
    }
}

/// URL and version of a canonical; a fragment names a part of the same definition.
pub(crate) fn split(canonical: &str) -> (&str, Option<&str>) {
    let canonical = canonical.split('#').next().unwrap_or_default();
    match canonical.split_once('|') {
        Some((url, version)) if !version.is_empty() => (url, Some(version)),
        Some((url, _)) => (url, None),
        None => (canonical, None),
    }
}
