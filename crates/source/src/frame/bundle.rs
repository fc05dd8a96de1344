//! A Bundle that is cut into entries while it streams: what stands around its entries.

use std::ops::Range;
use std::sync::Arc;

use super::drop::Until;
use super::list::{List, Step};
use super::walk::Member;
use super::{Flow, Framer, State, Stop, Why};
use crate::{Event, Reject};

/// A Bundle in the middle of being read. The cursor stands where its phase says.
pub(super) struct Bundle {
    /// Where it begins in the input.
    pub(super) byte: u64,
    /// The line that it begins on.
    pub(super) line: u64,
    phase: Phase,
    /// Its members but `entry`, as JSON without the closing brace.
    envelope: Vec<u8>,
    /// Index of the next entry.
    index: u32,
    has_entry: bool,
    has_type: bool,
    /// Its `resourceType` is another: known behind its entries alone.
    is_other: bool,
}

#[derive(Clone, Copy)]
enum Phase {
    /// Before a member.
    Member,
    /// Behind a member's value.
    AfterMember,
    /// At a value that is too large to hold.
    TooLarge,
    /// In `entry`.
    Entries(List),
}

impl Bundle {
    /// A Bundle that was recognised behind its `resourceType`.
    pub(super) fn behind_type(byte: u64, line: u64) -> Self {
        Self {
            byte,
            line,
            phase: Phase::AfterMember,
            envelope: vec![b'{'],
            index: 0,
            has_entry: false,
            has_type: true,
            is_other: false,
        }
    }

    /// A Bundle that was recognised by the items of its `entry`, before its `resourceType`.
    pub(super) fn in_entries(byte: u64, line: u64) -> Self {
        Self {
            phase: Phase::Entries(List::default()),
            has_entry: true,
            has_type: false,
            ..Self::behind_type(byte, line)
        }
    }

    /// Adds a member's text to the envelope.
    pub(super) fn keep(&mut self, member: &[u8]) {
        if self.envelope.len() > 1 {
            self.envelope.push(b',');
        }
        self.envelope.extend_from_slice(member);
    }
}

impl Framer {
    /// One entry, one member, or the glue before it.
    pub(super) fn bundle(&mut self, mut bundle: Box<Bundle>) -> Flow {
        let flow = match bundle.phase {
            Phase::Entries(mut list) => match self.list_step(&mut list, Some(&bundle)) {
                Step::More(flow) => {
                    bundle.phase = Phase::Entries(list);
                    Some(flow)
                }
                Step::Closed => {
                    bundle.index = list.index;
                    bundle.phase = Phase::AfterMember;
                    Some(Flow::Next)
                }
                Step::Ended => {
                    bundle.index = list.index;
                    None
                }
            },
            Phase::TooLarge => {
                let why = self.too_large("a member of the Bundle");
                bundle.phase = Phase::AfterMember;
                let flow = self.drop_from(self.window.at, Until::Value, why);
                if flow.is_some() {
                    bundle.phase = Phase::TooLarge;
                }
                Some(flow.unwrap_or(Flow::Next))
            }
            Phase::Member | Phase::AfterMember => self.around_entries(&mut bundle),
        };
        match flow {
            Some(flow) => {
                self.state = State::Bundle(bundle);
                flow
            }
            None => {
                self.finish_bundle(&mut bundle);
                self.after_value(bundle.line)
            }
        }
    }

    fn finish_bundle(&mut self, bundle: &mut Bundle) {
        let mut bytes = std::mem::take(&mut bundle.envelope);
        bytes.push(b'}');
        if bundle.is_other {
            self.push_reject(Reject {
                input: Arc::clone(&self.input.name),
                byte: bundle.byte,
                line: Some(bundle.line),
                column: None,
                entry: None,
                rule: "structure/wrong-type".into(),
                message: "read as a Bundle for its entries, but `resourceType` is another; `entry` is left out here"
                    .to_owned(),
                length: bytes.len() as u64,
                bytes: Some(bytes.clone()),
                incomplete: false,
            });
        }
        self.draft.events.push(Event::Envelope {
            bytes,
            is_rejected: bundle.is_other,
            byte: bundle.byte,
            line: bundle.line,
            entry_count: u64::from(bundle.index),
        });
    }

    /// A member or a comma; `None` when the Bundle is at its end.
    fn around_entries(&mut self, bundle: &mut Bundle) -> Option<Flow> {
        let Some(byte) = self.glue_byte() else {
            if self.window.at >= self.chunk_bytes {
                return Some(Flow::Next);
            }
            let at = self.window.at;
            let why = self.broken_off("the Bundle", Stop::Truncated);
            self.reject(at, at, why.incomplete());
            return None;
        };
        let at = self.window.at;
        match (byte, bundle.phase) {
            (b',', Phase::AfterMember) => {
                self.window.at += 1;
                bundle.phase = Phase::Member;
                Some(Flow::Next)
            }
            (b'}', phase) => {
                if matches!(phase, Phase::Member) {
                    self.warn(at, "json/syntax", "expected a key after `,`, found `}`");
                }
                self.window.at += 1;
                None
            }
            (_, Phase::Member) => self.bundle_member(bundle, at),
            _ => {
                let why = Why::syntax("expected `,` or `}` after a member of the Bundle");
                self.reject_rest(at, why.incomplete())
            }
        }
    }

    fn bundle_member(&mut self, bundle: &mut Bundle, start: usize) -> Option<Flow> {
        let mut walk = self.walk(start);
        let member = match walk.member(start) {
            Ok(member) => member,
            Err(stop) => {
                let why = self.broken_off("the Bundle", stop);
                return self.reject_rest(start, why.incomplete());
            }
        };
        if walk.is(&member.key, "entry") && member.first == b'[' {
            return Some(self.enter_entries(bundle, start, &member));
        }
        match walk.value(member.value_at) {
            Ok(end) => {
                self.whole_member(bundle, start..end, &member);
                Some(Flow::Next)
            }
            Err(Stop::TooLarge) if matches!(member.first, b'{' | b'[' | b'"') => {
                self.window.at = member.value_at;
                bundle.phase = Phase::TooLarge;
                Some(Flow::Next)
            }
            Err(stop) => {
                let why = self.broken_off("the Bundle", stop);
                self.reject_rest(start, why.incomplete())
            }
        }
    }

    fn enter_entries(&mut self, bundle: &mut Bundle, start: usize, member: &Member) -> Flow {
        if bundle.has_entry {
            self.warn(start, "json/duplicate-key", "the Bundle has `entry` twice; both are read");
        }
        bundle.has_entry = true;
        bundle.phase = Phase::Entries(List::from(bundle.index));
        self.window.at = member.value_at + 1;
        Flow::Next
    }

    fn whole_member(&mut self, bundle: &mut Bundle, text: Range<usize>, member: &Member) {
        self.window.at = text.end;
        bundle.phase = Phase::AfterMember;
        let walk = self.walk(text.start);
        if walk.is(&member.key, "entry") {
            let why = Why::new("structure/expected-array", "`Bundle.entry` must be a list");
            self.reject(member.value_at, text.end, why.at(Some("entry".to_owned())));
            return;
        }
        if walk.is(&member.key, "resourceType") {
            let is_bundle = self.window.slice(member.value_at, text.end) == b"\"Bundle\"";
            if bundle.has_type {
                self.warn(text.start, "json/duplicate-key", "the Bundle has `resourceType` twice");
            } else {
                bundle.is_other = !is_bundle;
            }
            bundle.has_type = true;
        }
        if bundle.envelope.len() + text.len() > self.most {
            let why = self.too_large("the Bundle without its entries");
            self.reject(text.start, text.end, why);
            return;
        }
        bundle.keep(self.window.slice(text.start, text.end));
    }
}
