//! The embedded definitions: an index, and one compressed frame a definition.

use crate::error::Error;
use crate::structure::StructureDefinition;
use crate::types::TypeModel;
use crate::words::Table;
use std::sync::OnceLock;

static BLOB: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/definitions.bin"));

/// The definitions that the program carries: R4 core with its extensions and profiles.
#[derive(Debug)]
pub struct Definitions {
    types: TypeModel,
    index: &'static [u8],
    dictionary: &'static [u8],
    frames: &'static [u8],
    entries: OnceLock<Vec<StructureSummary>>,
}

/// What the index says of a definition, without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StructureSummary {
    /// Canonical URL, without version.
    pub url: &'static str,
    /// Package that holds it: `hl7.fhir.r4.core#4.0.1`.
    pub package: &'static str,
    /// Id, unique in its package.
    pub id: &'static str,
    /// Computer-friendly name; extensions share names.
    pub name: &'static str,
    /// The type that is defined or constrained.
    pub type_name: &'static str,
    /// `primitive-type`, `complex-type` or `resource`.
    pub kind: &'static str,
    /// `specialization` (a type), `constraint` (a profile), or empty for the two roots.
    pub derivation: &'static str,
    frame_at: usize,
    frame_length: usize,
    text_length: usize,
}

impl Definitions {
    /// The embedded definitions; reading them takes well under two milliseconds, once a process.
    ///
    /// # Errors
    /// When the program was built with damaged definitions.
    pub fn embedded() -> Result<&'static Self, Error> {
        static READ: OnceLock<Option<Definitions>> = OnceLock::new();
        READ.get_or_init(|| Self::read(BLOB)).as_ref().ok_or_else(damaged)
    }

    fn read(blob: &'static [u8]) -> Option<Self> {
        let word = |at: usize| {
            let bytes = blob.get(at..at + 4)?.first_chunk::<4>()?;
            Some(u32::from_le_bytes(*bytes) as usize)
        };
        let section = |number: usize| {
            let (start, length) = (word(number * 8)?, word(number * 8 + 4)?);
            blob.get(start..start + length)
        };
        let types = TypeModel::read(section(0)?, section(1)?)?;
        let (index, dictionary) = (section(2)?, section(3)?);
        // The frames follow the last section.
        let frames = blob.get(word(24)? + word(28)?..)?;
        Some(Self { types, index, dictionary, frames, entries: OnceLock::new() })
    }

    /// Every R4 type and its elements.
    #[must_use]
    pub fn types(&self) -> &TypeModel {
        &self.types
    }

    /// Every definition, in the order of the URLs, from the index alone.
    ///
    /// # Errors
    /// When the program was built with damaged definitions.
    pub fn structures(&self) -> Result<&[StructureSummary], Error> {
        if let Some(entries) = self.entries.get() {
            return Ok(entries);
        }
        let entries = read_index(self.index).ok_or_else(damaged)?;
        Ok(self.entries.get_or_init(|| entries))
    }

    /// Opens one definition, by canonical URL (with or without `|version`), by id or by name.
    ///
    /// A name may be shared; then the type wins over profiles, and the first URL over later ones.
    ///
    /// # Errors
    /// When the program was built with damaged definitions.
    pub fn structure(&self, url_or_name: &str) -> Result<Option<StructureDefinition>, Error> {
        let Some(summary) = self.find(url_or_name)? else { return Ok(None) };
        let structure = self.open(summary)?;
        let wanted = url_or_name.split_once('|').map(|(_, version)| version);
        let fits = wanted.is_none_or(|wanted| structure.version.as_deref() == Some(wanted));
        Ok(Some(structure).filter(|_| fits))
    }

    /// The definition whose URL, id or name was probably meant, for a message.
    ///
    /// # Errors
    /// When the program was built with damaged definitions.
    pub fn nearest_structure(&self, wrong: &str) -> Result<Option<&'static str>, Error> {
        let entries = self.structures()?.iter();
        Ok(crate::types::nearest(wrong, entries.flat_map(|entry| [entry.url, entry.id, entry.name])))
    }

    fn find(&self, url_or_name: &str) -> Result<Option<&StructureSummary>, Error> {
        let entries = self.structures()?;
        let url = url_or_name.split('|').next().unwrap_or_default();
        if let Ok(at) = entries.binary_search_by(|entry| entry.url.cmp(url)) {
            return Ok(entries.get(at));
        }
        let by_id = entries.iter().find(|entry| entry.id == url);
        let named = || entries.iter().filter(|entry| entry.name == url);
        let by_name = || named().find(|entry| entry.derivation != "constraint").or_else(|| named().next());
        Ok(by_id.or_else(by_name))
    }

    fn open(&self, summary: &StructureSummary) -> Result<StructureDefinition, Error> {
        let end = summary.frame_at + summary.frame_length;
        let frame = self.frames.get(summary.frame_at..end).ok_or_else(damaged)?;
        let text = zstd::bulk::Decompressor::with_dictionary(self.dictionary)
            .and_then(|mut decompressor| decompressor.decompress(frame, summary.text_length))
            .map_err(|cause| damaged().because(cause))?;
        serde_json::from_slice(&text).map_err(|cause| damaged().because(cause))
    }
}

fn read_index(section: &'static [u8]) -> Option<Vec<StructureSummary>> {
    let mut table = Table::new(section)?;
    let mut entries = Vec::new();
    while !table.is_empty() {
        entries.push(StructureSummary {
            url: table.string()?,
            package: table.string()?,
            id: table.string()?,
            name: table.string()?,
            type_name: table.string()?,
            kind: table.string()?,
            derivation: table.string()?,
            frame_at: table.count()?,
            frame_length: table.count()?,
            text_length: table.count()?,
        });
    }
    Some(entries)
}

fn damaged() -> Error {
    Error::embedded("the embedded definitions are damaged")
}
