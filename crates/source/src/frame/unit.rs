//! Top-level values: which kind each is, and what may stand between them.

use std::ops::Range;

use super::bundle::Bundle;
use super::drop::Until;
use super::list::List;
use super::walk::{Member, Walk};
use super::{Flow, Framer, State, Stop, Why};
use crate::Event;
use crate::expand::ENTRY_MEMBERS;
use crate::sniff::{self, Begins};

/// What an object at the top proves to be.
enum Shape {
    /// One resource (or anything else); its end where the walk came to it.
    Plain(Option<usize>),
    /// A Bundle; the walk stands behind `resourceType`, or behind the opening bracket of `entry`.
    Bundle { at: usize, in_entries: bool, members: Vec<Range<usize>> },
}

/// What the items of an `entry` say before `resourceType` was seen.
#[derive(PartialEq, Eq)]
enum Items {
    Bundle,
    Other,
    Unclear,
}

impl Framer {
    /// Looks at the beginning of the input.
    pub(super) fn begin(&mut self) {
        self.window.look_ahead(sniff::LOOKED_AT);
        let end = self.window.bytes.len().min(sniff::LOOKED_AT);
        let head = self.window.slice(0, end);
        match sniff::sniff(head) {
            Begins::Json => {}
            Begins::Blank if self.window.has_ended() && end == self.window.bytes.len() => {
                // A damaged input may have held something.
                if self.window.damage().is_none() {
                    self.draft.events.push(Event::Empty);
                }
            }
            Begins::Blank => {}
            Begins::Other(what) => {
                let begins = sniff::begins(head);
                self.draft.events.push(Event::NotFhir { what, begins });
                self.window.discard(self.window.bytes.len());
                self.state = State::End;
            }
        }
    }

    /// The next top-level value, or what stands between two of them.
    pub(super) fn between(&mut self) -> Flow {
        let Some(byte) = self.glue_byte() else {
            if self.window.at < self.chunk_bytes {
                self.end_unit();
            }
            return Flow::Next;
        };
        let at = self.window.at;
        match byte {
            b'{' => self.object(at),
            b'[' => {
                self.window.at += 1;
                let line = self.window.line_at(at);
                self.state = State::Array { list: List::default(), line };
                Flow::Next
            }
            0xef if self.window.starts_with(at, &[0xef, 0xbb, 0xbf]) => {
                self.window.at += 3;
                Flow::Next
            }
            _ => {
                let why = Why::syntax("expected a JSON object");
                self.reject_line(at, at, why).unwrap_or(Flow::Next)
            }
        }
    }

    fn end_unit(&mut self) {
        if self.window.is_limited() {
            self.window.next_unit();
            return;
        }
        self.state = State::End;
        let Some(damage) = self.window.damage().map(str::to_owned) else {
            return;
        };
        // A truncated entry has been rejected already: it gets the reason, not a second reject.
        match self.draft.rejects.last_mut() {
            Some(last) if last.incomplete => {
                last.message.push_str(&format!(" (the input is damaged: {damage})"));
            }
            _ => {
                let why = Why::new("io/corrupt", format!("the input is damaged: {damage}"));
                let at = self.window.at;
                self.reject(at, at, why.incomplete());
            }
        }
    }

    fn object(&mut self, start: usize) -> Flow {
        // A Bundle on a line is cut like any other, so that a broken entry takes no others with it.
        let is_bundle = self.window.starts_with(start, br#"{"resourceType":"Bundle""#);
        if let Some(end) = if is_bundle { None } else { self.whole_line(start) } {
            let entry = self.entry_ref(start..end, start..end, None);
            self.window.count_none_before(end);
            return self.deliver(entry);
        }
        match self.classify(start) {
            Ok(Shape::Bundle { at, in_entries, members }) => {
                self.enter_bundle(start, at, in_entries, &members)
            }
            Ok(Shape::Plain(Some(end))) => self.plain(start, end),
            Ok(Shape::Plain(None)) => match self.walk(start).skip_container(start) {
                Ok(end) => self.plain(start, end),
                Err(stop) => self.broken(start, stop),
            },
            Err(stop) => self.broken(start, stop),
        }
    }

    /// In NDJSON: the end of a line that looks whole from the outside. Its inside is the worker's.
    fn whole_line(&mut self, start: usize) -> Option<usize> {
        if !self.window.is_ndjson {
            return None;
        }
        while self.window.bytes.len() - start <= self.chunk_bytes && self.window.more() {}
        let end = self.window.end();
        let is_known = self.window.is_limited() || self.window.has_ended();
        if !is_known || end - start > self.chunk_bytes.min(self.most) {
            return None;
        }
        let line = self.window.slice(start, end).trim_ascii_end();
        let is_whole = line.last() == Some(&b'}') && memchr::memchr(b'\n', line).is_none();
        is_whole.then_some(start + line.len())
    }

    /// Walks the members of an object until it is clear what it is.
    fn classify(&mut self, start: usize) -> Result<Shape, Stop> {
        match self.walk(start).shape() {
            // The parser will say what is wrong, and where.
            Err(Stop::Syntax(..)) => Ok(Shape::Plain(None)),
            shape => shape,
        }
    }

    fn enter_bundle(&mut self, start: usize, at: usize, in_entries: bool, members: &[Range<usize>]) -> Flow {
        let (byte, line) = (self.byte_at(start), self.window.line_at(start));
        let mut bundle =
            if in_entries { Bundle::in_entries(byte, line) } else { Bundle::behind_type(byte, line) };
        for member in members {
            bundle.keep(self.window.slice(member.start, member.end));
        }
        self.window.at = at;
        self.state = State::Bundle(Box::new(bundle));
        Flow::Next
    }

    fn broken(&mut self, start: usize, stop: Stop) -> Flow {
        let flow = match stop {
            Stop::TooLarge => {
                let why = self.too_large("the resource");
                let flow = self.drop_from(start, Until::Value, why);
                self.value_count += 1;
                flow
            }
            // Closed by the wrong bracket: the parser will say so.
            Stop::Syntax(last, _) => Some(self.plain(start, last + 1)),
            Stop::Truncated => {
                let end = self.window.end();
                let ends_line = self.window.slice(start, end).last() == Some(&b'\n');
                let is_line = self.window.is_limited() || (self.window.is_ndjson && ends_line);
                let why = if is_line {
                    Why::syntax("brackets or quotes do not close")
                } else {
                    Why::new("io/truncated", "the input breaks off in a resource").incomplete()
                };
                self.reject(start, end, why);
                None
            }
        };
        flow.unwrap_or(Flow::Next)
    }

    /// One whole value. Text behind it on its line makes it no JSON text, nor a line of NDJSON.
    fn plain(&mut self, start: usize, end: usize) -> Flow {
        if let Some(at) = self.text_behind(end) {
            let why = Why::syntax("text behind the end of the JSON value");
            return self.reject_line(start, at, why).unwrap_or(Flow::Next);
        }
        let line = self.window.line_at(start);
        let entry = self.entry_ref(start..end, start..end, None);
        let flow = self.deliver(entry);
        self.count_value(line, end);
        flow
    }

    /// Behind a streamed value: what stands on the rest of its line?
    pub(super) fn after_value(&mut self, start_line: u64) -> Flow {
        let end = self.window.at;
        if let Some(at) = self.text_behind(end) {
            let why = Why::syntax("text behind the end of the JSON value");
            return self.reject_line(at, at, why).unwrap_or(Flow::Next);
        }
        self.count_value(start_line, end);
        Flow::Next
    }

    /// Where something stands on the same line that cannot follow a JSON value.
    fn text_behind(&mut self, end: usize) -> Option<usize> {
        let mut at = end;
        while at - end < self.chunk_bytes {
            match self.window.byte(at) {
                Some(b' ' | b'\t' | b'\r') => at += 1,
                Some(b'\n' | b'{' | b'[' | 0xef) => return None,
                Some(_) => return Some(at),
                None if self.window.more() => {}
                None => return None,
            }
        }
        None
    }

    /// The first value on a line of its own, with a further line behind it, proves NDJSON.
    fn count_value(&mut self, start_line: u64, end: usize) {
        self.value_count += 1;
        if self.value_count > 1 || self.window.line_at(end) != start_line {
            return;
        }
        let mut at = end;
        while let Some(b' ' | b'\t' | b'\r') = self.window.byte(at) {
            at += 1;
        }
        if self.window.byte(at) == Some(b'\n') {
            self.window.is_ndjson = true;
            self.window.next_unit();
        }
    }
}

impl Walk<'_> {
    fn shape(&mut self) -> Result<Shape, Stop> {
        let mut members = Vec::new();
        let mut is_unclear = false;
        let mut at = self.start + 1;
        loop {
            let (key_at, byte) = self.skip_blanks(at)?;
            if byte == b'}' && members.is_empty() {
                return Ok(Shape::Plain(Some(key_at + 1)));
            }
            let member = self.member(key_at)?;
            if self.is(&member.key, "resourceType") {
                let end = self.value(member.value_at)?;
                let is_bundle = self.window.slice(member.value_at, end) == b"\"Bundle\"";
                if !is_bundle || is_unclear {
                    return Ok(Shape::Plain(None));
                }
                members.push(key_at..end);
                return Ok(Shape::Bundle { at: end, in_entries: false, members });
            }
            if self.is(&member.key, "entry") && member.first == b'[' {
                match self.items(member.value_at)? {
                    Items::Bundle if !is_unclear => {
                        let at = member.value_at + 1;
                        return Ok(Shape::Bundle { at, in_entries: true, members });
                    }
                    Items::Other => return Ok(Shape::Plain(None)),
                    _ => is_unclear = true,
                }
            }
            let end = self.value(member.value_at)?;
            members.push(key_at..end);
            match self.skip_blanks(end)? {
                (comma, b',') => at = comma + 1,
                (close, b'}') => return Ok(Shape::Plain(Some(close + 1))),
                (at, _) => return Err(Stop::Syntax(at, "expected `,` or `}`")),
            }
        }
    }

    /// What the items of the array at `at` look like; the first that tells decides.
    fn items(&mut self, at: usize) -> Result<Items, Stop> {
        let mut at = at + 1;
        loop {
            let (item, byte) = self.skip_blanks(at)?;
            if byte == b']' {
                return Ok(Items::Unclear);
            }
            if byte == b'{' {
                let found = self.item_members(item + 1)?;
                if found != Items::Unclear {
                    return Ok(found);
                }
            }
            let end = self.value(item)?;
            match self.skip_blanks(end)? {
                (comma, b',') => at = comma + 1,
                _ => return Ok(Items::Unclear),
            }
        }
    }

    fn item_members(&mut self, at: usize) -> Result<Items, Stop> {
        /// What any backbone element may have, and what a Bundle's entry and others share.
        const SHARED: [&str; 4] = ["id", "extension", "modifierExtension", "link"];
        let (mut at, mut found) = (at, Items::Unclear);
        loop {
            let (key, byte) = self.skip_blanks(at)?;
            if byte == b'}' {
                return Ok(found);
            }
            let Member { key, value_at, .. } = self.member(key)?;
            if ENTRY_MEMBERS.iter().any(|name| self.is(&key, name)) {
                return Ok(Items::Bundle);
            }
            if !SHARED.iter().any(|name| self.is(&key, name)) {
                found = Items::Other;
            }
            let end = self.value(value_at)?;
            match self.skip_blanks(end)? {
                (comma, b',') => at = comma + 1,
                _ => return Ok(found),
            }
        }
    }
}
