//! Reading the tables of the embedded blob (`build/words.rs` writes them). Nothing: the blob is damaged.

/// A table: words, and the strings that some of them name.
pub(crate) struct Table {
    words: &'static [u8],
    strings: &'static str,
}

impl Table {
    pub(crate) fn new(bytes: &'static [u8]) -> Option<Self> {
        let (count, rest) = bytes.split_first_chunk::<4>()?;
        let (words, strings) = rest.split_at_checked(u32::from_le_bytes(*count) as usize * 4)?;
        Some(Self { words, strings: std::str::from_utf8(strings).ok()? })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    #[inline]
    pub(crate) fn word(&mut self) -> Option<u32> {
        let (word, rest) = self.words.split_first_chunk::<4>()?;
        self.words = rest;
        Some(u32::from_le_bytes(*word))
    }

    #[inline]
    pub(crate) fn count(&mut self) -> Option<usize> {
        Some(self.word()? as usize)
    }

    /// A word that must fit an index of 16 bits.
    #[inline]
    pub(crate) fn index(&mut self) -> Option<u16> {
        u16::try_from(self.word()?).ok()
    }

    #[inline]
    pub(crate) fn string(&mut self) -> Option<&'static str> {
        let word = self.word()? as usize;
        let (start, length) = (word / 256, word % 256);
        self.strings.get(start..start + length)
    }
}
