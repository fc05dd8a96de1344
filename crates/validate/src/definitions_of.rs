//! The one place that asks the definitions: types, profiles, names that were probably meant.

use fhirkit_definitions::{Definitions, StructureDefinition, TypeId, TypeModel};

/// Where the facts come from.
pub(crate) struct Source {
    definitions: &'static Definitions,
}

impl Source {
    pub(crate) fn new(definitions: &'static Definitions) -> Self {
        Self { definitions }
    }

    /// Every type and its elements.
    pub(crate) fn types(&self) -> &'static TypeModel {
        self.definitions.types()
    }

    /// The definition of a type; a backbone has none of its own.
    pub(crate) fn of_type(&self, ty: TypeId) -> Option<StructureDefinition> {
        let url = format!("http://hl7.org/fhir/StructureDefinition/{}", self.types().name(ty));
        self.definitions.structure(&url).ok().flatten()
    }

    /// The profile with that canonical, `|version` or not.
    pub(crate) fn profile(&self, canonical: &str) -> Option<StructureDefinition> {
        // Ids and names would be found too, and a profile is named by its URL alone.
        let found = self.definitions.structure(canonical).ok().flatten()?;
        (found.url == canonical.split('|').next().unwrap_or_default()).then_some(found)
    }

    /// The canonical that was probably meant by a wrong one.
    pub(crate) fn nearest_profile(&self, wrong: &str) -> Option<&'static str> {
        let found = self.definitions.nearest_structure(wrong).ok().flatten()?;
        found.contains("://").then_some(found)
    }
}
