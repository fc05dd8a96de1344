//! Reading the tables of the embedded blob (`build/words.rs` writes them).

use crate::error::Error;

/// A table: words, and the strings that some of them name.
pub(crate) struct Table {
    words: &'static [u8],
    strings: &'static str,
}

impl Table {
    pub(crate) fn new(bytes: &'static [u8]) -> Result<Self, Error> {
        let (count, rest) = bytes.split_first_chunk::<4>().ok_or_else(damaged)?;
        let length = u32::from_le_bytes(*count) as usize * 4;
        let (words, strings) = rest.split_at_checked(length).ok_or_else(damaged)?;
        let strings = std::str::from_utf8(strings).map_err(|cause| damaged().because(cause))?;
        Ok(Self { words, strings })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    pub(crate) fn word(&mut self) -> Result<u32, Error> {
        let (word, rest) = self.words.split_first_chunk::<4>().ok_or_else(damaged)?;
        self.words = rest;
        Ok(u32::from_le_bytes(*word))
    }

    pub(crate) fn count(&mut self) -> Result<usize, Error> {
        Ok(self.word()? as usize)
    }

    pub(crate) fn string(&mut self) -> Result<&'static str, Error> {
        let word = self.word()? as usize;
        let (start, length) = (word / 256, word % 256);
        self.strings.get(start..start + length).ok_or_else(damaged)
    }
}

pub(crate) fn damaged() -> Error {
    Error::embedded("the embedded definitions are damaged")
}
