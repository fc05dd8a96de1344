//! The blob: place and length of each of the four sections, then the sections, then the frames.
//! Sections: type model, what R4 lacks, index of definitions, dictionary. A frame is one file of `schemas/`, zstd with the
//! dictionary.

use crate::words::Table;
use serde_json::Value;

/// 9 packs as tightly as 19 to within a few percent here, and quickly even in a debug build.
const LEVEL: i32 = 9;

/// Definitions whose text makes the dictionary: between them they hold what most others repeat.
const DICTIONARY: [&str; 4] = ["vitalsigns", "Timing", "ElementDefinition", "Observation"];

pub(crate) struct Package {
    pub(crate) label: String,
    pub(crate) structures: Vec<Structure>,
}

pub(crate) struct Structure {
    pub(crate) text: String,
    pub(crate) facts: Value,
}

impl Structure {
    pub(crate) fn fact(&self, name: &str) -> &str {
        self.facts[name].as_str().unwrap_or_default()
    }
}

pub(crate) fn pack(
    packages: &[Package],
    types: Vec<u8>,
    refused: Vec<u8>,
) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut all: Vec<(&str, &Structure)> = packages
        .iter()
        .flat_map(|package| package.structures.iter().map(move |one| (package.label.as_str(), one)))
        .collect();
    all.sort_by_key(|(label, one)| (one.fact("url"), *label));
    let dictionary: String = DICTIONARY
        .iter()
        .filter_map(|id| all.iter().find(|(_, one)| one.fact("id") == *id))
        .map(|(_, one)| one.text.as_str())
        .collect();
    let mut compressor = zstd::bulk::Compressor::with_dictionary(LEVEL, dictionary.as_bytes())?;
    let mut index = Table::default();
    let mut frames = Vec::new();
    for (label, one) in &all {
        let frame = compressor.compress(one.text.as_bytes())?;
        for text in [one.fact("url"), label, one.fact("id"), one.fact("name"), one.fact("type")] {
            index.string(text)?;
        }
        index.string(one.fact("kind"))?;
        index.string(one.fact("derivation"))?;
        index.word(frames.len())?;
        index.word(frame.len())?;
        index.word(one.text.len())?;
        frames.extend_from_slice(&frame);
    }
    let sections = [types, refused, index.into_bytes()?, dictionary.into_bytes()];
    let mut blob = Vec::new();
    let mut at = u32::try_from(sections.len() * 8)?;
    for section in &sections {
        let length = u32::try_from(section.len())?;
        blob.extend_from_slice(&at.to_le_bytes());
        blob.extend_from_slice(&length.to_le_bytes());
        at += length;
    }
    for section in &sections {
        blob.extend_from_slice(section);
    }
    blob.extend_from_slice(&frames);
    Ok(blob)
}
