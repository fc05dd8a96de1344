//! From a byte to line and column, on demand.

/// How many bytes lie between two checkpoints: what one look-up reads at most.
const STRIDE: usize = 4096;

/// What is known about a byte without reading what lies before it.
#[derive(Debug, Clone, Copy, Default)]
struct Checkpoint {
    /// Lines ended before it.
    line_count: usize,
    /// Characters begun before it, since the text's first byte.
    char_count: usize,
    /// Characters begun before its line.
    line_start: usize,
}

impl Checkpoint {
    fn advance(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.char_count += usize::from(begins_char(byte));
            if byte == b'\n' {
                self.line_count += 1;
                self.line_start = self.char_count;
            }
        }
    }
}

/// Whether a byte is the first of a UTF-8 character.
fn begins_char(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

/// Lines and columns of a text, built only when somebody wants to print a place.
///
/// Units: lines and columns count from 1; a column is a UTF-8 character; a line ends with `\n`. A look-up costs the
/// same whether the text is one line of a gigabyte or a million short ones.
///
/// ```
/// let index = fhirkit_tape::LineIndex::new("{\n  \"é\": x".as_bytes());
/// assert_eq!(index.line_column(10), (2, 8));
/// ```
#[derive(Debug)]
pub struct LineIndex<'b> {
    bytes: &'b [u8],
    checkpoints: Vec<Checkpoint>,
}

impl<'b> LineIndex<'b> {
    /// Reads the text once.
    pub fn new(bytes: &'b [u8]) -> Self {
        let mut checkpoints = Vec::with_capacity(bytes.len() / STRIDE + 1);
        let mut current = Checkpoint::default();
        checkpoints.push(current);
        for chunk in bytes.chunks_exact(STRIDE) {
            current.advance(chunk);
            checkpoints.push(current);
        }
        Self { bytes, checkpoints }
    }

    /// The line and the column of a byte, both from 1. A byte beyond the end has the place of the end; a byte inside
    /// a character has the place of that character.
    pub fn line_column(&self, byte: usize) -> (usize, usize) {
        let mut byte = byte.min(self.bytes.len());
        while byte > 0 && self.bytes.get(byte).is_some_and(|&at| !begins_char(at)) {
            byte -= 1;
        }
        let block = byte / STRIDE;
        let mut place = self.checkpoints.get(block).copied().unwrap_or_default();
        place.advance(self.bytes.get(block * STRIDE..byte).unwrap_or_default());
        (place.line_count + 1, place.char_count - place.line_start + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one() {
        let index = LineIndex::new(b"ab\ncd\n");
        let places: Vec<_> = (0..8).map(|byte| index.line_column(byte)).collect();
        assert_eq!(places, [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3), (3, 1), (3, 1)]);
    }

    #[test]
    fn a_column_is_a_character_not_a_byte() {
        let index = LineIndex::new("aé😀b".as_bytes());
        assert_eq!(index.line_column(1), (1, 2));
        assert_eq!(index.line_column(2), (1, 2));
        assert_eq!(index.line_column(3), (1, 3));
        assert_eq!(index.line_column(7), (1, 4));
    }

    #[test]
    fn places_far_from_the_start_agree_with_counting() {
        let text: String = (0..3000).map(|n| if n % 97 == 0 { "é\n" } else { "xy€" }).collect();
        let index = LineIndex::new(text.as_bytes());
        let (mut line, mut column) = (1, 1);
        for (byte, char) in text.char_indices() {
            assert_eq!(index.line_column(byte), (line, column));
            (line, column) = if char == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
    }
}
