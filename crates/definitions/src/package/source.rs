//! A StructureDefinition as FHIR writes it, compiled to its facts.

use crate::differential::{Change, Differential, note_constraint};
use crate::error::Error;
use crate::structure::{
    AdditionalBinding, Binding, Constraint, Derivation, Discriminator, ElementDefinition, ElementType,
    ExtensionContext, Slicing, StructureDefinition, StructureKind, TypedValue,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SourceStructure {
    url: String,
    version: Option<String>,
    id: Option<String>,
    name: Option<String>,
    kind: StructureKind,
    #[serde(default, rename = "abstract")]
    is_abstract: bool,
    #[serde(rename = "type")]
    type_name: String,
    base_definition: Option<String>,
    derivation: Option<Derivation>,
    #[serde(default)]
    context: Vec<ExtensionContext>,
    #[serde(default)]
    context_invariant: Vec<String>,
    snapshot: Option<Elements>,
    differential: Option<Elements>,
}

#[derive(Deserialize)]
struct Elements {
    #[serde(default)]
    element: Vec<SourceElement>,
}

/// An ElementDefinition as FHIR writes it; raw, because the names of `fixed[x]` and its kin are open.
type SourceElement = BTreeMap<String, Box<RawValue>>;

/// What becomes of a source definition.
pub(super) enum Compiled {
    Structure(Box<StructureDefinition>),
    /// A logical model, by id.
    Logical(String),
    /// No snapshot to take facts from.
    Differential(Box<Differential>),
}

impl SourceStructure {
    pub(super) fn compile(self) -> Result<Compiled, Error> {
        let of_url = || self.url.rsplit('/').next().unwrap_or_default().to_owned();
        let id = self.id.clone().unwrap_or_else(of_url);
        if self.kind == StructureKind::Logical {
            return Ok(Compiled::Logical(id));
        }
        let mut structure = StructureDefinition {
            url: self.url,
            version: self.version,
            name: self.name.unwrap_or_else(|| id.clone()),
            id,
            kind: self.kind,
            is_abstract: self.is_abstract,
            type_name: self.type_name,
            base: self.base_definition,
            derivation: self.derivation,
            context: self.context,
            context_invariant: self.context_invariant,
            constraints: Vec::new(),
            elements: Vec::new(),
        };
        let url = structure.url.clone();
        let changes = |elements: Elements| {
            let elements = elements.element.iter();
            elements.map(|source| change(source, &url)).collect::<Result<Vec<_>, Error>>()
        };
        match self.snapshot {
            Some(snapshot) if !snapshot.element.is_empty() => {
                let constraints = &mut structure.constraints;
                let elements = changes(snapshot)?.into_iter().map(|one| one.whole(constraints));
                structure.elements = elements.collect::<Result<_, Error>>()?;
                structure.constraints.sort_by(|a, b| a.name().cmp(b.name()));
                Ok(Compiled::Structure(Box::new(structure)))
            }
            _ => {
                let changes = self.differential.map(changes).transpose()?.unwrap_or_default();
                Ok(Compiled::Differential(Box::new(Differential { header: structure, changes })))
            }
        }
    }
}

fn change(source: &SourceElement, definition: &str) -> Result<Change, Error> {
    let path: String = required(source, "path")?;
    let max = match field::<String>(source, "max")?.as_deref() {
        None => None,
        Some("*") => Some(None),
        Some(digits) => match digits.parse() {
            Ok(max) => Some(Some(max)),
            Err(_) => return Err(Error::package(format!("`{path}`: max is `{digits}`"))),
        },
    };
    let types = field::<Vec<SourceType>>(source, "type")?;
    let types: Option<Vec<_>> = types.map(|types| types.into_iter().map(SourceType::compile).collect());
    let declared = types.as_deref().unwrap_or_default();
    let constraints = field::<Vec<SourceConstraint>>(source, "constraint")?.unwrap_or_default();
    Ok(Change {
        id: field(source, "id")?,
        slice_name: field(source, "sliceName")?,
        min: field(source, "min")?,
        max,
        content_reference: field(source, "contentReference")?,
        binding: field::<SourceBinding>(source, "binding")?.map(SourceBinding::compile),
        fixed: typed_value(source, "fixed", declared),
        pattern: typed_value(source, "pattern", declared),
        min_value: typed_value(source, "minValue", declared),
        max_value: typed_value(source, "maxValue", declared),
        max_length: field(source, "maxLength")?,
        slicing: field::<SourceSlicing>(source, "slicing")?.map(SourceSlicing::compile),
        must_support: field(source, "mustSupport")?,
        is_modifier: field(source, "isModifier")?,
        constraints: constraints.into_iter().map(|found| found.compile(definition)).collect(),
        types,
        path,
    })
}

impl Change {
    /// An element of a snapshot, which says everything.
    fn whole(self, constraints: &mut Vec<Constraint>) -> Result<ElementDefinition, Error> {
        let missing = |name: &str| Error::package(format!("`{}` has no `{name}`", self.path));
        let (min, max) = (self.min.ok_or_else(|| missing("min")), self.max.ok_or_else(|| missing("max")));
        let notes = self.constraints.into_iter().map(|found| note_constraint(found, constraints));
        Ok(ElementDefinition {
            own_id: self.id.filter(|id| *id != self.path),
            slice_name: self.slice_name,
            min: min?,
            max: max?,
            types: self.types.unwrap_or_default(),
            content_reference: self.content_reference,
            binding: self.binding,
            fixed: self.fixed,
            pattern: self.pattern,
            min_value: self.min_value,
            max_value: self.max_value,
            max_length: self.max_length,
            slicing: self.slicing,
            must_support: self.must_support.unwrap_or_default(),
            is_modifier: self.is_modifier.unwrap_or_default(),
            constraints: notes.collect(),
            path: self.path,
        })
    }
}

fn field<T: DeserializeOwned>(source: &SourceElement, name: &str) -> Result<Option<T>, Error> {
    let Some(raw) = source.get(name) else { return Ok(None) };
    serde_json::from_str(raw.get())
        .map(Some)
        .map_err(|cause| Error::package(format!("`{name}`: {cause}")).because(cause))
}

fn required<T: DeserializeOwned>(source: &SourceElement, name: &str) -> Result<T, Error> {
    field(source, name)?.ok_or_else(|| Error::package(format!("an element has no `{name}`")))
}

/// `fixedUri` and its kin: the value as compact JSON text, and its type.
fn typed_value(source: &SourceElement, prefix: &str, types: &[ElementType]) -> Option<TypedValue> {
    let (name, raw) = source.iter().find(|(name, _)| {
        name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
    })?;
    let suffix = &name[prefix.len()..];
    let declared = types.iter().map(|t| t.fhir_type.as_deref().unwrap_or(&t.code));
    let type_name = declared
        .into_iter()
        .find(|code| code.eq_ignore_ascii_case(suffix))
        .map_or_else(|| suffix.to_owned(), str::to_owned);
    Some(TypedValue { type_name, value: compact(raw.get()) })
}

/// JSON text without white space between tokens; everything else stays as written.
fn compact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    for c in text.chars() {
        if in_string || !c.is_ascii_whitespace() {
            out.push(c);
        }
        match c {
            '"' if !escaped => in_string = !in_string,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    out
}

const BEST_PRACTICE: &str = "http://hl7.org/fhir/StructureDefinition/elementdefinition-bestpractice";
const MAX_VALUE_SET: &str = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet";
const ADDITIONAL_BINDING: &str = "http://hl7.org/fhir/tools/StructureDefinition/additional-binding";
const FHIR_TYPE: &str = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type";
const REGEX: &str = "http://hl7.org/fhir/StructureDefinition/regex";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SourceExtension {
    url: String,
    value_canonical: Option<String>,
    value_uri: Option<String>,
    value_url: Option<String>,
    value_string: Option<String>,
    value_code: Option<String>,
    #[serde(default)]
    value_boolean: bool,
    #[serde(default)]
    extension: Vec<SourceExtension>,
}

impl SourceExtension {
    fn additional_binding(&self) -> Option<AdditionalBinding> {
        if self.url != ADDITIONAL_BINDING {
            return None;
        }
        let part = |url: &str| self.extension.iter().find(|part| part.url == url);
        Some(AdditionalBinding {
            purpose: part("purpose")?.value_code.clone()?,
            value_set: part("valueSet")?.value_canonical.clone()?,
        })
    }
}

fn extension_text(extensions: Vec<SourceExtension>, url: &str) -> Option<String> {
    let found = extensions.into_iter().find(|extension| extension.url == url)?;
    found.value_canonical.or(found.value_uri).or(found.value_url).or(found.value_string)
}

#[derive(Deserialize)]
struct SourceConstraint {
    key: String,
    severity: String,
    expression: Option<String>,
    source: Option<String>,
    #[serde(default)]
    extension: Vec<SourceExtension>,
}

impl SourceConstraint {
    fn compile(self, definition: &str) -> Constraint {
        let best_practice = self.extension.iter().any(|e| e.url == BEST_PRACTICE && e.value_boolean);
        let Self { key, severity, expression, source, .. } = self;
        // A bare type name stands for the type's definition.
        let source = source.map(|source| match source.contains(':') {
            true => source.split('|').next().unwrap_or_default().to_owned(),
            false => format!("http://hl7.org/fhir/StructureDefinition/{source}"),
        });
        let source = source.filter(|source| source != definition);
        Constraint { key, own_name: None, severity, expression, best_practice, source }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SourceType {
    code: String,
    #[serde(default)]
    profile: Vec<String>,
    #[serde(default)]
    target_profile: Vec<String>,
    #[serde(default)]
    aggregation: Vec<String>,
    #[serde(default)]
    extension: Vec<SourceExtension>,
}

impl SourceType {
    fn compile(self) -> ElementType {
        let mut fhir_type = None;
        let mut regex = None;
        for extension in self.extension {
            match extension.url.as_str() {
                FHIR_TYPE => fhir_type = extension_text(vec![extension], FHIR_TYPE),
                REGEX => regex = extension_text(vec![extension], REGEX),
                _ => {}
            }
        }
        ElementType {
            code: self.code,
            profiles: self.profile,
            target_profiles: self.target_profile,
            aggregation: self.aggregation,
            fhir_type,
            regex,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SourceBinding {
    /// A differential may change the value set alone.
    #[serde(default)]
    strength: String,
    value_set: Option<String>,
    #[serde(default)]
    extension: Vec<SourceExtension>,
}

impl SourceBinding {
    fn compile(self) -> Binding {
        let additional = self.extension.iter().filter_map(SourceExtension::additional_binding).collect();
        Binding {
            strength: self.strength,
            value_set: self.value_set,
            max_value_set: extension_text(self.extension, MAX_VALUE_SET),
            additional,
        }
    }
}

#[derive(Deserialize)]
struct SourceSlicing {
    #[serde(default)]
    discriminator: Vec<Discriminator>,
    #[serde(default)]
    ordered: bool,
    rules: String,
}

impl SourceSlicing {
    fn compile(self) -> Slicing {
        Slicing { discriminators: self.discriminator, ordered: self.ordered, rules: self.rules }
    }
}

#[cfg(test)]
mod tests {
    use super::compact;

    #[test]
    fn compact_json_keeps_digits_strings_and_escapes() {
        assert_eq!(
            compact("{ \"a b\" : 1.10,\n \"c\\\\\" : [ \" \\\" x \" ] }"),
            r#"{"a b":1.10,"c\\":[" \" x "]}"#
        );
    }
}
