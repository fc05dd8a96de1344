//! How to read.

/// How to read; the defaults are those of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// A larger entry, line or resource is rejected with its place. Bytes; 128 MiB.
    pub max_entry: u64,
    /// Chunks are cut at this many input bytes; 1 MiB.
    pub chunk_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_entry: 128 << 20, chunk_bytes: 1 << 20 }
    }
}
