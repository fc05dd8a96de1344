//! One state machine for every framing: a single resource, a Bundle, NDJSON, an array of
//! resources, JSON texts one after the other; pretty-printed or not, and mixed.
//!
//! The machine advances by one item at a time: a line, an entry, a member of the envelope. It
//! matches brackets and quotes and checks the glue between items; what lies inside an item is
//! parsed later, in the worker. Every byte becomes part of an entry, of glue, of the envelope or of a
//! reject.

mod bundle;
mod drop;
mod entry;
mod list;
mod unit;
mod walk;

use std::sync::Arc;

use crate::window::Window;
use crate::{EntryRef, Event, Input, Options, Reject};
use bundle::Bundle;
use list::List;
use walk::{Stop, Walk};

/// Most entries of a chunk, and most rejects and events of a chunk: hostile input of many tiny
/// items must not multiply its size in memory.
const ENTRIES_IN_CHUNK: usize = 1 << 14;
const NOTES_IN_CHUNK: usize = 1 << 12;

/// Cuts one input.
pub(crate) struct Framer {
    pub(crate) window: Window,
    input: Arc<Input>,
    most: usize,
    chunk_bytes: usize,
    state: State,
    draft: Draft,
    /// An entry that did not fit the chunk: the first of the next one.
    pending: Option<EntryRef>,
    containers: Vec<(usize, usize)>,
    /// How many top-level values there were.
    value_count: u64,
    entry_count: u64,
    reject_count: u64,
    is_incomplete: bool,
}

/// What a chunk is going to hold.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) entries: Vec<EntryRef>,
    pub(crate) rejects: Vec<Reject>,
    pub(crate) events: Vec<Event>,
}

impl Draft {
    fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.rejects.is_empty() && self.events.is_empty()
    }

    fn is_full(&self) -> bool {
        self.entries.len() >= ENTRIES_IN_CHUNK || self.rejects.len() + self.events.len() >= NOTES_IN_CHUNK
    }
}

/// Where the machine stands.
enum State {
    /// Nothing of the input has been looked at.
    Start,
    /// Between top-level values.
    Between,
    /// In an array of resources.
    Array { list: List, line: u64 },
    /// In a Bundle.
    Bundle(Box<Bundle>),
    /// All is read, the last chunk is to come.
    End,
    /// All is delivered.
    Done,
}

/// What a step asks for.
enum Flow {
    /// Go on.
    Next,
    /// End the chunk before this position.
    Cut(usize),
}

/// A finished chunk but for its number.
pub(crate) struct Piece {
    pub(crate) bytes: Vec<u8>,
    pub(crate) base: u64,
    pub(crate) line: u64,
    pub(crate) draft: Draft,
}

impl Framer {
    pub(crate) fn new(window: Window, input: Arc<Input>, options: &Options) -> Self {
        Self {
            window,
            input,
            most: options.entry_limit(),
            chunk_bytes: options.chunk_bytes.max(1),
            state: State::Start,
            draft: Draft { events: vec![Event::InputStart], ..Draft::default() },
            pending: None,
            containers: Vec::new(),
            value_count: 0,
            entry_count: 0,
            reject_count: 0,
            is_incomplete: false,
        }
    }

    /// The next chunk; `buffer` becomes the window's.
    pub(crate) fn next(&mut self, buffer: &mut Vec<u8>) -> Option<Piece> {
        loop {
            let at = self.window.at;
            if at >= self.chunk_bytes || self.draft.is_full() {
                if !self.draft.is_empty() {
                    return Some(self.cut(at, buffer));
                }
                self.window.discard(at);
            }
            match self.state {
                State::Done => return None,
                State::End => return Some(self.last(buffer)),
                _ => {}
            }
            if let Flow::Cut(at) = self.step() {
                return Some(self.cut(at, buffer));
            }
        }
    }

    fn step(&mut self) -> Flow {
        match std::mem::replace(&mut self.state, State::Between) {
            State::Start => {
                self.begin();
                Flow::Next
            }
            State::Between => self.between(),
            State::Array { list, line } => self.array(list, line),
            State::Bundle(bundle) => self.bundle(bundle),
            ended @ (State::End | State::Done) => {
                self.state = ended;
                Flow::Next
            }
        }
    }

    fn cut(&mut self, at: usize, buffer: &mut Vec<u8>) -> Piece {
        let base = self.window.base;
        let line = self.window.line_at(0);
        // The next chunk, if there is one, is like this one: what grows step by step is copied at each.
        let room = if matches!(self.state, State::Done) { 0 } else { self.chunk_bytes.saturating_mul(2) };
        let bytes = self.window.cut(at, std::mem::take(buffer), room);
        let draft = std::mem::take(&mut self.draft);
        self.draft.entries.reserve(draft.entries.len());
        self.draft.entries.extend(self.pending.take());
        Piece { bytes, base, line, draft }
    }

    fn last(&mut self, buffer: &mut Vec<u8>) -> Piece {
        self.state = State::Done;
        let end = self.window.bytes.len();
        self.draft.events.push(Event::InputEnd {
            entry_count: self.entry_count,
            reject_count: self.reject_count,
            bytes: self.window.base + end as u64,
            incomplete: self.is_incomplete,
        });
        self.cut(end, buffer)
    }

    fn walk(&mut self, start: usize) -> Walk<'_> {
        Walk { start, most: self.most, window: &mut self.window }
    }

    fn byte_at(&self, at: usize) -> u64 {
        self.window.base + at as u64
    }

    /// Delivers an entry that lies at `entry.entry` and moves the cursor behind it. One that does
    /// not fit the chunk begins the next.
    fn deliver(&mut self, mut entry: EntryRef) -> Flow {
        let (start, end) = (entry.entry.start as usize, entry.entry.end as usize);
        self.window.at = end;
        self.entry_count += 1;
        if end <= self.chunk_bytes || self.draft.is_empty() {
            self.draft.entries.push(entry);
            return Flow::Next;
        }
        let by = entry.entry.start;
        shift(&mut entry, by);
        self.pending = Some(entry);
        Flow::Cut(start)
    }

    /// Rejects the bytes between two positions and moves the cursor behind them.
    fn reject(&mut self, from: usize, to: usize, why: Why) {
        let line = Some(self.window.line_at(from));
        let column = self.window.column_at(from);
        let bytes = self.window.slice(from, to).to_vec();
        self.window.at = self.window.at.max(to);
        self.push_reject(Reject {
            input: Arc::clone(&self.input.name),
            byte: self.byte_at(from),
            line,
            column,
            entry: why.entry,
            rule: why.rule.into(),
            message: why.message,
            length: bytes.len() as u64,
            bytes: (!bytes.is_empty()).then_some(bytes),
            incomplete: why.incomplete,
        });
    }

    /// Tells of a fault that lost nothing.
    fn warn(&mut self, at: usize, rule: &'static str, message: &str) {
        let (byte, line) = (self.byte_at(at), self.window.line_at(at));
        self.draft.events.push(Event::Warning { rule, message: message.to_owned(), byte, line });
    }

    fn push_reject(&mut self, reject: Reject) {
        self.reject_count += 1;
        self.is_incomplete |= reject.incomplete;
        self.draft.rejects.push(reject);
    }

    /// What is too large can only be dropped from the front of the window: ends the chunk first
    /// if it holds anything. The step is repeated after the cut.
    fn make_room(&mut self, start: usize) -> Option<Flow> {
        if !self.draft.is_empty() {
            return Some(Flow::Cut(start));
        }
        self.window.discard(start);
        None
    }
}

/// The reason of a reject.
struct Why {
    rule: &'static str,
    message: String,
    entry: Option<String>,
    incomplete: bool,
}

impl Why {
    fn new(rule: &'static str, message: impl Into<String>) -> Self {
        Self { rule, message: message.into(), entry: None, incomplete: false }
    }

    fn syntax(message: impl Into<String>) -> Self {
        Self::new("json/syntax", message)
    }

    fn at(mut self, entry: Option<String>) -> Self {
        self.entry = entry;
        self
    }

    /// More was to come that is not there.
    fn incomplete(mut self) -> Self {
        self.incomplete = true;
        self
    }
}

fn shift(entry: &mut EntryRef, by: u32) {
    let spans = [
        Some(&mut entry.span),
        Some(&mut entry.entry),
        entry.full_url.as_mut(),
        entry.members.search.as_mut(),
    ];
    for span in spans.into_iter().flatten() {
        span.start -= by;
        span.end -= by;
    }
}
