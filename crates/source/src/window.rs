//! The stretch of input in memory, and where the current unit of it must end.
//!
//! A *unit* is what one top-level value can reach over: it ends before a line that begins with `{`
//! where no JSON value can go on, because the last visible byte before it is none of `[`, `,`, `:`
//! (and JSON strings hold no raw newline) and it does not begin like an entry of a Bundle, or because
//! the line itself shows that it stands alone (see [`Doubt`]). So a broken NDJSON line, a truncated
//! Bundle followed by another one, or a missing bracket never swallows what comes after it. Once a
//! file is known to be NDJSON, every line that begins with `{` begins a unit.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::doubt::{Doubt, Verdict};
use crate::read::Stream;

static LINE_OPENS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\n{"));

/// A growing buffer over a stream. Positions are indexes into `bytes`; byte `i` of it is byte
/// `base + i` of the input. Only [`Window::cut`] and [`Window::discard`] move positions.
pub(crate) struct Window {
    stream: Stream,
    /// What is in memory.
    pub(crate) bytes: Vec<u8>,
    /// Where `bytes` begins in the input.
    pub(crate) base: u64,
    /// Up to where everything has been dealt with.
    pub(crate) at: usize,
    /// Every line that begins with `{` begins a unit.
    pub(crate) is_ndjson: bool,
    /// Where the unit ends, once that is known: after a newline.
    limit: Option<usize>,
    /// A line that may begin the next unit; nothing behind its beginning is visible until that is known.
    doubt: Option<Doubt>,
    /// Up to where the end of the unit has been looked for.
    searched: usize,
    /// The last visible byte before `bytes`.
    previous: u8,
    /// Whether `bytes` begins with the beginning of a line.
    begins_line: bool,
    /// Up to where newlines have been counted, and the line there.
    counted: (usize, u64),
    has_ended: bool,
}

impl Window {
    pub(crate) fn new(stream: Stream, buffer: Vec<u8>) -> Self {
        Self {
            stream,
            bytes: buffer,
            base: 0,
            at: 0,
            is_ndjson: false,
            limit: None,
            doubt: None,
            searched: 0,
            previous: b'}',
            begins_line: true,
            counted: (0, 1),
            has_ended: false,
        }
    }

    /// Where the visible part of the unit ends.
    pub(crate) fn end(&self) -> usize {
        let doubtful = self.doubt.as_ref().map(|doubt| doubt.line);
        self.limit.or(doubtful).unwrap_or(self.bytes.len())
    }

    /// The byte at a position, if it is visible without reading on.
    pub(crate) fn byte(&self, at: usize) -> Option<u8> {
        if at < self.end() { self.bytes.get(at).copied() } else { None }
    }

    /// The bytes between two positions.
    pub(crate) fn slice(&self, from: usize, to: usize) -> &[u8] {
        self.bytes.get(from..to).unwrap_or_default()
    }

    /// Reads on; `false` when the unit or the input is at its end.
    pub(crate) fn more(&mut self) -> bool {
        if self.limit.is_some() {
            return false;
        }
        let visible = self.end();
        while self.end() == visible && self.limit.is_none() {
            if self.has_ended {
                return false;
            }
            self.has_ended = !self.stream.fill(&mut self.bytes);
            self.find_limit();
        }
        self.end() > visible
    }

    /// Whether the end of the unit is known, and more may come behind it.
    pub(crate) fn is_limited(&self) -> bool {
        self.limit.is_some()
    }

    /// Reads until so many bytes are in memory or the input ends, whatever the unit.
    pub(crate) fn look_ahead(&mut self, count: usize) {
        while self.bytes.len() < count && !self.has_ended {
            self.has_ended = !self.stream.fill(&mut self.bytes);
        }
        self.next_unit();
    }

    /// Whether these bytes stand there; reads on where that is needed to tell.
    pub(crate) fn starts_with(&mut self, at: usize, wanted: &[u8]) -> bool {
        while self.end() < at + wanted.len() && self.more() {}
        self.slice(at, at + wanted.len()) == wanted
    }

    /// Whether the input has no bytes beyond those in memory.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Why the input ended early.
    pub(crate) fn damage(&self) -> Option<&str> {
        self.stream.damage()
    }

    /// Bytes taken from the input, before inflating.
    pub(crate) fn consumed(&self) -> u64 {
        self.stream.consumed()
    }

    /// Begins the next unit at the cursor.
    pub(crate) fn next_unit(&mut self) {
        self.limit = None;
        self.doubt = None;
        self.searched = self.at;
        self.find_limit();
    }

    fn find_limit(&mut self) {
        if !self.settle() {
            return;
        }
        // Most bytes of a one-line Bundle have no newline near: the cheapest question goes first.
        let fresh = self.slice(self.searched, self.bytes.len());
        match memchr::memchr(b'\n', fresh) {
            Some(first) => self.searched += first,
            None => self.searched = self.bytes.len(),
        }
        while let Some(found) = LINE_OPENS.find(self.slice(self.searched, self.bytes.len())) {
            let line = self.searched + found + 1;
            self.searched = line;
            if self.is_ndjson {
                self.limit = Some(line);
                return;
            }
            let can_go_on = self.can_go_on_before(line - 1);
            self.doubt = Some(if can_go_on { Doubt::new(line) } else { Doubt::apart(line) });
            if !self.settle() {
                return;
            }
        }
        // A newline at the very end may prove to stand before a brace.
        let ends_in_newline = self.bytes.last() == Some(&b'\n');
        let searched = self.bytes.len() - usize::from(ends_in_newline);
        self.searched = self.searched.max(searched);
    }

    /// Looks at the line in doubt, if there is one. Whether to look on for the end of the unit.
    fn settle(&mut self) -> bool {
        let Some(doubt) = &mut self.doubt else { return self.limit.is_none() };
        match doubt.judge(&self.bytes, self.has_ended) {
            Verdict::Open => return false,
            Verdict::GoesOn => {}
            Verdict::Stands => self.limit = Some(doubt.line),
        }
        self.doubt = None;
        self.limit.is_none()
    }

    /// Whether a JSON value may go on with `{` behind the newline.
    fn can_go_on_before(&self, newline: usize) -> bool {
        matches!(self.last_visible(newline), b'[' | b',' | b':')
    }

    fn last_visible(&self, before: usize) -> u8 {
        let visible = |byte: &&u8| !matches!(**byte, b' ' | b'\t' | b'\r' | b'\n');
        let found = self.slice(0, before).iter().rev().find(visible);
        found.copied().unwrap_or(self.previous)
    }

    /// The line, from 1, on which a position lies. Each newline is counted about once.
    pub(crate) fn line_at(&mut self, at: usize) -> u64 {
        let newlines = |bytes: &[u8]| memchr::memchr_iter(b'\n', bytes).count() as u64;
        let (counted, line) = self.counted;
        if at < counted {
            return line - newlines(self.slice(at, counted));
        }
        let line = line + newlines(self.slice(counted, at));
        self.counted = (at, line);
        line
    }

    /// Spares the counting up to `at`, where newlines were counted up to some place before and none stands between.
    pub(crate) fn count_none_before(&mut self, at: usize) {
        self.counted.0 = self.counted.0.max(at);
    }

    /// The column, from 1 and in characters, of a position; none where its line began too long before it.
    pub(crate) fn column_at(&self, at: usize) -> Option<u64> {
        /// However many faults a line has, looking back costs no more than this for each.
        const FARTHEST: usize = 4 << 10;
        let from = at.saturating_sub(FARTHEST);
        let before = self.slice(from, at);
        let line = match memchr::memrchr(b'\n', before) {
            Some(newline) => before.get(newline + 1..)?,
            None if from == 0 && self.begins_line => before,
            None => return None,
        };
        // In UTF-8 every character has one byte that is not a continuation.
        Some(line.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u64 + 1)
    }

    /// Hands over the bytes before `at`; the rest moves to the front of `buffer`, which gets room for as many bytes as
    /// there are now, `room` at most.
    pub(crate) fn cut(&mut self, at: usize, mut buffer: Vec<u8>, room: usize) -> Vec<u8> {
        self.shift(at);
        buffer.clear();
        buffer.reserve(self.bytes.len().min(room));
        buffer.extend_from_slice(self.slice(at, self.bytes.len()));
        self.bytes.truncate(at);
        std::mem::replace(&mut self.bytes, buffer)
    }

    /// Forgets the bytes before `at`.
    pub(crate) fn discard(&mut self, at: usize) {
        self.shift(at);
        self.bytes.drain(..at.min(self.bytes.len()));
    }

    fn shift(&mut self, at: usize) {
        let line = self.line_at(at);
        self.previous = self.last_visible(at);
        if let Some(last) = self.slice(0, at).last() {
            self.begins_line = *last == b'\n';
        }
        self.counted = (0, line);
        self.base += at as u64;
        self.at = self.at.saturating_sub(at);
        self.searched = self.searched.saturating_sub(at);
        self.limit = self.limit.map(|limit| limit.saturating_sub(at));
        if let Some(doubt) = &mut self.doubt {
            doubt.shift(at);
        }
    }
}
