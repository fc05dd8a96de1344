//! The index of the embedded definitions, read where it lies: sorted by URL, sort and package.

use std::ops::Range;

/// What a definition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sort {
    /// A StructureDefinition.
    Structure,
    /// A ValueSet.
    ValueSet,
    /// A CodeSystem with its codes, or some of them.
    CodeSystem,
    /// A CodeSystem that is named without its codes.
    EmptyCodeSystem,
    /// A CodeSystem that says more about the codes of another.
    Supplement,
}

/// What the index says of one definition.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) url: &'static str,
    pub(crate) sort: Sort,
    pub(crate) package: u16,
    pub(crate) version: &'static str,
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) type_name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) derivation: &'static str,
    pub(crate) frame: Range<usize>,
    pub(crate) text_length: usize,
}

/// Words of a record, as `build/blob.rs` writes them.
const WORDS: usize = 12;

/// Records of equal length, and the strings that they name.
#[derive(Debug)]
pub(crate) struct Index {
    records: &'static [[u8; WORDS * 4]],
    strings: &'static str,
}

impl Index {
    pub(crate) fn new(section: &'static [u8]) -> Option<Self> {
        let (count, rest) = section.split_first_chunk::<4>()?;
        let (words, strings) = rest.split_at_checked(u32::from_le_bytes(*count) as usize * 4)?;
        let (records, rest) = words.as_chunks();
        let index = Self { records, strings: std::str::from_utf8(strings).ok()? };
        rest.is_empty().then_some(index)
    }

    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    fn word(&self, record: usize, word: usize) -> usize {
        let bytes = self.records.get(record).and_then(|record| record[word * 4..].first_chunk::<4>());
        bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize)
    }

    fn string(&self, record: usize, word: usize) -> &'static str {
        let word = self.word(record, word);
        self.strings.get(word / 256..word / 256 + word % 256).unwrap_or_default()
    }

    pub(crate) fn url(&self, at: usize) -> &'static str {
        self.string(at, 0)
    }

    pub(crate) fn sort(&self, at: usize) -> Sort {
        match self.word(at, 1) {
            0 => Sort::Structure,
            1 => Sort::ValueSet,
            2 => Sort::CodeSystem,
            3 => Sort::EmptyCodeSystem,
            _ => Sort::Supplement,
        }
    }

    pub(crate) fn package(&self, at: usize) -> u16 {
        u16::try_from(self.word(at, 2)).unwrap_or(u16::MAX)
    }

    pub(crate) fn record(&self, at: usize) -> Record {
        let start = self.word(at, 9);
        Record {
            url: self.url(at),
            sort: self.sort(at),
            package: self.package(at),
            version: self.string(at, 3),
            id: self.string(at, 4),
            name: self.string(at, 5),
            type_name: self.string(at, 6),
            kind: self.string(at, 7),
            derivation: self.string(at, 8),
            frame: start..start + self.word(at, 10),
            text_length: self.word(at, 11),
        }
    }

    /// Every definition with this URL.
    pub(crate) fn with_url(&self, url: &str) -> Range<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.url(middle) < url {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let mut end = low;
        while end < self.len() && self.url(end) == url {
            end += 1;
        }
        low..end
    }
}
