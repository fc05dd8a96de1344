//! The shape of a table in the blob: a count of words, the words (u32, little-endian), then interned strings.

use std::collections::HashMap;

#[derive(Default)]
pub(crate) struct Table {
    words: Vec<u32>,
    strings: String,
    known: HashMap<String, u32>,
}

impl Table {
    pub(crate) fn word(&mut self, word: usize) -> Result<(), String> {
        self.words.push(u32::try_from(word).map_err(|_| "a table of the blob is too large".to_owned())?);
        Ok(())
    }

    /// A string as one word: place in the string area times 256, plus length.
    pub(crate) fn string(&mut self, text: &str) -> Result<(), String> {
        if let Some(&known) = self.known.get(text) {
            self.words.push(known);
            return Ok(());
        }
        if text.len() > 255 {
            return Err(format!("`{text}` is longer than the blob can note"));
        }
        let word = u32::try_from(self.strings.len() * 256 + text.len()).map_err(|_| "too many names")?;
        self.strings.push_str(text);
        self.known.insert(text.to_owned(), word);
        self.words.push(word);
        Ok(())
    }

    pub(crate) fn into_bytes(self) -> Result<Vec<u8>, String> {
        let count = u32::try_from(self.words.len()).map_err(|_| "too many words")?;
        let mut bytes = count.to_le_bytes().to_vec();
        for word in self.words {
            bytes.extend_from_slice(&word.to_le_bytes());
        }
        bytes.extend_from_slice(self.strings.as_bytes());
        Ok(bytes)
    }
}
