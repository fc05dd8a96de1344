//! One StructureDefinition, compiled: a flat arena of elements, each with its children, slices and checks.

mod compile;
mod show;

use fhirkit_definitions::Scope;
use fhirkit_definitions::structure::{ElementType, Slicing};

use crate::rules::Check;
use crate::rules::extension::path::Path;
use crate::rules::value::constant::Constant;

/// The number of an element in its [`Profile`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ElementId(pub(crate) u16);

impl ElementId {
    /// The type itself.
    pub(crate) const ROOT: Self = Self(0);
}

/// A compiled StructureDefinition: a type or a profile.
#[derive(Debug)]
pub(crate) struct Profile {
    /// `canonical|version`, as issues name it.
    pub(crate) canonical: Box<str>,
    /// The type that it defines or constrains.
    pub(crate) type_name: Box<str>,
    /// Whether it constrains a type rather than being one.
    pub(crate) is_constraint: bool,
    /// How canonicals inside it are to be read.
    pub(crate) scope: Scope,
    /// Where it may stand, if it is an extension.
    pub(crate) extension: Option<ExtensionFacts>,
    elements: Box<[Element]>,
}

/// One ElementDefinition, compiled.
#[derive(Debug)]
pub(crate) struct Element {
    /// The ElementDefinition's id: `Patient.extension:race.url`.
    pub(crate) id: Box<str>,
    /// Its FHIRPath name: `value` for `value[x]`.
    pub(crate) name: Box<str>,
    /// Name of the slice that starts here.
    pub(crate) slice_name: Option<Box<str>>,
    /// Fewest occurrences.
    pub(crate) min: u32,
    /// Most occurrences.
    pub(crate) max: Option<u32>,
    /// The types a value may have; none where a contentReference stands.
    pub(crate) types: Box<[ElementType]>,
    /// Elements directly below, without slices; behind a contentReference those of the element that it names.
    pub(crate) children: Box<[ElementId]>,
    /// The slices of this element.
    pub(crate) slices: Box<[ElementId]>,
    /// How they are told apart.
    pub(crate) slicing: Option<Slicing>,
    /// What holds of every value, each from one facet.
    pub(crate) checks: Box<[Check]>,
    /// What a discriminator finds here.
    pub(crate) marks: Marks,
}

/// The facets by which a discriminator may tell slices apart, kept whatever rules are selected.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    pub(crate) fixed: Option<Constant>,
    pub(crate) pattern: Option<Constant>,
    /// Canonical of the value set that codes must be from.
    pub(crate) required: Option<Box<str>>,
}

/// What the definition of an extension says of its use.
#[derive(Debug)]
pub(crate) struct ExtensionFacts {
    /// Where it may stand.
    pub(crate) contexts: Box<[ExtensionContext]>,
    /// What must hold of the element that it stands in.
    pub(crate) invariants: Box<[Path]>,
    /// Whether it changes the meaning of what it stands in.
    pub(crate) is_modifier: bool,
}

/// One of the places where an extension may stand.
#[derive(Debug)]
pub(crate) enum ExtensionContext {
    /// The id of an element: a type, or a path from one.
    Element(Box<str>),
    /// Another extension.
    Extension(Box<str>),
    /// What FHIRPath finds in the resource.
    Path(Path),
}

impl ExtensionContext {
    /// As the definition writes it.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Element(text) | Self::Extension(text) => text,
            Self::Path(path) => &path.text,
        }
    }
}

impl Element {
    /// Whether following it further could find anything: it has children, slices or checks.
    pub(crate) fn asks_something(&self) -> bool {
        !(self.children.is_empty() && self.slices.is_empty() && self.checks.is_empty())
    }

    /// What the profile says of values of that type; nothing where it does not allow them.
    pub(crate) fn type_named(&self, name: &str) -> Option<&ElementType> {
        self.types.iter().find(|one| type_name(one) == name)
    }
}

/// The FHIR type meant by an entry of `types`.
pub(crate) fn type_name(one: &ElementType) -> &str {
    match (one.fhir_type.as_deref(), one.code.as_str()) {
        (Some(name), _) => name,
        (None, "http://hl7.org/fhirpath/System.String") => "string",
        (None, code) => code,
    }
}

impl Profile {
    /// The canonical without its version.
    pub(crate) fn url(&self) -> &str {
        self.canonical.split('|').next().unwrap_or_default()
    }

    /// The element with that number.
    pub(crate) fn element(&self, id: ElementId) -> Option<&Element> {
        self.elements.get(usize::from(id.0))
    }

    /// The unsliced children of an element that have that name: more than one only where a choice was cut up into
    /// `valueQuantity`, `valueString` …
    pub(crate) fn children_named<'a>(
        &'a self,
        of: ElementId,
        name: &'a str,
    ) -> impl Iterator<Item = (ElementId, &'a Element)> + 'a {
        let children = self.element(of).map(|element| &*element.children).unwrap_or_default();
        let found = children.iter().filter_map(|&id| Some((id, self.element(id)?)));
        found.filter(move |(_, child)| &*child.name == name)
    }
}
