//! The items of an array: the entries of a Bundle, the resources of a top-level array.

use fhirkit_tape::Span;

use super::bundle::Bundle;
use super::drop::Until;
use super::entry::{self, Parts};
use super::{Flow, Framer, State, Stop, Why};
use crate::{EntryMembers, EntryRef, Event};

/// How far an array has been read. The cursor stands before the next glue or item.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct List {
    /// Index of the next item.
    pub(super) index: u32,
    /// What was last: the opening bracket, an item or a comma.
    last: Last,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Last {
    #[default]
    Open,
    Item,
    Comma,
}

/// How a step over an array ended.
pub(super) enum Step {
    /// There is more.
    More(Flow),
    /// The closing bracket was read.
    Closed,
    /// The unit has ended inside the array; the rest of it has been rejected.
    Ended,
}

impl Framer {
    /// One item of a top-level array, or the glue before it.
    pub(super) fn array(&mut self, mut list: List, line: u64) -> Flow {
        match self.list_step(&mut list, None) {
            Step::More(flow) => {
                self.state = State::Array { list, line };
                flow
            }
            Step::Closed => self.after_value(line),
            Step::Ended => Flow::Next,
        }
    }

    /// One item or one piece of glue of an array: a Bundle's `entry` if there is a Bundle.
    pub(super) fn list_step(&mut self, list: &mut List, bundle: Option<&Bundle>) -> Step {
        let Some(byte) = self.glue_byte() else {
            if self.window.at >= self.chunk_bytes {
                return Step::More(Flow::Next);
            }
            let at = self.window.at;
            let what = if bundle.is_some() { "the Bundle's `entry`" } else { "the array" };
            let why = self.broken_off(what, Stop::Truncated).incomplete();
            self.reject(at, at, why);
            return Step::Ended;
        };
        let at = self.window.at;
        match (byte, list.last) {
            (b',', Last::Item) => {
                list.last = Last::Comma;
                self.window.at += 1;
                Step::More(Flow::Next)
            }
            (b']', last) => {
                if last == Last::Comma {
                    self.warn(at, "json/syntax", "expected an item after `,`, found `]`");
                }
                self.window.at += 1;
                Step::Closed
            }
            (b'{', last) => {
                if last == Last::Item {
                    self.warn(at, "json/syntax", "expected `,` between items");
                    list.last = Last::Comma;
                    return Step::More(Flow::Next);
                }
                self.item(list, bundle)
            }
            (b'"' | b'[' | b't' | b'f' | b'n' | b'-' | b'0'..=b'9', Last::Open | Last::Comma) => {
                self.other_item(list, bundle, byte)
            }
            _ => self.glue_fault(list, bundle),
        }
    }

    /// The next byte that is not white space; the cursor stands at it. `None`: the unit has ended,
    /// or the chunk is full of white space.
    pub(super) fn glue_byte(&mut self) -> Option<u8> {
        loop {
            match self.window.byte(self.window.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') if self.window.at == self.chunk_bytes => return None,
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.window.at += 1,
                Some(byte) => return Some(byte),
                None if self.window.more() => {}
                None => return None,
            }
        }
    }

    /// An item that is an object.
    fn item(&mut self, list: &mut List, bundle: Option<&Bundle>) -> Step {
        let start = self.window.at;
        let label = label(list.index, bundle);
        let mut containers = std::mem::take(&mut self.containers);
        containers.clear();
        let outcome = match bundle {
            Some(_) => self.walk(start).container(start, &mut containers),
            None => self.walk(start).skip_container(start),
        };
        self.containers = containers;
        match outcome {
            Ok(end) => {
                let flow = self.whole_item(start, end, list.index, bundle);
                list.next();
                Step::More(flow)
            }
            Err(Stop::TooLarge) => {
                let why = self.too_large(&label).at(Some(label));
                self.dropped(list, start, why)
            }
            Err(stop) => {
                let mut why = self.broken_off(&label, stop);
                if stop == Stop::Truncated {
                    let (count, end) = (list.index, self.byte_at(self.window.end()));
                    let what = if bundle.is_some() { "entries" } else { "items" };
                    why.message =
                        format!("{count} complete {what} were read; {label} breaks off at byte {end}");
                }
                let why = why.at(Some(label)).incomplete();
                match self.reject_rest(start, why) {
                    Some(flow) => Step::More(flow),
                    None => Step::Ended,
                }
            }
        }
    }

    fn dropped(&mut self, list: &mut List, start: usize, why: Why) -> Step {
        match self.drop_from(start, Until::Value, why) {
            Some(flow) => Step::More(flow),
            None => {
                list.next();
                Step::More(Flow::Next)
            }
        }
    }

    fn whole_item(&mut self, start: usize, end: usize, index: u32, bundle: Option<&Bundle>) -> Flow {
        let Some(bundle) = bundle else {
            let entry = self.entry_ref(start..end, start..end, Some(index));
            return self.deliver(entry);
        };
        let parts = match entry::parts(&self.window.bytes, start, end, &self.containers) {
            Ok(parts) => parts,
            Err(fault) => {
                let why =
                    Why::syntax(format!("entry[{index}], byte {}: {}", fault.at - start, fault.message));
                self.reject(start, end, why.at(Some(format!("entry[{index}]"))));
                return Flow::Next;
            }
        };
        self.bundle_entry(start, end, index, bundle.byte, parts)
    }

    fn bundle_entry(&mut self, start: usize, end: usize, index: u32, bundle: u64, parts: Parts) -> Flow {
        let place = || Some(format!("entry[{index}]"));
        let members = parts.members();
        let Some(resource) = parts.resource else {
            self.window.at = end;
            let (byte, line) = (self.byte_at(start), self.window.line_at(start));
            let full_url = parts.full_url.map(|url| span(url.start, url.end));
            self.draft.events.push(Event::WithoutResource {
                span: span(start, end),
                index,
                byte,
                line,
                bundle,
                members,
                full_url,
            });
            return Flow::Next;
        };
        if self.window.byte(resource.start) != Some(b'{') {
            let why = Why::new("structure/expected-object", "the entry's resource must be an object");
            self.reject(start, end, why.at(place()));
            return Flow::Next;
        }
        if let Some(repeated) = parts.repeated {
            let why = Why::new("json/duplicate-key", "the entry has `resource` twice");
            self.reject(repeated.start, repeated.end, why.at(place()));
        }
        let mut entry = self.entry_ref(resource, start..end, Some(index));
        entry.members = members;
        entry.full_url = parts.full_url.map(|url| span(url.start, url.end));
        entry.bundle = Some(bundle);
        self.deliver(entry)
    }

    pub(super) fn entry_ref(
        &mut self,
        resource: std::ops::Range<usize>,
        entry: std::ops::Range<usize>,
        index: Option<u32>,
    ) -> EntryRef {
        EntryRef {
            byte: self.byte_at(resource.start),
            line: Some(self.window.line_at(resource.start)),
            span: span(resource.start, resource.end),
            entry: span(entry.start, entry.end),
            index,
            full_url: None,
            bundle: None,
            members: EntryMembers::default(),
        }
    }

    /// An item that is no object.
    fn other_item(&mut self, list: &mut List, bundle: Option<&Bundle>, first: u8) -> Step {
        let start = self.window.at;
        let label = label(list.index, bundle);
        match self.walk(start).value(start) {
            Ok(end) => {
                let found = match first {
                    b'"' => "a string",
                    b'[' => "an array",
                    b'n' => "null",
                    b't' | b'f' => "a boolean",
                    _ => "a number",
                };
                let why = Why::new("structure/expected-object", format!("expected an object, found {found}"));
                self.reject(start, end, why.at(Some(label)));
                list.next();
                Step::More(Flow::Next)
            }
            Err(Stop::TooLarge) if matches!(first, b'"' | b'[') => {
                let why = self.too_large(&label).at(Some(label));
                self.dropped(list, start, why)
            }
            Err(stop) => {
                let why = self.broken_off(&label, stop).at(Some(label)).incomplete();
                match self.reject_rest(start, why) {
                    Some(flow) => Step::More(flow),
                    None => Step::Ended,
                }
            }
        }
    }

    /// Bytes between items that are no glue: rejected up to where an item can begin or the array
    /// can end, so that the items after them are saved.
    fn glue_fault(&mut self, list: &mut List, bundle: Option<&Bundle>) -> Step {
        let start = self.window.at;
        let mut at = start;
        loop {
            let end = self.window.end();
            let rest = self.window.slice(at, end);
            match rest.iter().position(|byte| matches!(byte, b'{' | b']')) {
                Some(found) => at += found,
                None => at = end,
            }
            if at - start > self.most.min(self.chunk_bytes) {
                at = start + self.most.min(self.chunk_bytes);
            } else if at == end && self.window.more() {
                continue;
            }
            break;
        }
        let wanted = if bundle.is_some() { "entries" } else { "items" };
        let message = format!("expected `,` or `]` between {wanted}");
        let is_glue = |byte: &u8| matches!(byte, b',' | b' ' | b'\n' | b'\r' | b'\t');
        if self.window.slice(start, at).iter().all(is_glue) {
            self.warn(start, "json/syntax", &message);
            self.window.at = at;
        } else {
            self.reject(start, at, Why::syntax(message));
        }
        list.last = Last::Comma;
        Step::More(Flow::Next)
    }
}

impl List {
    fn next(&mut self) {
        self.index = self.index.saturating_add(1);
        self.last = Last::Item;
    }

    /// An array that goes on where another one ended.
    pub(super) fn from(index: u32) -> Self {
        Self { index, last: Last::Open }
    }
}

fn label(index: u32, bundle: Option<&Bundle>) -> String {
    match bundle {
        Some(_) => format!("entry[{index}]"),
        None => format!("[{index}]"),
    }
}

impl Parts {
    fn members(&self) -> EntryMembers {
        let search = self.search.as_ref().map(|at| span(at.start, at.end));
        EntryMembers { request: self.request, response: self.response, search }
    }
}

/// Positions in a window stay below 4 GiB: `most` and the chunk size bound them.
fn span(start: usize, end: usize) -> Span {
    let at = |position| u32::try_from(position).unwrap_or(u32::MAX);
    Span { start: at(start), end: at(end) }
}
