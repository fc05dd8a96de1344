//! Where the brackets of one depth open and close.

use super::{BLOCK, Level, Masks, Scanner, Strings, Task};

/// What stands at a crossing of the watched depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bracket {
    /// `{` or `[`: a value begins.
    Open,
    /// `}` or `]`: that value ends here.
    Close,
}

/// Follows the brackets of JSON that comes in pieces of any length, and tells where arrays and objects at one depth
/// begin and end. Brackets in strings do not count.
///
/// It does not check that the text is JSON, nor that `{` is closed by `}` and not by `]`: the parser does so for
/// every piece cut out, the splitter for what lies between the pieces.
///
/// ```
/// use fhirkit_tape::scan::{Bracket, Nesting};
///
/// let text = br#"[{"a":[1]}, {"b":"}"}] tail"#;
/// let mut nesting = Nesting::new(0, 1); // starts outside, watches what lies in the outer array
/// let mut found = Vec::new();
/// let end = nesting.feed(text, 0, &mut |at, bracket| found.push((at, bracket)));
/// assert_eq!(end, Some(21)); // the outer array's own bracket
/// assert_eq!(found, [(1, Bracket::Open), (9, Bracket::Close), (12, Bracket::Open), (20, Bracket::Close)]);
/// ```
#[derive(Debug, Clone)]
pub struct Nesting {
    strings: Strings,
    depth: u64,
    target: u64,
    level: Level,
}

impl Nesting {
    /// Begins at `depth` open brackets, outside strings, and watches brackets that open at depth `target`, that is
    /// with `target` brackets open around them.
    pub fn new(depth: u32, target: u32) -> Self {
        Self {
            strings: Strings::default(),
            depth: depth.into(),
            target: target.into(),
            level: Level::detect(),
        }
    }

    /// Reads the next bytes and calls `on` with the position (`base` + offset in `bytes`) of every bracket that opens
    /// or closes a value at the watched depth.
    ///
    /// Gives the position of the bracket that closes the container *around* the watched depth, if it comes; what
    /// follows it has not been read, and the machine is at its end: make a new one to go on.
    /// While the depth is still below the watched one, every closing bracket counts as such an end.
    #[inline]
    pub fn feed(&mut self, bytes: &[u8], base: usize, on: &mut impl FnMut(usize, Bracket)) -> Option<usize> {
        self.level.run(Feed { nesting: self, bytes, base, on })
    }

    /// Whether the next byte lies in a string.
    pub fn is_in_string(&self) -> bool {
        self.strings.is_inside()
    }

    /// How many brackets are open.
    pub fn depth(&self) -> u64 {
        self.depth
    }

    /// A machine that runs on the given vectors.
    #[cfg(test)]
    pub(super) fn with_level(self, level: Level) -> Self {
        Self { level, ..self }
    }

    #[inline(always)]
    fn feed_with<S: Scanner>(
        &mut self,
        bytes: &[u8],
        base: usize,
        on: &mut impl FnMut(usize, Bracket),
    ) -> Option<usize> {
        let (blocks, rest) = bytes.as_chunks::<BLOCK>();
        let mut base = base;
        for block in blocks {
            if let Some(end) = self.block(&S::masks(block), BLOCK, base, on) {
                return Some(end);
            }
            base += BLOCK;
        }
        if rest.is_empty() {
            return None;
        }
        let mut last = [b' '; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        self.block(&S::masks(&last), rest.len(), base, on)
    }

    #[inline(always)]
    fn block(
        &mut self,
        masks: &Masks,
        length: usize,
        base: usize,
        on: &mut impl FnMut(usize, Bracket),
    ) -> Option<usize> {
        let outside = !self.strings.advance(masks, length);
        let (opens, closes) = (masks.opens & outside, masks.closes & outside);
        let (open_count, close_count) = (u64::from(opens.count_ones()), u64::from(closes.count_ones()));
        // Even if all closing brackets came first, the watched depth would not be touched: just count.
        if self.depth > self.target + close_count {
            self.depth = self.depth + open_count - close_count;
            return None;
        }
        self.brackets(opens, closes, base, on)
    }

    /// The brackets of a block one by one.
    #[inline(always)]
    fn brackets(
        &mut self,
        opens: u64,
        closes: u64,
        base: usize,
        on: &mut impl FnMut(usize, Bracket),
    ) -> Option<usize> {
        let mut rest = opens | closes;
        while rest != 0 {
            let lowest = rest & rest.wrapping_neg();
            let at = base + rest.trailing_zeros() as usize;
            rest ^= lowest;
            if opens & lowest != 0 {
                if self.depth == self.target {
                    on(at, Bracket::Open);
                }
                self.depth += 1;
            } else {
                if self.depth <= self.target {
                    self.depth = self.depth.saturating_sub(1);
                    return Some(at);
                }
                self.depth -= 1;
                if self.depth == self.target {
                    on(at, Bracket::Close);
                }
            }
        }
        None
    }
}

/// One call of [`Nesting::feed`].
struct Feed<'f, F> {
    nesting: &'f mut Nesting,
    bytes: &'f [u8],
    base: usize,
    on: &'f mut F,
}

impl<F: FnMut(usize, Bracket)> Task for Feed<'_, F> {
    type Output = Option<usize>;

    #[inline(always)]
    fn run<S: Scanner>(self) -> Option<usize> {
        self.nesting.feed_with::<S>(self.bytes, self.base, self.on)
    }
}
