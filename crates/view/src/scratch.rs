//! What one worker reuses between documents.

use fhirkit_fhirpath::Value;

/// Buffers that evaluations reuse; one a worker, for all views.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) path: fhirkit_fhirpath::Scratch,
    /// The key of a memo while it is put together.
    pub(crate) key: Vec<u8>,
    /// Members put together to be recalled.
    pub(crate) joined: String,
    /// What the expression that failed last met in the data; no error carries it, so that no log does.
    pub(crate) found: Option<String>,
    pool: Vec<Vec<Value<'static>>>,
}

impl Scratch {
    /// Empty; it warms up with use.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many references were met since the last call whose key could not be told: `urn:`, conditional and contained
    /// ones. Their cells are null.
    pub fn take_unresolved_count(&mut self) -> u64 {
        self.path.take_unresolved_count()
    }

    pub(crate) fn take<'t>(&mut self) -> Vec<Value<'t>> {
        self.pool.pop().map(relabel).unwrap_or_default()
    }

    pub(crate) fn give(&mut self, mut buffer: Vec<Value<'_>>) {
        buffer.clear();
        if self.pool.len() < 32 && buffer.capacity() < 1 << 16 {
            self.pool.push(relabel(buffer));
        }
    }
}

/// An empty buffer under another lifetime; collecting in place keeps its memory.
fn relabel<'b>(empty: Vec<Value<'_>>) -> Vec<Value<'b>> {
    empty.into_iter().map_while(|_| None).collect()
}
