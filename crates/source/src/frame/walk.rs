//! Steps over JSON in a window that may have to read on, bounded by the size of an entry.

use std::ops::Range;

use fhirkit_tape::scan::{Bracket, Nesting};

use super::entry::{closer, is_key, scalar_length};
use crate::window::Window;

/// Why a step did not get to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The unit ended first.
    Truncated,
    /// What began at the start of the walk is larger than an entry may be.
    TooLarge,
    /// It is no JSON, at this position.
    Syntax(usize, &'static str),
}

/// Steps over the value that began at `start`.
pub(super) struct Walk<'w> {
    pub(super) window: &'w mut Window,
    pub(super) start: usize,
    /// The largest length allowed, from `start`.
    pub(super) most: usize,
}

/// A member of an object: its key (between the quotes) and where its value begins.
pub(super) struct Member {
    pub(super) key: Range<usize>,
    pub(super) value_at: usize,
    pub(super) first: u8,
}

impl Walk<'_> {
    /// Makes more bytes visible behind `at`, or says why not.
    fn more(&mut self, at: usize) -> Result<(), Stop> {
        self.check(at)?;
        if self.window.more() { Ok(()) } else { Err(Stop::Truncated) }
    }

    /// The verdict depends on the length alone, never on how much was read at a time.
    fn check(&self, end: usize) -> Result<(), Stop> {
        if end - self.start > self.most { Err(Stop::TooLarge) } else { Ok(()) }
    }

    /// The position and byte of what follows the white space.
    pub(super) fn skip_blanks(&mut self, mut at: usize) -> Result<(usize, u8), Stop> {
        loop {
            match self.window.byte(at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => at += 1,
                Some(byte) => return Ok((at, byte)),
                None => self.more(at)?,
            }
        }
    }

    /// The end of the array or object that begins at `at`. Arrays and objects directly inside it
    /// are noted in `inner` as first and last byte.
    pub(super) fn container(&mut self, at: usize, inner: &mut Vec<(usize, usize)>) -> Result<usize, Stop> {
        let mut nesting = Nesting::new(0, 1);
        let mut fed = at;
        loop {
            let end = self.window.end();
            let mut note = |at, bracket| match bracket {
                Bracket::Open => inner.push((at, at)),
                Bracket::Close => {
                    if let Some(last) = inner.last_mut() {
                        last.1 = at;
                    }
                }
            };
            if let Some(last) = nesting.feed(self.window.slice(fed, end), fed, &mut note) {
                self.check(last + 1)?;
                return self.closed(at, last);
            }
            fed = end;
            self.more(fed)?;
        }
    }

    /// The end of the array or object that begins at `at`.
    pub(super) fn skip_container(&mut self, at: usize) -> Result<usize, Stop> {
        let mut nesting = Nesting::new(0, 1);
        let mut fed = at;
        loop {
            let end = self.window.end();
            if let Some(last) = nesting.feed(self.window.slice(fed, end), fed, &mut |_, _| {}) {
                self.check(last + 1)?;
                return self.closed(at, last);
            }
            fed = end;
            self.more(fed)?;
        }
    }

    fn closed(&self, first: usize, last: usize) -> Result<usize, Stop> {
        let matches = self.window.byte(first).map(closer) == self.window.byte(last);
        if matches { Ok(last + 1) } else { Err(Stop::Syntax(last, "brackets do not match")) }
    }

    /// The end of the string that begins at `at`, after its closing quote.
    pub(super) fn string(&mut self, at: usize) -> Result<usize, Stop> {
        let mut from = at + 1;
        loop {
            let end = self.window.end();
            match memchr::memchr2(b'"', b'\\', self.window.slice(from, end)) {
                Some(found) if self.window.byte(from + found) == Some(b'"') => {
                    self.check(from + found + 1)?;
                    return Ok(from + found + 1);
                }
                Some(found) => from += found + 2,
                None => {
                    from = from.max(end);
                    self.more(end)?;
                }
            }
        }
    }

    /// The end of whatever value begins at `at`.
    pub(super) fn value(&mut self, at: usize) -> Result<usize, Stop> {
        match self.window.byte(at) {
            Some(b'{' | b'[') => self.skip_container(at),
            Some(b'"') => self.string(at),
            _ => self.scalar(at),
        }
    }

    fn scalar(&mut self, at: usize) -> Result<usize, Stop> {
        let mut from = at;
        loop {
            let end = self.window.end();
            from += scalar_length(self.window.slice(from, end));
            if from < end {
                return if from > at { Ok(from) } else { Err(Stop::Syntax(at, "expected a value")) };
            }
            self.more(from)?;
        }
    }

    /// The member whose key begins at `at` (white space skipped), up to the start of its value.
    pub(super) fn member(&mut self, at: usize) -> Result<Member, Stop> {
        let (at, byte) = self.skip_blanks(at)?;
        if byte != b'"' {
            return Err(Stop::Syntax(at, "expected a key in quotes"));
        }
        let end = self.string(at)?;
        let (colon, byte) = self.skip_blanks(end)?;
        if byte != b':' {
            return Err(Stop::Syntax(colon, "expected `:` after a key"));
        }
        let (value_at, first) = self.skip_blanks(colon + 1)?;
        Ok(Member { key: at + 1..end - 1, value_at, first })
    }

    /// Whether a key spells `name`.
    pub(super) fn is(&self, key: &Range<usize>, name: &str) -> bool {
        is_key(self.window.slice(key.start, key.end), name)
    }
}
