//! Values that are added and never removed, read by any number of threads without a lock.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

const CHUNK: usize = 256;
const CHUNKS: usize = 256;

type Chunk<T> = Box<[OnceLock<T>]>;

/// Up to 65,536 values; a reference to one stays good as long as the arena.
pub(crate) struct Arena<T> {
    chunks: Box<[OnceLock<Chunk<T>>]>,
    count: AtomicU32,
}

impl<T> Arena<T> {
    pub(crate) fn new() -> Self {
        Self { chunks: (0..CHUNKS).map(|_| OnceLock::new()).collect(), count: AtomicU32::new(0) }
    }

    /// The value with that number.
    #[inline]
    pub(crate) fn get(&self, at: u32) -> Option<&T> {
        let at = at as usize;
        self.chunks.get(at / CHUNK)?.get()?.get(at % CHUNK)?.get()
    }

    /// Adds a value and gives its number, or nothing when the arena is full.
    pub(crate) fn push(&self, value: T) -> Option<u32> {
        let at = self.count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
            ((count as usize) < CHUNK * CHUNKS).then_some(count + 1)
        });
        let at = at.ok()?;
        let chunk = self.chunks.get(at as usize / CHUNK)?;
        let chunk = chunk.get_or_init(|| (0..CHUNK).map(|_| OnceLock::new()).collect());
        chunk.get(at as usize % CHUNK)?.set(value).ok()?;
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_arena_takes_no_more_and_keeps_what_it_has() {
        let arena = Arena::new();
        for number in 0..(CHUNK * CHUNKS) as u32 {
            assert_eq!(arena.push(number * 3), Some(number));
        }
        assert_eq!(arena.push(1), None);
        assert_eq!((arena.get(0), arena.get(65_535), arena.get(65_536)), (Some(&0), Some(&196_605), None));
    }
}
