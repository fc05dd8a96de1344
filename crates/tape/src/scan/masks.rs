//! 64 bytes as bit sets.

/// How many bytes a block has.
pub const BLOCK: usize = 64;

/// What stands where in a block of 64 bytes: bit *i* speaks of byte *i*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Masks {
    /// Double quotes.
    pub quotes: u64,
    /// Backslashes.
    pub backslashes: u64,
    /// `{` and `[`, in strings too.
    pub opens: u64,
    /// `}` and `]`, in strings too.
    pub closes: u64,
    /// Newlines.
    pub newlines: u64,
    /// Everything but space, tab, newline and carriage return.
    pub solids: u64,
}

/// Which bytes lie in strings, carried from block to block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Strings {
    /// 1 if the first byte of the next block is escaped by the last of this one.
    escaped: u64,
    /// All ones inside a string, else 0.
    inside: u64,
}

impl Strings {
    /// Whether the next byte lies in a string.
    #[inline]
    pub fn is_inside(&self) -> bool {
        self.inside != 0
    }

    /// Of the first `length` bytes of a block (the others must be spaces): those in strings, opening quotes included,
    /// closing quotes not. Takes the state beyond them.
    #[inline(always)]
    pub fn advance(&mut self, masks: &Masks, length: usize) -> u64 {
        let escaped = self.escaped_bytes(masks.backslashes, length);
        let inside = running_parity(masks.quotes & !escaped) ^ self.inside;
        self.inside = ((inside as i64) >> 63) as u64;
        inside
    }

    /// The bytes that a backslash escapes: those after an odd number of backslashes in a row.
    /// A run that starts at an odd place is added to itself, so that its carry tells the parity of its end.
    #[inline(always)]
    fn escaped_bytes(&mut self, backslashes: u64, length: usize) -> u64 {
        if backslashes == 0 {
            return std::mem::take(&mut self.escaped);
        }
        const EVEN: u64 = 0x5555_5555_5555_5555;
        let starts = backslashes & !self.escaped;
        let follows = starts << 1 | self.escaped;
        let odd_starts = starts & !EVEN & !follows;
        let (runs, carry) = odd_starts.overflowing_add(starts);
        let escaped = (EVEN ^ runs << 1) & follows;
        self.escaped = if length < BLOCK { escaped >> length & 1 } else { u64::from(carry) };
        escaped
    }
}

/// Bit *i*: whether an odd number of the bits 0 to *i* are set.
#[inline(always)]
fn running_parity(mut bits: u64) -> u64 {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^ bits << 32
}
