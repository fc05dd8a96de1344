//! `cargo xtask schemas --older DIR`: what STU3 and DSTU2 have and R4 lacks, into `schemas/not-r4/`.
//!
//! DIR holds, at any depth, the official `fhir-single.xsd` of both versions (the jars
//! `hapi-fhir-validation-resources-dstu3` and `-dstu2` carry them). Names of types and elements are taken,
//! nothing else.

use crate::Outcome;
use fhirkit_definitions::{Definitions, TypeId, TypeKind, TypeModel};
use roxmltree::{Document, Node};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

/// (type, path from it) → versions. The path `*` is the type itself.
type Facts = BTreeMap<(String, String), BTreeSet<&'static str>>;

pub(crate) fn run(folder: &Path, schemas: &Path) -> Outcome {
    let mut facts = Facts::new();
    let mut versions = BTreeSet::new();
    for path in schema_files(folder)? {
        let text = fs::read_to_string(&path)?;
        let older = Older::read(&text)?;
        if versions.insert(older.version) {
            older.compare(Definitions::embedded()?.types(), &mut facts);
        }
    }
    if versions.len() != 2 {
        return Err(format!("{}: found {versions:?}, wanted STU3 and DSTU2", folder.display()).into());
    }
    let mut text = String::new();
    for ((owner, path), versions) in &facts {
        let versions: Vec<&str> = versions.iter().copied().collect();
        text.push_str(&format!("{owner}\t{path}\t{}\n", versions.join(",")));
    }
    fs::create_dir_all(schemas.join("not-r4"))?;
    fs::write(schemas.join("not-r4/elements.tsv"), text)?;
    println!("not-r4: {} facts", facts.len());
    Ok(())
}

fn schema_files(folder: &Path) -> Result<Vec<PathBuf>, std::io::Error> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(schema_files(&path)?);
        } else if path.file_name().is_some_and(|name| name == "fhir-single.xsd") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The types of an older version.
struct Older {
    version: &'static str,
    types: HashMap<&'static str, OlderType>,
    resources: Vec<&'static str>,
}

/// A base, and JSON keys with their types.
struct OlderType {
    base: Option<&'static str>,
    own: Vec<(&'static str, &'static str)>,
}

/// A pair of types to compare. `place` is set where R4 has a datatype and the older version elements of its own
/// (`MedicationRequest.requester.agent`): those are then lacking at that place only.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Pair {
    older: &'static str,
    r4: TypeId,
    place: Option<(&'static str, String)>,
}

impl Older {
    /// Reads a schema; the text is kept for the rest of the run.
    fn read(text: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let text: &'static str = text.to_owned().leak();
        let document: &'static Document<'static> = Box::leak(Box::new(Document::parse(text)?));
        let root = document.root_element();
        let version = match root.attribute("version").and_then(|version| version.chars().next()) {
            Some('3') => "STU3",
            Some('1') => "DSTU2",
            _ => return Err("a `fhir-single.xsd` is of neither STU3 nor DSTU2".into()),
        };
        let mut types = HashMap::new();
        let mut resources = Vec::new();
        for one in root.children().filter(|node| node.has_tag_name((XS, "complexType"))) {
            let Some(name) = one.attribute("name") else { continue };
            if name == "ResourceContainer" {
                let choices = elements(one).filter_map(|element| element.attribute("ref"));
                resources.extend(choices);
            }
            let extension = one.descendants().find(|node| node.has_tag_name((XS, "extension")));
            let base = extension.and_then(|extension| extension.attribute("base"));
            let own = elements(one).filter_map(|e| Some((e.attribute("name")?, e.attribute("type")?)));
            types.insert(name, OlderType { base, own: own.collect() });
        }
        Ok(Self { version, types, resources })
    }

    fn compare(&self, types: &TypeModel, facts: &mut Facts) {
        let mut note = |owner: &str, path: &str| {
            facts.entry((owner.to_owned(), path.to_owned())).or_default().insert(self.version);
        };
        let mut waiting = Vec::new();
        for &resource in &self.resources {
            match types.type_named(resource) {
                Some(r4) => waiting.push(Pair { older: resource, r4, place: None }),
                None => note(resource, "*"),
            }
        }
        let mut seen = HashSet::new();
        while let Some(pair) = waiting.pop() {
            if !seen.insert(pair.clone()) {
                continue;
            }
            for (key, older) in self.elements(pair.older) {
                let place = match &pair.place {
                    Some((owner, path)) => (*owner, format!("{path}.{key}")),
                    None => (types.name(pair.r4), key.to_owned()),
                };
                match types.field(pair.r4, key) {
                    None => note(place.0, &place.1),
                    Some(field) if types.kind(field.ty) == TypeKind::Abstract => {}
                    // A primitive has no elements that R4 could lack.
                    Some(_) if self.elements(older).is_empty() => {}
                    Some(field) => {
                        let same =
                            older == types.name(field.ty) || types.kind(field.ty) == TypeKind::Backbone;
                        // One datatype in place of another (Coding, CodeableConcept) is the same element with
                        // another type, and a likely slip in R4 data: no sign of an older version.
                        if same || older.contains('.') {
                            waiting.push(Pair { older, r4: field.ty, place: Some(place).filter(|_| !same) });
                        }
                    }
                }
            }
        }
    }

    /// Elements of a type and its bases, but for those that every type has.
    fn elements(&self, name: &str) -> Vec<(&'static str, &'static str)> {
        let mut all = Vec::new();
        let mut at = self.types.get(name);
        while let Some(OlderType { base, own }) = at {
            all.extend(own.iter().filter(|(key, _)| !COMMON.contains(key)));
            at = base.and_then(|base| self.types.get(base));
        }
        all
    }
}

const XS: &str = "http://www.w3.org/2001/XMLSchema";

/// What every type has, in every version.
const COMMON: [&str; 4] = ["id", "extension", "modifierExtension", "contained"];

fn elements<'a>(one: Node<'a, 'a>) -> impl Iterator<Item = Node<'a, 'a>> {
    one.descendants().filter(|node| node.has_tag_name((XS, "element")))
}
