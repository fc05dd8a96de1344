//! ValueSets and CodeSystems as FHIR writes them, compiled to their facts.

use super::{CodeSystem, Concept, Filter, Part, ValueSet};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

#[derive(Deserialize)]
pub(crate) struct SourceValueSet {
    url: String,
    version: Option<String>,
    compose: Option<Compose>,
    expansion: Option<Expansion>,
}

#[derive(Deserialize, Default)]
struct Compose {
    inactive: Option<bool>,
    #[serde(default)]
    include: Vec<SourcePart>,
    #[serde(default)]
    exclude: Vec<SourcePart>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SourcePart {
    system: Option<String>,
    version: Option<String>,
    #[serde(default)]
    concept: Vec<OnlyCode>,
    #[serde(default)]
    filter: Vec<SourceFilter>,
    #[serde(default)]
    value_set: Vec<String>,
}

#[derive(Deserialize)]
struct OnlyCode {
    code: String,
}

#[derive(Deserialize)]
struct SourceFilter {
    property: String,
    /// A filter without one is known to no version of FHIR; it then cannot be evaluated.
    #[serde(default)]
    op: String,
    #[serde(default)]
    value: String,
}

#[derive(Deserialize)]
struct Expansion {
    total: Option<usize>,
    offset: Option<usize>,
    #[serde(default)]
    contains: Vec<Contains>,
}

#[derive(Deserialize)]
struct Contains {
    system: Option<String>,
    code: Option<String>,
    #[serde(default, rename = "abstract")]
    is_abstract: bool,
    #[serde(default)]
    contains: Vec<Contains>,
}

impl SourceValueSet {
    pub(crate) fn compile(self) -> ValueSet {
        let compose = self.compose.unwrap_or_default();
        let parts = |parts: Vec<SourcePart>| parts.into_iter().map(SourcePart::compile).collect::<Vec<_>>();
        let (include, exclude) = (parts(compose.include), parts(compose.exclude));
        let is_listed = |part: &Part| !part.codes.is_empty() && part.value_sets.is_empty();
        let needs_expansion = include.is_empty() || !include.iter().chain(&exclude).all(is_listed);
        let expansion = self.expansion.filter(|_| needs_expansion).map(Expansion::parts).unwrap_or_default();
        let (url, version, inactive) = (self.url, self.version, compose.inactive);
        ValueSet { url, version, inactive, include, exclude, expansion }
    }
}

impl SourcePart {
    fn compile(self) -> Part {
        let filter = |f: SourceFilter| Filter { property: f.property, op: f.op, value: f.value };
        Part {
            system: self.system,
            version: self.version,
            codes: self.concept.into_iter().map(|concept| concept.code).collect(),
            filters: self.filter.into_iter().map(filter).collect(),
            value_sets: self.value_set,
        }
    }
}

impl Expansion {
    /// The codes by system; nothing where the expansion is but a page of it.
    fn parts(self) -> Vec<Part> {
        let mut systems: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut count = 0;
        let mut waiting = self.contains;
        waiting.reverse();
        while let Some(one) = waiting.pop() {
            if let (Some(system), Some(code)) = (one.system, one.code) {
                count += 1;
                if !one.is_abstract {
                    systems.entry(system).or_default().push(code);
                }
            }
            waiting.extend(one.contains.into_iter().rev());
        }
        if self.offset.unwrap_or_default() > 0 || self.total.is_some_and(|total| total > count) {
            return Vec::new();
        }
        let part = |(system, codes)| Part { system: Some(system), codes, ..Part::default() };
        systems.into_iter().map(part).collect()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SourceCodeSystem {
    url: String,
    version: Option<String>,
    content: String,
    supplements: Option<String>,
    case_sensitive: Option<bool>,
    hierarchy_meaning: Option<String>,
    #[serde(default)]
    property: Vec<SourceProperty>,
    #[serde(default)]
    concept: Vec<SourceConcept>,
}

#[derive(Deserialize)]
struct SourceProperty {
    code: String,
    uri: Option<String>,
}

#[derive(Deserialize)]
struct SourceConcept {
    code: String,
    display: Option<String>,
    #[serde(default)]
    designation: Vec<Designation>,
    #[serde(default)]
    property: Vec<Map<String, Value>>,
    #[serde(default)]
    concept: Vec<SourceConcept>,
}

#[derive(Deserialize)]
struct Designation {
    language: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<Purpose>,
    value: Option<String>,
}

#[derive(Deserialize)]
struct Purpose {
    code: Option<String>,
}

/// The properties that FHIR itself gives a meaning.
/// Source: <https://hl7.org/fhir/R4/codesystem-concept-properties.html>
#[derive(Clone, Copy, PartialEq)]
enum Meaning {
    Status,
    Inactive,
    Deprecated,
    NotSelectable,
    Parent,
    Child,
}

const STANDARD: &str = "http://hl7.org/fhir/concept-properties#";

fn meaning(code: &str, declared: &[SourceProperty]) -> Option<Meaning> {
    let uri = declared.iter().find(|property| property.code == code).and_then(|p| p.uri.as_deref());
    match uri.and_then(|uri| uri.strip_prefix(STANDARD)).unwrap_or(code) {
        "status" => Some(Meaning::Status),
        "inactive" => Some(Meaning::Inactive),
        "deprecated" | "deprecationDate" => Some(Meaning::Deprecated),
        "notSelectable" | "abstract" => Some(Meaning::NotSelectable),
        "parent" | "subsumedBy" => Some(Meaning::Parent),
        "child" => Some(Meaning::Child),
        _ => None,
    }
}

impl SourceCodeSystem {
    pub(crate) fn compile(self) -> CodeSystem {
        let Self { url, version, content, supplements, case_sensitive, hierarchy_meaning, .. } = self;
        let mut children: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut concepts: Vec<Concept> =
            self.concept.into_iter().map(|one| one.compile(&self.property, &mut children)).collect();
        concepts.iter_mut().for_each(|concept| add_parents(concept, &children));
        let left_out = Vec::new();
        CodeSystem {
            url,
            version,
            content,
            supplements,
            case_sensitive,
            hierarchy_meaning,
            left_out,
            concepts,
        }
    }
}

impl SourceConcept {
    /// Notes the code under those that it calls its children.
    fn compile(self, declared: &[SourceProperty], children: &mut BTreeMap<String, Vec<String>>) -> Concept {
        let mut concept = Concept { code: self.code, display: self.display, ..Concept::default() };
        for property in self.property {
            let Some((name, value)) = property_text(&property) else { continue };
            let holds = value == "true";
            match meaning(&name, declared) {
                Some(Meaning::Status) => {
                    concept.is_inactive |= matches!(value.as_str(), "retired" | "inactive");
                    concept.is_deprecated |= value == "deprecated";
                    concept.properties.push((name, value));
                }
                Some(Meaning::Inactive) => concept.is_inactive |= holds,
                Some(Meaning::Deprecated) => {
                    // Some systems mark it by a date, some by a version, some by a flag.
                    concept.is_deprecated |= value != "false";
                    concept.properties.push((name, value));
                }
                Some(Meaning::NotSelectable) => {
                    concept.is_abstract |= holds;
                    concept.properties.push((name, value));
                }
                Some(Meaning::Parent) => concept.parents.push(value),
                Some(Meaning::Child) => children.entry(value).or_default().push(concept.code.clone()),
                None => concept.properties.push((name, value)),
            }
        }
        let is_english =
            |d: &Designation| d.language.as_deref().is_none_or(|l| l == "en" || l.starts_with("en-"));
        let is_display = |d: &Designation| {
            d.purpose.as_ref().and_then(|purpose| purpose.code.as_deref()) != Some("definition")
        };
        let named = self.designation.into_iter().filter(|d| is_english(d) && is_display(d));
        concept.designations = named.filter_map(|designation| designation.value).collect();
        concept.designations.retain(|text| Some(text) != concept.display.as_ref());
        concept.designations.dedup();
        concept.concepts = self.concept.into_iter().map(|below| below.compile(declared, children)).collect();
        concept
    }
}

/// `{"code":"status","valueCode":"retired"}` is `("status", "retired")`.
fn property_text(property: &Map<String, Value>) -> Option<(String, String)> {
    let name = property.get("code")?.as_str()?;
    let (_, value) = property.iter().find(|(key, _)| key.starts_with("value"))?;
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Object(coding) => coding.get("code")?.as_str()?.to_owned(),
        other => other.to_string(),
    };
    Some((name.to_owned(), text))
}

fn add_parents(concept: &mut Concept, children: &BTreeMap<String, Vec<String>>) {
    if let Some(parents) = children.get(&concept.code) {
        concept.parents.extend(parents.iter().cloned());
    }
    concept.parents.sort();
    concept.parents.dedup();
    concept.concepts.iter_mut().for_each(|below| add_parents(below, children));
}
