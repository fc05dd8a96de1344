//! `Definitions`: what is embedded, and what was added to it.

use crate::blob::{Blob, damaged};
use crate::check::find_supplements;
use crate::code_set::Sets;
use crate::code_system::Codes;
use crate::differential::Differential;
use crate::error::Error;
use crate::index::Sort;
use crate::package::{Manifest, Package};
use crate::scope::{Scopes, split};
use crate::snapshot::{self, NoSnapshot};
use crate::structure::{Derivation, StructureDefinition, StructureKind};
use crate::terminology::{CodeSystem, Terminology, ValueSet};
use crate::types::TypeModel;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::de::DeserializeOwned;
use std::sync::{Arc, OnceLock};

/// A package of [`Definitions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PackageId(pub(crate) u16);

/// A definition of [`Definitions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DefinitionId(pub(crate) u32);

impl PackageId {
    pub(crate) fn index(self) -> usize {
        self.0.into()
    }
}

impl DefinitionId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What is known of a definition without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary<'a> {
    /// Canonical URL, without version.
    pub url: &'a str,
    /// Version of the definition; empty where the package gives none.
    pub version: &'a str,
    /// Package that holds it.
    pub package: PackageId,
    /// What it is.
    pub sort: Sort,
    /// Id of a structure definition, unique in its package.
    pub id: &'a str,
    /// Computer-friendly name of a structure definition; extensions share names.
    pub name: &'a str,
    /// The type that a structure definition defines or constrains.
    pub type_name: &'a str,
    /// `primitive-type`, `complex-type` or `resource`.
    pub kind: &'a str,
    /// `specialization` (a type), `constraint` (a profile), or empty for the two roots.
    pub derivation: &'a str,
}

/// FHIR packages, as facts: those that the program carries, and those added to them.
///
/// Shared by all threads; a definition is decompressed and read once, when first asked for.
#[derive(Debug)]
pub struct Definitions {
    pub(crate) blob: &'static Blob,
    pub(crate) packages: Vec<Manifest>,
    added: Vec<Added>,
    /// Added definitions by URL.
    by_url: FxHashMap<String, Vec<DefinitionId>>,
    opened: Box<[OnceLock<Opened>]>,
    pub(crate) scopes: Scopes,
    pub(crate) sets: Sets,
    supplements: OnceLock<Vec<DefinitionId>>,
    without_snapshot: Vec<WithoutSnapshot>,
}

/// A structure definition that cannot be used: its package gives no snapshot, and none can be made.
#[derive(Debug, Clone)]
pub struct WithoutSnapshot {
    /// Canonical URL.
    pub url: String,
    /// Its package.
    pub package: PackageId,
    /// Why none can be made.
    pub why: NoSnapshot,
}

#[derive(Debug)]
struct Added {
    package: PackageId,
    facts: Opened,
}

#[derive(Debug, Clone)]
enum Opened {
    Structure(Arc<StructureDefinition>),
    ValueSet(Arc<ValueSet>),
    CodeSystem(Arc<Codes>),
    Damaged,
}

impl Definitions {
    /// What the program carries; reading it takes about a millisecond, once a process.
    ///
    /// # Errors
    /// When the program was built with damaged definitions.
    pub fn embedded() -> Result<&'static Self, Error> {
        static EMBEDDED: OnceLock<Definitions> = OnceLock::new();
        if let Some(definitions) = EMBEDDED.get() {
            return Ok(definitions);
        }
        let definitions = Self::new(Vec::new())?;
        Ok(EMBEDDED.get_or_init(|| definitions))
    }

    /// What the program carries, and these packages. A package of the same name and version takes the place of the
    /// embedded one.
    ///
    /// # Errors
    /// When the program was built with damaged definitions.
    pub fn with_packages(packages: Vec<Package>) -> Result<Self, Error> {
        Self::new(packages)
    }

    fn new(more: Vec<Package>) -> Result<Self, Error> {
        let blob = Blob::embedded()?;
        let mut packages = blob.packages.clone();
        let first_added = packages.len();
        packages.extend(more.iter().map(|package| package.manifest.clone()));
        let scopes = Scopes::new(&packages, first_added);
        let mut definitions = Self {
            blob,
            packages,
            added: Vec::new(),
            by_url: FxHashMap::default(),
            opened: (0..blob.index.len()).map(|_| OnceLock::new()).collect(),
            scopes,
            sets: Sets::default(),
            supplements: OnceLock::new(),
            without_snapshot: Vec::new(),
        };
        let mut differentials = Vec::new();
        for (number, package) in (first_added..).zip(more) {
            let id = PackageId(u16::try_from(number).map_err(|_| too_many())?);
            for one in package.structures {
                definitions.add(id, Opened::Structure(Arc::new(one)))?;
            }
            for one in package.terminology {
                let facts = match one {
                    Terminology::ValueSet(set) => Opened::ValueSet(Arc::new(set)),
                    Terminology::CodeSystem(system) => Opened::CodeSystem(Arc::new(Codes::compile(system))),
                };
                definitions.add(id, facts)?;
            }
            differentials.extend(package.differentials.into_iter().map(|one| (id, one)));
        }
        definitions.make_snapshots(differentials)?;
        Ok(definitions)
    }

    fn add(&mut self, package: PackageId, facts: Opened) -> Result<(), Error> {
        let number = u32::try_from(self.blob.index.len() + self.added.len()).map_err(|_| too_many())?;
        self.by_url.entry(facts.url().to_owned()).or_default().push(DefinitionId(number));
        self.added.push(Added { package, facts });
        Ok(())
    }

    /// Makes snapshots, those of bases first; what cannot be made is noted.
    fn make_snapshots(&mut self, mut waiting: Vec<(PackageId, Differential)>) -> Result<(), Error> {
        let defaults = self.scope(&[], &[]);
        while !waiting.is_empty() {
            let bases: FxHashSet<String> = waiting.iter().map(|(_, one)| one.header.url.clone()).collect();
            let is_ready = |one: &Differential| {
                let base = one.header.base.as_deref().map_or("", |base| split(base).0);
                !bases.contains(base)
            };
            let (ready, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, one)| is_ready(one));
            // None is ready where bases go round in a circle.
            let is_circle = ready.is_empty();
            let (mut ready, later) = if is_circle { (later, Vec::new()) } else { (ready, later) };
            // Extensions and datatypes are spelled out in profiles of resources.
            ready.sort_by_key(|(_, one)| one.header.kind == StructureKind::Resource);
            for (package, one) in ready {
                let scope = self.scope_inside(package, &defaults);
                match snapshot::generate(self, &one, &scope) {
                    Ok(structure) => self.add(package, Opened::Structure(Arc::new(structure)))?,
                    Err(why) => {
                        self.without_snapshot.push(WithoutSnapshot { url: one.header.url, package, why });
                    }
                }
            }
            waiting = later;
        }
        Ok(())
    }

    /// Structure definitions that cannot be used because there is no snapshot of them.
    #[must_use]
    pub fn without_snapshot(&self) -> &[WithoutSnapshot] {
        &self.without_snapshot
    }

    /// Every R4 type and its elements.
    #[must_use]
    pub fn types(&self) -> &TypeModel {
        &self.blob.types
    }

    /// Every package with its number.
    pub fn packages(&self) -> impl Iterator<Item = (PackageId, &Manifest)> {
        (0..u16::MAX).map(PackageId).zip(&self.packages)
    }

    /// Name, version and dependencies of a package.
    ///
    /// # Panics
    /// When the number is from other `Definitions`.
    #[must_use]
    pub fn package(&self, id: PackageId) -> &Manifest {
        &self.packages[id.index()]
    }

    /// Every definition, the embedded ones in the order of their URLs.
    pub fn all(&self) -> impl Iterator<Item = (DefinitionId, Summary<'_>)> {
        let count = u32::try_from(self.blob.index.len() + self.added.len()).unwrap_or(u32::MAX);
        (0..count).map(DefinitionId).map(|id| (id, self.summary(id)))
    }

    /// What is known of a definition without opening it.
    #[must_use]
    pub fn summary(&self, id: DefinitionId) -> Summary<'_> {
        match self.added(id) {
            Some(added) => added.facts.summary(added.package),
            None => {
                let record = self.blob.index.record(id.index());
                Summary {
                    url: record.url,
                    version: record.version,
                    package: PackageId(record.package),
                    sort: record.sort,
                    id: record.id,
                    name: record.name,
                    type_name: record.type_name,
                    kind: record.kind,
                    derivation: record.derivation,
                }
            }
        }
    }

    fn added(&self, id: DefinitionId) -> Option<&Added> {
        self.added.get(id.index().checked_sub(self.blob.index.len())?)
    }

    /// Every definition with this URL, those of one sort.
    pub(crate) fn with_url(&self, url: &str, sort: Sort) -> impl Iterator<Item = DefinitionId> {
        let index = &self.blob.index;
        let embedded = index.with_url(url).filter(move |&at| {
            index.sort(at) == sort && !self.scopes.is_hidden(PackageId(index.package(at)))
        });
        let embedded = embedded.filter_map(|at| u32::try_from(at).ok()).map(DefinitionId);
        let added = self.by_url.get(url).into_iter().flatten().copied();
        embedded.chain(added.filter(move |&id| self.summary(id).sort == sort))
    }

    pub(crate) fn supplements(&self) -> &[DefinitionId] {
        self.supplements.get_or_init(|| find_supplements(self))
    }

    /// Opens a structure definition.
    ///
    /// # Errors
    /// When it is no structure definition, or the program was built with damaged definitions.
    pub fn structure_at(&self, id: DefinitionId) -> Result<Arc<StructureDefinition>, Error> {
        match self.open(id) {
            Opened::Structure(structure) => Ok(Arc::clone(structure)),
            _ => Err(damaged()),
        }
    }

    /// Opens a value set.
    ///
    /// # Errors
    /// When it is no value set, or the program was built with damaged definitions.
    pub fn value_set_at(&self, id: DefinitionId) -> Result<Arc<ValueSet>, Error> {
        match self.open(id) {
            Opened::ValueSet(set) => Ok(Arc::clone(set)),
            _ => Err(damaged()),
        }
    }

    /// Opens a code system.
    ///
    /// # Errors
    /// When it is no code system, or the program was built with damaged definitions.
    pub fn code_system_at(&self, id: DefinitionId) -> Result<Arc<Codes>, Error> {
        self.codes(id).cloned().ok_or_else(damaged)
    }

    pub(crate) fn codes(&self, id: DefinitionId) -> Option<&Arc<Codes>> {
        match self.open(id) {
            Opened::CodeSystem(codes) => Some(codes),
            _ => None,
        }
    }

    fn open(&self, id: DefinitionId) -> &Opened {
        if let Some(added) = self.added(id) {
            return &added.facts;
        }
        match self.opened.get(id.index()) {
            Some(cell) => cell.get_or_init(|| self.read(id).unwrap_or(Opened::Damaged)),
            None => &Opened::Damaged,
        }
    }

    fn read(&self, id: DefinitionId) -> Option<Opened> {
        let text = self.blob.text(id.index()).ok()?;
        Some(match self.blob.index.sort(id.index()) {
            Sort::Structure => Opened::Structure(Arc::new(json(&text)?)),
            Sort::ValueSet => Opened::ValueSet(Arc::new(json(&text)?)),
            _ => Opened::CodeSystem(Arc::new(Codes::compile(json::<CodeSystem>(&text)?))),
        })
    }
}

fn json<T: DeserializeOwned>(text: &[u8]) -> Option<T> {
    serde_json::from_slice(text).ok()
}

fn too_many() -> Error {
    Error::package("more packages or definitions than can be numbered")
}

impl Opened {
    fn url(&self) -> &str {
        match self {
            Self::Structure(one) => &one.url,
            Self::ValueSet(one) => &one.url,
            Self::CodeSystem(one) => one.url(),
            Self::Damaged => "",
        }
    }

    fn summary(&self, package: PackageId) -> Summary<'_> {
        let (version, sort) = match self {
            Self::Structure(one) => (one.version.as_deref(), Sort::Structure),
            Self::ValueSet(one) => (one.version.as_deref(), Sort::ValueSet),
            Self::CodeSystem(one) => (one.version(), one.sort()),
            Self::Damaged => (None, Sort::EmptyCodeSystem),
        };
        let version = version.unwrap_or_default();
        let url = self.url();
        let (id, name, type_name, kind, derivation) = match self {
            Self::Structure(one) => (
                one.id.as_str(),
                one.name.as_str(),
                one.type_name.as_str(),
                kind_text(one.kind),
                one.derivation.map_or("", derivation_text),
            ),
            _ => Default::default(),
        };
        Summary { url, version, package, sort, id, name, type_name, kind, derivation }
    }
}

fn kind_text(kind: StructureKind) -> &'static str {
    match kind {
        StructureKind::PrimitiveType => "primitive-type",
        StructureKind::ComplexType => "complex-type",
        StructureKind::Resource => "resource",
        StructureKind::Logical => "logical",
    }
}

fn derivation_text(derivation: Derivation) -> &'static str {
    match derivation {
        Derivation::Specialization => "specialization",
        Derivation::Constraint => "constraint",
    }
}
