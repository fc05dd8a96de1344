//! `StructureDefinition` and `ElementDefinition`: the facts of a FHIR definition, without its prose.
//!
//! The serde form of these types is the format of the files under `schemas/`.

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use std::fmt;

/// What a definition defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StructureKind {
    /// `string`, `date`, `code` …
    PrimitiveType,
    /// `HumanName`, `Extension` …, and profiles of them.
    ComplexType,
    /// `Patient`, `DomainResource` …, and profiles of them.
    Resource,
    /// A logical model.
    Logical,
}

/// How a definition relates to its base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Derivation {
    /// A type of its own.
    Specialization,
    /// A profile: a type with more constraints.
    Constraint,
}

/// The facts of one StructureDefinition, elements from its snapshot.
///
/// Source: <https://hl7.org/fhir/R4/structuredefinition.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StructureDefinition {
    /// Canonical URL, without version.
    pub url: String,
    /// Version of the definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Id, unique in its package, safe as a file name.
    pub id: String,
    /// Computer-friendly name. Extensions share names; ids and URLs are unique.
    pub name: String,
    /// What is defined.
    pub kind: StructureKind,
    /// Whether no instance can be of exactly this type.
    #[serde(default, rename = "abstract", skip_serializing_if = "is_false")]
    pub is_abstract: bool,
    /// The type that is defined or constrained: `Patient`, `Extension` …
    #[serde(rename = "type")]
    pub type_name: String,
    /// Canonical URL of the base definition; the roots (`Element`, `Resource`) have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Whether this is a type or a profile; the roots have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derivation: Option<Derivation>,
    /// Where an extension may stand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<ExtensionContext>,
    /// FHIRPath that must hold where an extension stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context_invariant: Vec<String>,
    /// Every invariant that an element names, once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<Constraint>,
    /// The elements in the order of the snapshot; the first is the type itself.
    pub elements: Vec<ElementDefinition>,
}

impl StructureDefinition {
    /// The element with this id, such as `Patient.contact` or `Observation.component:systolic.code`.
    #[must_use]
    pub fn element(&self, id: &str) -> Option<&ElementDefinition> {
        self.elements.iter().find(|element| element.id() == id)
    }

    /// The invariants that hold at `element`.
    pub fn constraints_of<'a>(
        &'a self,
        element: &'a ElementDefinition,
    ) -> impl Iterator<Item = &'a Constraint> + 'a {
        element.constraints.iter().filter_map(|name| self.constraints.iter().find(|c| c.name() == name))
    }
}

/// Where an extension may stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtensionContext {
    /// `element`, `extension` or `fhirpath`.
    #[serde(rename = "type")]
    pub context_type: String,
    /// Element id, canonical or FHIRPath, as the type says.
    pub expression: String,
}

/// An invariant in FHIRPath.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Constraint {
    /// Key: `pat-1`. Unique in its definition, unless the package gives one key two meanings.
    pub key: String,
    /// What elements call it, where that is not the key; see [`Constraint::name`].
    #[serde(default, rename = "name", skip_serializing_if = "Option::is_none")]
    pub own_name: Option<String>,
    /// `error` or `warning`.
    pub severity: String,
    /// FHIRPath; a few old invariants have only XPath and then nothing here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// Whether HL7 marks it as best practice rather than as a rule.
    #[serde(default, skip_serializing_if = "is_false")]
    pub best_practice: bool,
    /// Canonical URL of the definition it comes from, where that is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl Constraint {
    /// What elements call it, unique in its definition: the key, or `key~2` for its second meaning.
    #[must_use]
    pub fn name(&self) -> &str {
        self.own_name.as_deref().unwrap_or(&self.key)
    }

    /// Whether both ask for the same, wherever they come from.
    pub(crate) fn means_the_same(&self, other: &Self) -> bool {
        (&self.severity, &self.expression, self.best_practice)
            == (&other.severity, &other.expression, other.best_practice)
    }
}

/// The facts of one ElementDefinition.
///
/// Source: <https://hl7.org/fhir/R4/elementdefinition.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ElementDefinition {
    /// Path: `Patient.contact.name`, `Observation.value[x]`.
    pub path: String,
    /// Id where it differs from the path (in a slice and below one); see [`ElementDefinition::id`].
    #[serde(default, rename = "id", skip_serializing_if = "Option::is_none")]
    pub own_id: Option<String>,
    /// Name of the slice that starts here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice_name: Option<String>,
    /// Fewest occurrences.
    pub min: u32,
    /// Most occurrences; `None` is `*`.
    #[serde(with = "max_text")]
    pub max: Option<u32>,
    /// The types a value may have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<ElementType>,
    /// The element whose content this one has, as written: `#Bundle.link` or `http://…#Bundle.link`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_reference: Option<String>,
    /// The value set its codes come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<Binding>,
    /// `fixed[x]`: the value must be exactly this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<TypedValue>,
    /// `pattern[x]`: the value must contain this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<TypedValue>,
    /// `minValue[x]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_value: Option<TypedValue>,
    /// `maxValue[x]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_value: Option<TypedValue>,
    /// Most characters of a string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// How the repetitions are told apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slicing: Option<Slicing>,
    /// Whether the profile asks systems to support it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub must_support: bool,
    /// Whether it changes the meaning of the element that holds it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_modifier: bool,
    /// Names of the invariants that hold here; see [`StructureDefinition::constraints_of`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<String>,
}

impl ElementDefinition {
    /// The element id: the path with slice names, `Patient.extension:race.url`.
    #[must_use]
    pub fn id(&self) -> &str {
        self.own_id.as_deref().unwrap_or(&self.path)
    }

    /// The last part of the path, `value[x]` for a choice.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or(&self.path)
    }
}

/// One type that an element may have. Written as a string where it is only a code.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(into = "StoredType")]
pub struct ElementType {
    /// Type name, or a URL `http://hl7.org/fhirpath/System.…` inside primitive types.
    pub code: String,
    /// Profiles that a value must follow (one of them).
    pub profiles: Vec<String>,
    /// Profiles that the target of a reference must follow (one of them).
    pub target_profiles: Vec<String>,
    /// Where the target of a reference may be: `contained`, `referenced`, `bundled`; empty: anywhere.
    pub aggregation: Vec<String>,
    /// The FHIR type meant where `code` is a `System.…` type.
    pub fhir_type: Option<String>,
    /// The regular expression of a primitive value.
    pub regex: Option<String>,
}

#[derive(Clone, Serialize)]
#[serde(untagged)]
enum StoredType {
    Code(String),
    Full(FullType),
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FullType {
    code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fhir_type: Option<String>,
    #[serde(default, rename = "profile", skip_serializing_if = "Vec::is_empty")]
    profiles: Vec<String>,
    #[serde(default, rename = "targetProfile", skip_serializing_if = "Vec::is_empty")]
    target_profiles: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    aggregation: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    regex: Option<String>,
}

/// By hand rather than by an untagged enum, which would copy every type before reading it.
impl<'de> Deserialize<'de> for ElementType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CodeOrFull;

        impl<'de> Visitor<'de> for CodeOrFull {
            type Value = ElementType;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a type code, or an object with one")
            }

            fn visit_str<E: de::Error>(self, code: &str) -> Result<ElementType, E> {
                Ok(ElementType { code: code.to_owned(), ..ElementType::default() })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ElementType, A::Error> {
                let full = FullType::deserialize(MapAccessDeserializer::new(map))?;
                let FullType { code, fhir_type, profiles, target_profiles, aggregation, regex } = full;
                Ok(ElementType { code, profiles, target_profiles, aggregation, fhir_type, regex })
            }
        }

        deserializer.deserialize_any(CodeOrFull)
    }
}

impl From<ElementType> for StoredType {
    fn from(full: ElementType) -> Self {
        let only_code = ElementType { code: full.code.clone(), ..ElementType::default() };
        if full == only_code {
            return Self::Code(full.code);
        }
        let ElementType { code, profiles, target_profiles, aggregation, fhir_type, regex } = full;
        Self::Full(FullType { code, fhir_type, profiles, target_profiles, aggregation, regex })
    }
}

/// The value set that codes come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Binding {
    /// `required`, `extensible`, `preferred` or `example`.
    pub strength: String,
    /// Canonical of the value set, with version where the package gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_set: Option<String>,
    /// The set no code may leave, for an extensible or preferred binding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_value_set: Option<String>,
    /// Further bindings, as the extension that brings them from R5 to R4 has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub additional: Vec<AdditionalBinding>,
}

/// A binding beside the one of the element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AdditionalBinding {
    /// `maximum`, `minimum`, `required`, `extensible`, `current`, `candidate` …
    pub purpose: String,
    /// Canonical of the value set.
    pub value_set: String,
}

/// How repetitions of an element are told apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Slicing {
    /// What to look at, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discriminators: Vec<Discriminator>,
    /// Whether slices must come in the order of their definition.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ordered: bool,
    /// `open`, `closed` or `openAtEnd`.
    pub rules: String,
}

/// What tells slices apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discriminator {
    /// `value`, `exists`, `pattern`, `type` or `profile`.
    #[serde(rename = "type")]
    pub discriminator_type: String,
    /// Restricted FHIRPath from the sliced element.
    pub path: String,
}

/// A FHIR value as JSON text, digits as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypedValue {
    /// Its FHIR type: `uri`, `CodeableConcept` …
    #[serde(rename = "type")]
    pub type_name: String,
    /// The JSON text.
    #[serde(with = "json_text")]
    pub value: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// `max` is written as FHIR writes it: a string, `*` for no limit.
mod max_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(max: &Option<u32>, serializer: S) -> Result<S::Ok, S::Error> {
        match max {
            Some(max) => serializer.serialize_str(&max.to_string()),
            None => serializer.serialize_str("*"),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        if text == "*" { Ok(None) } else { text.parse().map(Some).map_err(D::Error::custom) }
    }
}

/// JSON kept as text, so that no digit changes.
mod json_text {
    use super::RawValue;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::Error};

    pub(super) fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(text.to_owned()).map_err(S::Error::custom)?.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        Ok(Box::<RawValue>::deserialize(deserializer)?.get().to_owned())
    }
}
