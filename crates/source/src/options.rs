//! How to read.

/// How to read; the defaults are those of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// A larger entry, line or resource is rejected with its place. Bytes; 128 MiB.
    pub max_entry: u64,
    /// Chunks are cut at this many input bytes; 512 KiB, so that a chunk is still in a cache when it is worked.
    pub chunk_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_entry: 128 << 20, chunk_bytes: 1 << 19 }
    }
}

impl Options {
    /// The limit of an entry as a length in memory; spans are `u32`, so it stays below 2 GiB.
    pub(crate) fn entry_limit(&self) -> usize {
        usize::try_from(self.max_entry.min(i32::MAX as u64)).unwrap_or(usize::MAX)
    }
}
