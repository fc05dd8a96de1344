//! The walk over the documents of one chunk.

use std::collections::BTreeMap;
use std::sync::Arc;

use fhirkit_issue::{Issue, from_source, rules};
use fhirkit_source::{Chunk, Document, EntryMembers, EntryRef, Event, Fault, Found, expand};
use fhirkit_tape::{Node, NodeId, Tape};
use fhirkit_validate::Subject;

use super::Rules;
use super::entries::{self, Entries, Seen};
use super::envelope::{self, Place};
use super::found::Issues;
use super::worker::{Kept, Visited, Worker};
use crate::admission::{Admission, admit};
use crate::place;
use crate::stubs::{self, Answer, Rejected, Stub};

/// A chunk being walked.
pub(super) struct Visit<'a, 'i> {
    chunk: &'a Chunk,
    rules: &'a Rules,
    worker: &'a mut Worker,
    issues: &'a mut Issues<'i>,
    visited: Visited,
    /// How many of the reader's rejects have been told.
    rejects_told: usize,
    /// Up to here everything has been checked as part of a Parameters.
    checked_until: u32,
    /// The types of the Bundles that stand whole in the entry at hand, by their bytes.
    bundle_types: BTreeMap<u64, String>,
}

impl<'a, 'i> Visit<'a, 'i> {
    pub(super) fn new(
        chunk: &'a Chunk,
        rules: &'a Rules,
        worker: &'a mut Worker,
        issues: &'a mut Issues<'i>,
    ) -> Self {
        let (visited, bundle_types) = (Visited::default(), BTreeMap::new());
        Visit { chunk, rules, worker, issues, visited, rejects_told: 0, checked_until: 0, bundle_types }
    }

    /// Walks all of the chunk, whose bytes the tape has.
    pub(super) fn chunk(mut self, tape: &mut Tape) -> Visited {
        let chunk = self.chunk;
        for entry in &chunk.entries {
            self.rejects_before(entry.byte);
            match self.worker.surroundings.parse(tape, entry) {
                Ok(root) => self.entry(tape, root, entry),
                Err(fault) => self.broken(tape, entry, &fault),
            }
            self.issues.hand_over();
        }
        self.rejects_before(u64::MAX);
        for event in &chunk.events {
            match stubs::parse(tape, event, chunk) {
                // That it lacks a resource, the rules of Bundle say.
                Some(Ok(stub)) => {
                    self.answers(stub.answer(tape, chunk));
                    self.event(tape, event);
                }
                Some(Err(rejected)) => self.rejected(*rejected),
                None => self.event(tape, event),
            }
            self.issues.hand_over();
        }
        self.visited
    }

    fn say(&mut self, issue: Issue) {
        self.issues.push(issue, None);
    }

    fn answers(&mut self, answer: Option<Answer>) {
        let Some(Answer { outcome, issue }) = answer else { return };
        self.say(issue);
        if outcome.fatal && self.visited.fatal_outcome.is_none() {
            self.visited.fatal_outcome = Some(outcome.summary);
        }
    }

    fn rejects_before(&mut self, byte: u64) {
        while let Some(reject) = self.chunk.rejects.get(self.rejects_told).filter(|one| one.byte < byte) {
            self.rejects_told += 1;
            self.say(from_source::reject(reject));
        }
    }

    /// One parsed entry: usually one document, several when it is a Bundle or holds one.
    fn entry(&mut self, tape: &Tape, root: NodeId, entry: &EntryRef) {
        let input = Arc::clone(&self.chunk.input);
        self.checked_until = 0;
        self.bundle_types.clear();
        let mut missing = None;
        expand(tape, root, &input, entry, &mut |found| match found {
            Found::Document(document) => {
                let is_streamed = document.bundle.is_some() && document.bundle == entry.bundle;
                self.document(tape, &document, is_streamed);
                if is_streamed {
                    missing = self.worker.scratch.take_missing_full_url();
                }
            }
            Found::WithoutResource { root, byte, line, path } => {
                let stub = Stub { root, byte, line, path };
                self.answers(stub.answer(tape, self.chunk));
            }
            Found::Envelope { root, byte, path, .. } => {
                let node = tape.node(root);
                self.visited.pages.see_whole(&input.name, node);
                if node.span().start >= self.checked_until {
                    self.whole_bundle(tape, node, byte, entry, path.as_deref());
                }
            }
            Found::Reject(reject) => {
                self.rejected(Rejected { issue: from_source::reject(&reject), reject });
            }
            _ => {}
        });
        if let Some(bundle) = entry.bundle {
            let types = self.rules.validator.definitions().types();
            let full_url = entry.full_url.and_then(|span| entries::url_of(tape, span));
            let seen = Seen {
                resource: tape.node(root),
                full_url: full_url.as_deref(),
                // What was not walked, as it is not R4, has no references to tell of.
                missing: missing.or(Some(false)).filter(|_| full_url.is_none()),
                search: self.worker.modes.of(tape, entry.members.search),
                members: entry.members,
            };
            let index = entry.index.unwrap_or(u32::MAX);
            let of_bundle = self.visited.bundles.entry(bundle).or_default();
            of_bundle.see(&seen, index, (entry.byte, entry.line), types);
        }
    }

    fn event(&mut self, tape: &Tape, event: &Event) {
        match event {
            Event::WithoutResource { index, byte, line, bundle, members, full_url, .. } => {
                let types = self.rules.validator.definitions().types();
                let full_url = full_url.and_then(|span| entries::url_of(tape, span));
                let seen = Seen {
                    resource: tape.node(NodeId::ABSENT),
                    full_url: full_url.as_deref(),
                    missing: Some(false).filter(|_| full_url.is_none()),
                    search: self.worker.modes.of(tape, members.search),
                    members: *members,
                };
                let of_bundle = self.visited.bundles.entry(*bundle).or_default();
                of_bundle.see(&seen, *index, (*byte, Some(*line)), types);
            }
            Event::Envelope { bytes, byte, line, .. } => {
                let place =
                    Place { file: &self.chunk.input.name, byte: *byte, line: Some(*line), path: None };
                let rejected = self.visited.pages.see(&mut self.worker.envelope, event, self.chunk);
                // Of what is JSON the validator says more.
                match rejected.filter(|rejected| !rejected.is_json()) {
                    Some(rejected) => self.rejected(rejected),
                    None => self.envelope(bytes, &place),
                }
                // Of a Bundle that began in an earlier chunk only the collector has all entries.
                if *byte >= self.chunk.base
                    && let Some(entries) = self.visited.bundles.remove(byte)
                {
                    self.together(bytes, entries, &place);
                }
            }
            _ => {}
        }
    }

    /// A Bundle that stands whole on the tape; its entries are documents of their own all the same.
    fn whole_bundle(
        &mut self,
        tape: &Tape,
        bundle: Node<'_>,
        byte: u64,
        entry: &EntryRef,
        path: Option<&str>,
    ) {
        let text = envelope::without_entries(bundle);
        let place = Place { file: &self.chunk.input.name, byte, line: entry.line, path };
        self.envelope(&text, &place);
        if let Some(name) = bundle.get("type").as_str() {
            self.bundle_types.insert(byte, name.into_owned());
        }
        let types = self.rules.validator.definitions().types();
        let (mut entries, mut lines) = (Entries::default(), Lines::new(tape, entry));
        for (index, item) in bundle.get("entry").items().enumerate().filter(|(_, item)| item.is_object()) {
            let resource = item.get("resource");
            let full_url = item.get("fullUrl").as_str();
            // A resource without a fullUrl is told of where it is walked: the type of its Bundle is known.
            let is_missing = full_url.is_none() && !resource.is_object();
            let seen = Seen {
                resource,
                full_url: full_url.as_deref(),
                missing: is_missing.then_some(false),
                search: entries::mode_of(item.get("search")),
                members: EntryMembers {
                    request: item.get("request").is_object(),
                    response: item.get("response").is_object(),
                    search: None,
                },
            };
            let at = if resource.is_object() { resource } else { item };
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            entries.see(&seen, index, lines.place(at), types);
        }
        self.together(&text, entries, &place);
    }

    fn document(&mut self, tape: &Tape, document: &Document, is_streamed: bool) {
        let resource = tape.node(document.root);
        let span = resource.span();
        if span.start < self.checked_until {
            return;
        }
        if resource.get("resourceType").str_is("Parameters") {
            self.checked_until = span.end;
        }
        self.visited.resources += 1;
        let number = self.visited.documents.len();
        self.visited.documents.push(Kept {
            span,
            byte: document.byte,
            line: document.line,
            entry: document.entry(),
        });
        let Rules { validator, house } = self.rules;
        match admit(validator.definitions(), resource) {
            Admission::Resource(_) => {}
            Admission::OperationOutcome(outcome) => {
                let issue = place::locate(outcome.issue(), self.chunk, document);
                self.answers(Some(Answer { outcome, issue }));
            }
            // Checked against R4, it would break a rule with every second element.
            Admission::NotR4(message) => {
                self.visited.rejected += 1;
                let issue =
                    place::locate(Issue::new(&rules::STRUCTURE_NOT_R4, message), self.chunk, document);
                self.issues.push(issue, Some(number));
                return;
            }
            // What is wrong the validator says better.
            Admission::Rejected { .. } => self.visited.rejected += 1,
        }
        let subject = Subject::new(tape, document, &self.chunk.input);
        let bundle_type = document.bundle.and_then(|bundle| self.bundle_types.get(&bundle));
        let subject = match bundle_type {
            _ if is_streamed => subject.in_streamed_bundle(),
            Some(name) => subject.in_bundle_of_type(name),
            None => subject,
        };
        let mut take = |issue| self.issues.push(issue, Some(number));
        validator.check(&subject, &mut self.worker.scratch, &mut take);
        house.check(&subject, resource, &mut take);
    }

    /// A Bundle without its entries, which are documents of their own.
    fn envelope(&mut self, bytes: &[u8], place: &Place<'_>) {
        let Worker { envelope, scratch, .. } = &mut *self.worker;
        let mut take = |issue| self.issues.push(issue, None);
        let was_seen = envelope::check(bytes, place, &self.rules.validator, envelope, scratch, &mut take);
        self.worker.envelopes += u64::from(was_seen);
    }

    /// The entries of a Bundle, all of which have been seen.
    fn together(&mut self, envelope: &[u8], entries: Entries, place: &Place<'_>) {
        let mut take = |issue| self.issues.push(issue, None);
        self.worker.together.judge(envelope, entries, place, &self.rules.validator, &mut take);
    }

    /// An entry that is no JSON.
    fn broken(&mut self, tape: &Tape, entry: &EntryRef, fault: &Fault) {
        let issue = from_source::refused(&self.chunk.input.name, tape.bytes(), entry, fault);
        let reject = entry.reject(&self.chunk.input, tape.bytes(), fault);
        self.rejected(Rejected { issue, reject });
    }

    fn rejected(&mut self, Rejected { issue, reject }: Rejected) {
        self.visited.rejected += 1;
        self.say(issue);
        self.visited.rejects.push(reject);
    }
}

/// Bytes and lines of what stands in an entry, asked for in the order of the text: each newline is counted once.
struct Lines<'t> {
    tape: &'t Tape,
    entry: &'t EntryRef,
    at: usize,
    line: Option<u64>,
}

impl<'t> Lines<'t> {
    fn new(tape: &'t Tape, entry: &'t EntryRef) -> Self {
        Lines { tape, entry, at: entry.span.start as usize, line: entry.line }
    }

    fn place(&mut self, node: Node<'_>) -> (u64, Option<u64>) {
        let start = node.span().start;
        if let Some(between) = self.tape.bytes().get(self.at..start as usize) {
            let newlines = memchr::memchr_iter(b'\n', between).count() as u64;
            (self.at, self.line) = (start as usize, self.line.map(|line| line + newlines));
        }
        (self.entry.byte + u64::from(start.saturating_sub(self.entry.span.start)), self.line)
    }
}
