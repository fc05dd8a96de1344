//! What conditions said of bytes that were met before.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use rustc_hash::FxHasher;

/// Entries of one memo; whoever has more kinds of elements than this gains nothing from remembering them.
const MOST_ENTRIES: usize = 1024;
/// Bytes of one entry's key, and of all keys.
const LONGEST: usize = 4096;
const MOST_BYTES: usize = 1 << 17;

/// Truths of a family's conditions, bit n that of its source n.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Truths {
    pub(crate) kept: u64,
    /// Conditions that failed: their sources are for the engine, which says why.
    pub(crate) failed: u64,
}

/// Truths by the bytes that the conditions look at.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    known: HashMap<Box<[u8]>, Truths, BuildHasherDefault<FxHasher>>,
    bytes: usize,
}

impl Memo {
    #[inline]
    pub(crate) fn get(&self, key: &[u8]) -> Option<Truths> {
        self.known.get(key).copied()
    }

    /// Remembers; a full memo stays as it is, so that data without repeats costs a look-up and no more.
    pub(crate) fn put(&mut self, key: &[u8], truths: Truths) {
        if self.known.len() < MOST_ENTRIES && key.len() <= LONGEST && self.bytes + key.len() <= MOST_BYTES {
            self.bytes += key.len();
            self.known.insert(key.into(), truths);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memo_stays_small_whatever_comes() {
        let mut memo = Memo::default();
        for i in 0..10_000_u32 {
            memo.put(&i.to_le_bytes(), Truths { kept: u64::from(i), failed: 0 });
        }
        memo.put(&[0; LONGEST + 1], Truths::default());
        assert_eq!(memo.known.len(), MOST_ENTRIES);
        assert_eq!(memo.get(&7_u32.to_le_bytes()), Some(Truths { kept: 7, failed: 0 }));
        assert_eq!(memo.get(&9999_u32.to_le_bytes()), None);
    }
}
