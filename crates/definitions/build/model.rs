//! The type model: every type with its elements, the JSON keys of each, and the type behind each key.
//! `src/types.rs` reads what `into_bytes` writes.

use crate::blob::Definition;
use crate::words::Table;
use serde_json::Value;
use std::collections::BTreeMap;

pub(crate) struct Type {
    base: String,
    pub(crate) kind: usize,
    pub(crate) elements: Vec<Element>,
}

pub(crate) struct Element {
    name: String,
    min: usize,
    max: usize,
    /// JSON key and type name of each form.
    pub(crate) variants: Vec<(String, String)>,
}

/// Kinds, in the order of `TypeKind`.
pub(crate) const PRIMITIVE: usize = 0;
const COMPLEX: usize = 1;
pub(crate) const BACKBONE: usize = 2;
pub(crate) const RESOURCE: usize = 3;
pub(crate) const ABSTRACT: usize = 4;

/// A structure definition that defines a type.
struct Structure {
    facts: Value,
}

impl Structure {
    fn fact(&self, name: &str) -> &str {
        self.facts[name].as_str().unwrap_or_default()
    }
}

pub(crate) fn types(definitions: &[Definition]) -> Result<BTreeMap<String, Type>, serde_json::Error> {
    let mut types = BTreeMap::new();
    for one in definitions.iter().filter(|one| one.header.defines_type()) {
        add(&mut types, &Structure { facts: serde_json::from_str(&one.text)? });
    }
    Ok(types)
}

/// Adds a type and the backbones inside it.
fn add(types: &mut BTreeMap<String, Type>, one: &Structure) {
    let kind = match one.fact("kind") {
        _ if one.facts["abstract"].as_bool() == Some(true) => ABSTRACT,
        "primitive-type" => PRIMITIVE,
        "complex-type" => COMPLEX,
        _ => RESOURCE,
    };
    let base = one.fact("base").rsplit('/').next().unwrap_or_default().to_owned();
    types.insert(one.fact("type").to_owned(), Type { base, kind, elements: Vec::new() });
    for element in one.facts["elements"].as_array().into_iter().flatten() {
        let path = element["path"].as_str().unwrap_or_default();
        let Some((parent, name)) = path.rsplit_once('.') else { continue };
        // The value of a primitive is the JSON value itself, not an element of it.
        if kind == PRIMITIVE && name == "value" {
            continue;
        }
        let types_of = element["types"].as_array();
        let codes: Vec<&str> = types_of.into_iter().flatten().map(code).collect();
        let is_backbone = matches!(codes[..], ["BackboneElement" | "Element"]);
        if is_backbone {
            let base = codes[0].to_owned();
            types.insert(path.to_owned(), Type { base, kind: BACKBONE, elements: Vec::new() });
        }
        let variants = match (name.strip_suffix("[x]"), element["contentReference"].as_str()) {
            (Some(stem), _) => {
                codes.iter().map(|code| (choice_key(stem, code), (*code).to_owned())).collect()
            }
            (None, Some(reference)) => {
                let target = reference.rsplit('#').next().unwrap_or_default();
                vec![(name.to_owned(), target.to_owned())]
            }
            (None, None) if is_backbone => vec![(name.to_owned(), path.to_owned())],
            // The package calls the type of `Resource.id` string; the specification's page says id.
            (None, None)
                if name == "id" && path.matches('.').count() == 1 && one.fact("kind") == "resource" =>
            {
                vec![(name.to_owned(), "id".to_owned())]
            }
            (None, None) => codes.iter().map(|code| (name.to_owned(), (*code).to_owned())).collect(),
        };
        let max = element["max"].as_str().and_then(|max| max.parse().ok()).unwrap_or(u32::MAX as usize);
        let min = element["min"].as_u64().unwrap_or(0) as usize;
        let name = name.trim_end_matches("[x]").to_owned();
        if let Some(owner) = types.get_mut(parent) {
            owner.elements.push(Element { name, min, max, variants });
        }
    }
}

/// The name of an element's type; the package writes System types for ids, with the FHIR type mostly beside them.
fn code(stored: &Value) -> &str {
    let full = stored.as_str().or_else(|| stored["fhirType"].as_str()).or_else(|| stored["code"].as_str());
    match full.unwrap_or_default() {
        "http://hl7.org/fhirpath/System.String" => "string",
        code => code,
    }
}

/// `value` and `dateTime` give `valueDateTime`.
fn choice_key(stem: &str, code: &str) -> String {
    let mut letters = code.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    stem.chars().chain(first).chain(letters).collect()
}

pub(crate) fn into_bytes(types: &BTreeMap<String, Type>) -> Result<Vec<u8>, String> {
    let ids: BTreeMap<&str, usize> = types.keys().enumerate().map(|(id, name)| (name.as_str(), id)).collect();
    let id = |name: &str| ids.get(name).copied().ok_or_else(|| format!("type `{name}` is not defined"));
    let mut table = Table::default();
    table.word(types.len())?;
    table.word(types.values().map(|one| one.elements.len()).sum())?;
    table.word(types.values().flat_map(|one| &one.elements).map(|element| element.variants.len()).sum())?;
    for (name, one) in types {
        table.string(name)?;
        table.word(if one.base.is_empty() { u32::MAX as usize } else { id(&one.base)? })?;
        table.word(one.kind)?;
        table.word(one.elements.len())?;
        table.word(one.elements.iter().map(|element| element.variants.len()).sum())?;
    }
    for element in types.values().flat_map(|one| &one.elements) {
        table.string(&element.name)?;
        table.word(element.min)?;
        table.word(element.max)?;
        table.word(element.variants.len())?;
    }
    for (key, code) in types.values().flat_map(|one| &one.elements).flat_map(|element| &element.variants) {
        table.string(key)?;
        table.word(id(code)?)?;
    }
    // Per type, the elements in the order of their names; then the keys in theirs, each with its element.
    let mut first = 0;
    for one in types.values() {
        let mut order: Vec<usize> = (0..one.elements.len()).collect();
        order.sort_by_key(|&at| &one.elements[at].name);
        order.into_iter().try_for_each(|at| table.word(first + at))?;
        first += one.elements.len();
    }
    let (mut first_element, mut first_variant) = (0, 0);
    for one in types.values() {
        let owners =
            one.elements.iter().enumerate().flat_map(|(at, e)| e.variants.iter().map(move |v| (&v.0, at)));
        let mut keys: Vec<(&String, usize, usize)> =
            owners.enumerate().map(|(variant, (key, element))| (key, element, variant)).collect();
        keys.sort();
        for (_, element, variant) in &keys {
            table.word(first_element + element)?;
            table.word(first_variant + variant)?;
        }
        first_element += one.elements.len();
        first_variant += keys.len();
    }
    table.into_bytes()
}
