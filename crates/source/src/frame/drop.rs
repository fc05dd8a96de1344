//! Passing over what is too large to hold, in bounded memory.

use std::sync::Arc;

use fhirkit_tape::scan::Nesting;

use super::{Flow, Framer, Stop, Why};
use crate::Reject;

/// Where something too large ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// With the value that begins there.
    Value,
    /// At the end of the line.
    Newline,
    /// At the end of the unit.
    UnitEnd,
}

impl Framer {
    /// Passes over what begins at `start`, keeps no byte of it, and rejects it. `None`: done, and
    /// the cursor stands behind it.
    pub(super) fn drop_from(&mut self, start: usize, until: Until, mut why: Why) -> Option<Flow> {
        if let Some(cut) = self.make_room(start) {
            return Some(cut);
        }
        let (byte, line) = (self.window.base, Some(self.window.line_at(0)));
        let column = self.window.column_at(0);
        let mut end = Ending::new(until, self.window.byte(0));
        let closed = loop {
            let visible = self.window.end();
            if let Some(length) = end.find(self.window.slice(0, visible)) {
                self.window.discard(length);
                break true;
            }
            self.window.discard(visible);
            if !self.window.more() {
                break until != Until::Value;
            }
        };
        if !closed {
            why.incomplete = true;
            why.message.push_str(" and breaks off");
        }
        self.window.at = 0;
        self.push_reject(Reject {
            input: Arc::clone(&self.input.name),
            byte,
            line,
            column,
            entry: why.entry,
            rule: why.rule.into(),
            message: why.message,
            length: self.window.base - byte,
            bytes: None,
            incomplete: why.incomplete,
        });
        None
    }

    /// Rejects everything from `start` to the end of the unit, however much that is.
    pub(super) fn reject_rest(&mut self, start: usize, why: Why) -> Option<Flow> {
        loop {
            let end = self.window.end();
            if end - start > self.most {
                return self.drop_from(start, Until::UnitEnd, why);
            }
            if !self.window.more() {
                self.reject(start, end, why);
                return None;
            }
        }
    }

    /// Rejects everything from `start` to the end of the line that `from` lies on.
    pub(super) fn reject_line(&mut self, start: usize, from: usize, why: Why) -> Option<Flow> {
        let mut from = from;
        loop {
            let end = self.window.end();
            let found = memchr::memchr(b'\n', self.window.slice(from, end));
            let to = found.map_or(end, |newline| from + newline);
            if to - start > self.most {
                return self.drop_from(start, Until::Newline, why);
            }
            if found.is_some() || !self.window.more() {
                self.reject(start, to, why);
                return None;
            }
            from = end;
        }
    }

    /// What to say of something larger than `max_entry`.
    pub(super) fn too_large(&self, what: &str) -> Why {
        Why::new("io/too-large", format!("{what} is larger than {} bytes", self.most))
    }

    /// What to say of something whose brackets or quotes do not close.
    pub(super) fn broken_off(&self, what: &str, stop: Stop) -> Why {
        match stop {
            Stop::Syntax(_, message) => Why::syntax(format!("{what}: {message}")),
            _ => Why::new("io/truncated", format!("{what} breaks off")),
        }
    }
}

/// Finds the end of what is passed over.
enum Ending {
    Value(Nesting),
    Text { skip: usize },
    Newline,
    UnitEnd,
}

impl Ending {
    fn new(until: Until, first: Option<u8>) -> Self {
        match until {
            Until::Newline => Self::Newline,
            Until::UnitEnd => Self::UnitEnd,
            Until::Value if first == Some(b'"') => Self::Text { skip: 1 },
            Until::Value => Self::Value(Nesting::new(0, 1)),
        }
    }

    /// How many of these bytes, which follow those of the last call, belong to it, if it ends.
    fn find(&mut self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Value(nesting) => nesting.feed(bytes, 0, &mut |_, _| {}).map(|last| last + 1),
            Self::Newline => memchr::memchr(b'\n', bytes),
            Self::UnitEnd => None,
            Self::Text { skip } => loop {
                let rest = bytes.get(*skip..).unwrap_or_default();
                match memchr::memchr2(b'"', b'\\', rest) {
                    Some(found) if rest.get(found) == Some(&b'"') => return Some(*skip + found + 1),
                    Some(found) => *skip += found + 2,
                    None => {
                        *skip = skip.saturating_sub(bytes.len());
                        return None;
                    }
                }
            },
        }
    }
}
