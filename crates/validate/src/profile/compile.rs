//! StructureDefinition → [`Profile`].

use std::collections::HashMap;

use fhirkit_definitions::structure::{self, Derivation};
use fhirkit_definitions::{ElementDefinition, StructureDefinition, TypeModel};

use super::{Element, ElementId, ExtensionContext, ExtensionFacts, Marks, Profile};
use crate::rules::extension::path::Path;
use crate::rules::value::constant::Constant;
use crate::rules::{self, ElementFacts};

impl Profile {
    /// Compiles a definition with its snapshot.
    pub(crate) fn compile(structure: &StructureDefinition, facts: &rules::Facts<'_>) -> Profile {
        let tree = Tree::new(structure);
        let canonical = match &structure.version {
            Some(version) => format!("{}|{version}", structure.url),
            None => structure.url.clone(),
        };
        let elements = structure.elements.iter().take(usize::from(u16::MAX)).enumerate();
        Profile {
            canonical: canonical.into(),
            type_name: structure.type_name.as_str().into(),
            is_constraint: structure.derivation == Some(Derivation::Constraint),
            scope: facts.scope.clone(),
            extension: extension(structure, facts.source.types()),
            elements: elements
                .map(|(at, definition)| {
                    let facts = ElementFacts { structure, element: definition, facts };
                    Element {
                        id: definition.id().into(),
                        name: definition.name().trim_end_matches("[x]").into(),
                        slice_name: definition.slice_name.as_deref().map(Into::into),
                        min: definition.min,
                        max: definition.max,
                        types: definition.types.clone().into(),
                        children: tree.children_of(at, definition),
                        slices: tree.slices.get(&at).cloned().unwrap_or_default().into(),
                        slicing: definition.slicing.clone(),
                        checks: rules::checks_of(&facts).into(),
                        marks: marks(definition),
                    }
                })
                .collect(),
        }
    }
}

fn marks(definition: &ElementDefinition) -> Marks {
    let required = definition.binding.as_ref().filter(|binding| binding.strength == "required");
    Marks {
        fixed: definition.fixed.as_ref().and_then(Constant::new),
        pattern: definition.pattern.as_ref().and_then(Constant::new),
        required: required.and_then(|binding| binding.value_set.as_deref()).map(Into::into),
    }
}

fn extension(structure: &StructureDefinition, types: &TypeModel) -> Option<ExtensionFacts> {
    let context = |context: &structure::ExtensionContext| {
        let text = context.expression.as_str();
        match context.context_type.as_str() {
            "element" => ExtensionContext::Element(text.into()),
            "extension" => ExtensionContext::Extension(text.into()),
            _ => ExtensionContext::Path(Path::new(types, text)),
        }
    };
    let is_one = structure.type_name == "Extension" && structure.derivation == Some(Derivation::Constraint);
    is_one.then(|| ExtensionFacts {
        contexts: structure.context.iter().map(context).collect(),
        invariants: structure.context_invariant.iter().map(|text| Path::new(types, text)).collect(),
        is_modifier: structure.elements.first().is_some_and(|root| root.is_modifier),
    })
}

/// What lies below what.
struct Tree<'d> {
    url: &'d str,
    by_id: HashMap<&'d str, usize>,
    children: HashMap<usize, Vec<ElementId>>,
    slices: HashMap<usize, Vec<ElementId>>,
}

impl<'d> Tree<'d> {
    fn new(structure: &'d StructureDefinition) -> Self {
        let elements = &structure.elements;
        let by_id = elements.iter().enumerate().map(|(at, element)| (element.id(), at)).collect();
        let mut tree = Self { url: &structure.url, by_id, children: HashMap::new(), slices: HashMap::new() };
        for (at, element) in elements.iter().enumerate().skip(1) {
            let Ok(id) = u16::try_from(at) else { break };
            let Some(parent) = tree.parent_of(element.id()) else { continue };
            let list = match element.slice_name {
                Some(_) => tree.slices.entry(parent),
                None => tree.children.entry(parent),
            };
            list.or_default().push(ElementId(id));
        }
        tree
    }

    /// The sliced element of a slice (`a.b:x/y` → `a.b:x` → `a.b`), and the element around any other.
    fn parent_of(&self, id: &str) -> Option<usize> {
        let (around, last) = id.rsplit_once('.').unwrap_or(("", id));
        let parent = match (last.rfind('/'), last.find(':')) {
            (Some(cut), Some(_)) => id.get(..id.len() - last.len() + cut),
            (_, Some(cut)) => id.get(..id.len() - last.len() + cut),
            _ => Some(around),
        };
        self.by_id.get(parent?).copied()
    }

    fn children_of(&self, at: usize, definition: &ElementDefinition) -> Box<[ElementId]> {
        let own = self.children.get(&at);
        let referred = || {
            // With a URL it means the elements of another definition: those of the type, active anyway.
            let (url, id) = definition.content_reference.as_deref()?.split_once('#')?;
            let id = Some(id).filter(|_| url.is_empty() || url == self.url)?;
            self.children.get(self.by_id.get(id)?)
        };
        own.or_else(referred).cloned().unwrap_or_default().into()
    }
}
