//! The blob: place and length of each of the sections, then the sections, then the frames.
//! Sections: type model, what R4 lacks, index of definitions, packages, dictionary of structures, dictionary of
//! terminology. A frame is one file under `structures`, or one line of `terminology.ndjson`: zstd with the
//! dictionary of its sort. `src/index.rs` reads the index.

use crate::words::Table;
use serde::Deserialize;

/// 9 packs as tightly as 19 to within a few percent here, and quickly even in a debug build.
const LEVEL: i32 = 9;

/// Definitions whose text makes a dictionary: between them they hold what most others repeat.
const STRUCTURES: [&str; 6] = [
    "us-core-race",
    "vitalsigns",
    "Timing",
    "ElementDefinition",
    "Observation",
    "us-core-condition-problems-health-concerns",
];
const TERMINOLOGY: [&str; 4] = [
    "http://terminology.hl7.org/ValueSet/v3-ActCode",
    "http://hl7.org/fhir/ValueSet/administrative-gender",
    "http://terminology.hl7.org/CodeSystem/v2-0203",
    "http://terminology.hl7.org/CodeSystem/v3-RoleCode",
];

pub(crate) struct Package {
    pub(crate) label: String,
    /// `package.json`.
    pub(crate) manifest: String,
    pub(crate) definitions: Vec<Definition>,
}

pub(crate) struct Definition {
    pub(crate) text: String,
    pub(crate) header: Header,
}

/// What the index needs of a definition.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Header {
    url: String,
    #[serde(rename = "codeSystem")]
    code_system: String,
    #[serde(rename = "valueSet")]
    value_set: String,
    version: String,
    id: String,
    name: String,
    #[serde(rename = "type")]
    type_name: String,
    kind: String,
    derivation: String,
    content: String,
}

/// Sorts of definition, in the order of `src/index.rs`.
const STRUCTURE: usize = 0;
const VALUE_SET: usize = 1;
const CODE_SYSTEM: usize = 2;
/// A code system that is named without its codes.
const EMPTY_CODE_SYSTEM: usize = 3;
const SUPPLEMENT: usize = 4;

impl Header {
    fn url(&self) -> &str {
        [&self.url, &self.code_system, &self.value_set]
            .into_iter()
            .find(|url| !url.is_empty())
            .map_or("", String::as_str)
    }

    /// Whether this is a type, not a profile of one.
    pub(crate) fn defines_type(&self) -> bool {
        self.sort() == STRUCTURE && self.derivation != "constraint"
    }

    fn sort(&self) -> usize {
        match self.content.as_str() {
            _ if !self.url.is_empty() => STRUCTURE,
            _ if !self.value_set.is_empty() => VALUE_SET,
            "not-present" => EMPTY_CODE_SYSTEM,
            "supplement" => SUPPLEMENT,
            _ => CODE_SYSTEM,
        }
    }
}

pub(crate) fn pack(
    packages: &[Package],
    types: Vec<u8>,
    refused: Vec<u8>,
) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut all: Vec<(usize, &Definition)> = Vec::new();
    for (number, package) in packages.iter().enumerate() {
        all.extend(package.definitions.iter().map(|one| (number, one)));
    }
    all.sort_by_key(|(number, one)| (one.header.url(), one.header.sort(), *number));
    let of_structures = dictionary(&all, |header| STRUCTURES.contains(&header.id.as_str()));
    let of_terminology = dictionary(&all, |header| TERMINOLOGY.contains(&header.url()));
    let mut structures = zstd::bulk::Compressor::with_dictionary(LEVEL, of_structures.as_bytes())?;
    let mut terminology = zstd::bulk::Compressor::with_dictionary(LEVEL, of_terminology.as_bytes())?;
    let mut index = Table::default();
    let mut frames = Vec::new();
    for (number, one) in &all {
        let compressor = if one.header.sort() == STRUCTURE { &mut structures } else { &mut terminology };
        let frame = compressor.compress(one.text.as_bytes())?;
        let header = &one.header;
        index.string(header.url())?;
        index.word(header.sort())?;
        index.word(*number)?;
        let texts = [&header.version, &header.id, &header.name, &header.type_name, &header.kind];
        texts.into_iter().chain([&header.derivation]).try_for_each(|text| index.string(text))?;
        index.word(frames.len())?;
        index.word(frame.len())?;
        index.word(one.text.len())?;
        frames.extend_from_slice(&frame);
    }
    let manifests: Vec<&str> = packages.iter().map(|package| package.manifest.trim_end()).collect();
    let manifests = format!("[{}]", manifests.join(","));
    let sections = [
        types,
        refused,
        index.into_bytes()?,
        manifests.into_bytes(),
        of_structures.into_bytes(),
        of_terminology.into_bytes(),
    ];
    join(&sections, &frames)
}

/// The texts of some definitions, one after the other.
fn dictionary(all: &[(usize, &Definition)], is_part: impl Fn(&Header) -> bool) -> String {
    all.iter().filter(|(_, one)| is_part(&one.header)).map(|(_, one)| one.text.as_str()).collect()
}

fn join(sections: &[Vec<u8>], frames: &[u8]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut blob = Vec::new();
    let mut at = u32::try_from(sections.len() * 8)?;
    for section in sections {
        let length = u32::try_from(section.len())?;
        blob.extend_from_slice(&at.to_le_bytes());
        blob.extend_from_slice(&length.to_le_bytes());
        at += length;
    }
    for section in sections {
        blob.extend_from_slice(section);
    }
    blob.extend_from_slice(frames);
    Ok(blob)
}
