//! FHIR packages (`.tgz`) to facts: what `cargo xtask schemas` writes under `schemas/`.

use crate::error::Error;
use crate::structure::{
    Binding, Constraint, Derivation, Discriminator, ElementDefinition, ElementType, ExtensionContext,
    Slicing, StructureDefinition, StructureKind, TypedValue,
};
use crate::terminology::{CodeSystem, SourceValueSet, Terminology};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::io::Read;

/// The facts of a package.
#[derive(Debug)]
pub struct Package {
    /// Name and version, as the folder under `schemas/` is called: `hl7.fhir.r4.core#4.0.1`.
    pub label: String,
    /// Its structure definitions, sorted by id.
    pub structures: Vec<StructureDefinition>,
    /// Its value sets and HL7's own code systems, sorted by URL.
    pub terminology: Vec<Terminology>,
    /// Ids of the structure definitions left out: logical models, and those without a snapshot.
    pub left_out: Vec<String>,
}

impl Package {
    /// Reads a package from the bytes of its `.tgz`.
    ///
    /// # Errors
    /// When the bytes are not a gzipped tar, or a definition in it cannot be understood.
    pub fn from_tgz(bytes: &[u8]) -> Result<Self, Error> {
        let mut label = None;
        let mut structures = Vec::new();
        let mut terminology = Vec::new();
        let mut left_out = Vec::new();
        for_each_file(bytes, |name, text| {
            if name == "package.json" {
                label = Some(read::<Manifest>(name, text)?.label());
            } else if name.starts_with("StructureDefinition-") {
                let source = read::<SourceStructure>(name, text)?;
                match source.compile().map_err(|error| Error::package(format!("`{name}`: {error}")))? {
                    Ok(structure) => structures.push(structure),
                    Err(id) => left_out.push(id),
                }
            } else if name.starts_with("ValueSet-") {
                terminology.push(read::<SourceValueSet>(name, text)?.compile());
            } else if name.starts_with("CodeSystem-") {
                let system = read::<CodeSystem>(name, text)?;
                terminology.extend(Some(system).filter(CodeSystem::is_of_hl7).map(Terminology::CodeSystem));
            }
            Ok(())
        })?;
        structures.sort_by(|a, b| a.id.cmp(&b.id));
        terminology.sort_by(|a, b| a.url().cmp(b.url()));
        left_out.sort();
        let label = label.ok_or_else(|| Error::package("the package has no `package.json`"))?;
        Ok(Self { label, structures, terminology, left_out })
    }

    /// The text of `terminology.ndjson`: one value set or code system a line.
    ///
    /// # Errors
    /// When a line cannot be written.
    pub fn terminology_text(&self) -> Result<String, Error> {
        let mut text = String::new();
        for one in &self.terminology {
            let line = serde_json::to_string(one).map_err(|cause| {
                Error::package(format!("`{}` cannot be written", one.url())).because(cause)
            })?;
            text.push_str(&line);
            text.push('\n');
        }
        Ok(text)
    }
}

/// Hands each file of the package's own folder (not examples, not `other`) to `visit`.
fn for_each_file(bytes: &[u8], mut visit: impl FnMut(&str, &[u8]) -> Result<(), Error>) -> Result<(), Error> {
    let not_a_package = |cause: std::io::Error| Error::package("not a FHIR package (.tgz)").because(cause);
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    let mut text = Vec::new();
    for entry in archive.entries().map_err(not_a_package)? {
        let mut entry = entry.map_err(not_a_package)?;
        let path = entry.path().map_err(not_a_package)?.to_string_lossy().into_owned();
        let Some(name) = path.strip_prefix("package/").filter(|name| !name.contains('/')) else { continue };
        text.clear();
        entry.read_to_end(&mut text).map_err(not_a_package)?;
        visit(name, &text)?;
    }
    Ok(())
}

fn read<T: DeserializeOwned>(name: &str, text: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(text)
        .map_err(|cause| Error::package(format!("`{name}` cannot be read: {cause}")).because(cause))
}

#[derive(Deserialize)]
struct Manifest {
    name: String,
    version: String,
}

impl Manifest {
    fn label(&self) -> String {
        format!("{}#{}", self.name, self.version)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SourceStructure {
    url: String,
    version: Option<String>,
    id: String,
    name: String,
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
    snapshot: Option<Snapshot>,
}

#[derive(Deserialize)]
struct Snapshot {
    element: Vec<SourceElement>,
}

/// An ElementDefinition as FHIR writes it; raw, because the names of `fixed[x]` and its kin are open.
type SourceElement = BTreeMap<String, Box<RawValue>>;

impl SourceStructure {
    /// The facts, or the id when the definition is left out.
    fn compile(self) -> Result<Result<StructureDefinition, String>, Error> {
        let snapshot = match self.snapshot {
            Some(snapshot) if self.kind != StructureKind::Logical => snapshot,
            _ => return Ok(Err(self.id)),
        };
        let mut constraints = Vec::new();
        let elements = snapshot
            .element
            .iter()
            .map(|source| element(source, &mut constraints))
            .collect::<Result<Vec<_>, Error>>()?;
        constraints.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(Ok(StructureDefinition {
            url: self.url,
            version: self.version,
            id: self.id,
            name: self.name,
            kind: self.kind,
            is_abstract: self.is_abstract,
            type_name: self.type_name,
            base: self.base_definition,
            derivation: self.derivation,
            context: self.context,
            context_invariant: self.context_invariant,
            constraints,
            elements,
        }))
    }
}

fn element(source: &SourceElement, constraints: &mut Vec<Constraint>) -> Result<ElementDefinition, Error> {
    let path: String = required(source, "path")?;
    let own_id = field::<String>(source, "id")?.filter(|id| *id != path);
    let max: String = required(source, "max")?;
    let max = match max.as_str() {
        "*" => None,
        digits => Some(digits.parse().map_err(|_| Error::package(format!("`{path}`: max is `{digits}`")))?),
    };
    let types: Vec<ElementType> = field::<Vec<SourceType>>(source, "type")?
        .unwrap_or_default()
        .into_iter()
        .map(SourceType::compile)
        .collect();
    Ok(ElementDefinition {
        own_id,
        slice_name: field(source, "sliceName")?,
        min: required(source, "min")?,
        max,
        content_reference: field(source, "contentReference")?,
        binding: field::<SourceBinding>(source, "binding")?.map(SourceBinding::compile),
        fixed: typed_value(source, "fixed", &types),
        pattern: typed_value(source, "pattern", &types),
        min_value: typed_value(source, "minValue", &types),
        max_value: typed_value(source, "maxValue", &types),
        max_length: field(source, "maxLength")?,
        slicing: field::<SourceSlicing>(source, "slicing")?.map(SourceSlicing::compile),
        must_support: field(source, "mustSupport")?.unwrap_or_default(),
        is_modifier: field(source, "isModifier")?.unwrap_or_default(),
        constraints: constraint_keys(source, constraints)?,
        types,
        path,
    })
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

/// Notes the invariants of an element once for the whole definition and gives their keys.
fn constraint_keys(source: &SourceElement, all: &mut Vec<Constraint>) -> Result<Vec<String>, Error> {
    let mut keys = Vec::new();
    for found in field::<Vec<SourceConstraint>>(source, "constraint")?.unwrap_or_default() {
        let best_practice = found.extension.iter().any(|e| e.url == BEST_PRACTICE && e.value_boolean);
        let SourceConstraint { key, severity, expression, .. } = found;
        let found = Constraint { key, severity, expression, best_practice };
        keys.push(found.key.clone());
        match all.iter().find(|known| known.key == found.key) {
            None => all.push(found),
            Some(known) if *known == found => {}
            Some(known) => {
                return Err(Error::package(format!("constraint `{}` has two meanings", known.key)));
            }
        }
    }
    Ok(keys)
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
    #[serde(default)]
    value_boolean: bool,
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
    #[serde(default)]
    extension: Vec<SourceExtension>,
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
            fhir_type,
            regex,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SourceBinding {
    strength: String,
    value_set: Option<String>,
    #[serde(default)]
    extension: Vec<SourceExtension>,
}

impl SourceBinding {
    fn compile(self) -> Binding {
        Binding {
            strength: self.strength,
            value_set: self.value_set,
            max_value_set: extension_text(self.extension, MAX_VALUE_SET),
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
