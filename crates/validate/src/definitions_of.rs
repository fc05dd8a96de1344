//! The one place that asks the definitions: types, profiles, names that were probably meant.

use std::sync::Arc;

use fhirkit_definitions::{
    DefinitionId, Definitions, PackageId, Reason, Scope, Sort, StructureDefinition, TypeId, TypeModel,
};
use fhirkit_issue::verdict::Package;

/// Definitions that a validator keeps: the embedded ones, or some of the caller's.
#[derive(Debug, Clone)]
pub enum Shared {
    /// Those of the program.
    Embedded(&'static Definitions),
    /// Those with packages added.
    Added(Arc<Definitions>),
}

impl From<&'static Definitions> for Shared {
    fn from(definitions: &'static Definitions) -> Self {
        Self::Embedded(definitions)
    }
}

impl From<Arc<Definitions>> for Shared {
    fn from(definitions: Arc<Definitions>) -> Self {
        Self::Added(definitions)
    }
}

/// What people call packages.
const TITLES: [(&str, &str); 9] = [
    ("hl7.fhir.r4.core", "FHIR R4"),
    ("hl7.fhir.us.carin-bb", "CARIN BB"),
    ("hl7.fhir.us.core", "US Core"),
    ("hl7.fhir.us.davinci-drug-formulary", "Drug Formulary"),
    ("hl7.fhir.us.davinci-hrex", "HRex"),
    ("hl7.fhir.us.davinci-pdex", "PDex"),
    ("hl7.fhir.us.davinci-pdex-plan-net", "Plan-Net"),
    ("hl7.fhir.uv.extensions.r4", "FHIR extensions"),
    ("hl7.terminology.r4", "HL7 terminology"),
];

/// Where the facts come from.
pub(crate) struct Source {
    definitions: Shared,
    given: Vec<PackageId>,
    default: Scope,
}

/// A definition, and the scope in which the canonicals inside it are to be read.
pub(crate) struct Opened {
    pub(crate) structure: Arc<StructureDefinition>,
    pub(crate) scope: Scope,
}

impl Source {
    pub(crate) fn new(definitions: Shared, given: &[PackageId]) -> Self {
        let default = match &definitions {
            Shared::Embedded(definitions) => definitions.scope(given, &[]),
            Shared::Added(definitions) => definitions.scope(given, &[]),
        };
        Self { definitions, given: given.to_vec(), default }
    }

    /// The definitions themselves, for rules that ask about codes.
    pub(crate) fn definitions(&self) -> &Definitions {
        match &self.definitions {
            Shared::Embedded(definitions) => definitions,
            Shared::Added(definitions) => definitions,
        }
    }

    /// Every type and its elements.
    #[inline]
    pub(crate) fn types(&self) -> &TypeModel {
        self.definitions().types()
    }

    /// The order of packages where nothing is claimed.
    pub(crate) fn default_scope(&self) -> &Scope {
        &self.default
    }

    /// The order of packages for a resource that claims these profiles.
    pub(crate) fn scope(&self, profiles: &[&str]) -> Scope {
        if profiles.is_empty() {
            self.default.clone()
        } else {
            self.definitions().scope(&self.given, profiles)
        }
    }

    /// The definition of a type; a backbone has none of its own.
    pub(crate) fn of_type(&self, ty: TypeId) -> Option<Opened> {
        let url = format!("http://hl7.org/fhir/StructureDefinition/{}", self.types().name(ty));
        self.open(self.profile(&url, &self.default)?, &self.default)
    }

    /// The profile that a canonical, `|version` or not, means.
    pub(crate) fn profile(&self, canonical: &str, scope: &Scope) -> Option<DefinitionId> {
        self.definitions().resolve(Sort::Structure, canonical, scope).map(|found| found.id)
    }

    /// The package of the profile that a canonical means, and why this version of it.
    pub(crate) fn package_of(&self, canonical: &str, scope: &Scope) -> Option<Package> {
        let definitions = self.definitions();
        let found = definitions.resolve(Sort::Structure, canonical, scope)?;
        let manifest = definitions.package(found.package);
        let reason = match found.reason {
            Reason::Versioned => "the canonical names the version".to_owned(),
            Reason::Given => "given".to_owned(),
            Reason::Claimed => "another profile of the resource is from it".to_owned(),
            Reason::Own => "the definition is from it".to_owned(),
            Reason::DependencyOf(other) => format!("{} depends on it", definitions.package(other).label()),
            Reason::Default => "the default".to_owned(),
        };
        let origin = if manifest.built_from_source { " (built from source)" } else { "" };
        Some(Package {
            name: manifest.name.clone(),
            version: format!("{}{origin}", manifest.version),
            reason,
        })
    }

    /// Opens a definition that is used in a scope.
    pub(crate) fn open(&self, id: DefinitionId, scope: &Scope) -> Option<Opened> {
        let definitions = self.definitions();
        let structure = definitions.structure_at(id).ok()?;
        let scope = definitions.scope_inside(definitions.summary(id).package, scope);
        Some(Opened { structure, scope })
    }

    /// The canonical that was probably meant by a wrong one, with the package that has it.
    pub(crate) fn nearest_profile(&self, wrong: &str) -> Option<(&str, String)> {
        let definitions = self.definitions();
        let summary = definitions.summary(definitions.nearest_canonical(Sort::Structure, wrong)?);
        Some((summary.url, self.title(summary.package)))
    }

    /// A package as people call it: `US Core 6.1.0, built in`.
    fn title(&self, package: PackageId) -> String {
        let manifest = self.definitions().package(package);
        let known = TITLES.iter().find(|(name, _)| *name == manifest.name);
        let title = known.map_or(manifest.name.as_str(), |(_, title)| title);
        let is_built_in = Definitions::embedded()
            .is_ok_and(|embedded| embedded.package_named(&manifest.name, Some(&manifest.version)).is_some());
        format!("{title} {}{}", manifest.version, if is_built_in { ", built in" } else { "" })
    }
}
