//! The embedded definitions as the build script packed them: an index, and one compressed frame a definition.

use crate::error::Error;
use crate::index::{Index, Sort};
use crate::package::Manifest;
use crate::types::TypeModel;
use std::fmt;
use std::sync::OnceLock;
use zstd::dict::DecoderDictionary;

static BLOB: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/definitions.bin"));

/// The blob, opened: nothing of it is decompressed until asked for.
#[derive(Debug)]
pub(crate) struct Blob {
    pub(crate) types: TypeModel,
    pub(crate) index: Index,
    pub(crate) packages: Vec<Manifest>,
    of_structures: Dictionary,
    of_terminology: Dictionary,
    frames: &'static [u8],
}

impl Blob {
    pub(crate) fn embedded() -> Result<&'static Self, Error> {
        static READ: OnceLock<Option<Blob>> = OnceLock::new();
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
        Some(Self {
            types: TypeModel::read(section(0)?, section(1)?)?,
            index: Index::new(section(2)?)?,
            packages: serde_json::from_slice(section(3)?).ok()?,
            of_structures: Dictionary::new(section(4)?),
            of_terminology: Dictionary::new(section(5)?),
            // The frames follow the last section.
            frames: blob.get(word(40)? + word(44)?..)?,
        })
    }

    /// The JSON text of one definition.
    pub(crate) fn text(&self, at: usize) -> Result<Vec<u8>, Error> {
        let record = self.index.record(at);
        let frame = self.frames.get(record.frame.clone()).ok_or_else(damaged)?;
        let dictionary = match record.sort {
            Sort::Structure => &self.of_structures,
            _ => &self.of_terminology,
        };
        zstd::bulk::Decompressor::with_prepared_dictionary(dictionary.prepared())
            .and_then(|mut decompressor| decompressor.decompress(frame, record.text_length))
            .map_err(|cause| damaged().because(cause))
    }
}

/// A dictionary, made ready when the first frame needs it: that costs more than a small frame itself.
struct Dictionary {
    bytes: &'static [u8],
    prepared: OnceLock<DecoderDictionary<'static>>,
}

impl Dictionary {
    fn new(bytes: &'static [u8]) -> Self {
        Self { bytes, prepared: OnceLock::new() }
    }

    fn prepared(&self) -> &DecoderDictionary<'static> {
        self.prepared.get_or_init(|| DecoderDictionary::copy(self.bytes))
    }
}

impl fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dictionary({} bytes)", self.bytes.len())
    }
}

pub(crate) fn damaged() -> Error {
    Error::embedded("the embedded definitions are damaged")
}
