//! One chunk of entries to issues: parsed once, checked once.

use std::collections::BTreeMap;
use std::sync::Arc;

use fhirkit_source::{Chunk, Event, Input, Reject, Surroundings};
use fhirkit_tape::{Span, Tape};
use fhirkit_validate::{Checked, Scratch};

use super::Rules;
use super::entries::{Entries, Modes};
use super::found::{FoundIssue, Issues};
use super::together::Together;
use super::visit::Visit;
use crate::envelopes::Pages;

/// Above this a chunk holds one large entry, and what the worker grew for it is given back.
const LARGE: usize = 16 << 20;

/// What is not looked at where the entries of a Bundle stream by.
const BESIDE_RESOURCES: &str = "Bundles' entries beside resource and fullUrl (link, search, request, response), and what \
    profiles of Bundles ask of entries";

/// What a thread reuses from chunk to chunk.
pub(super) struct Worker {
    tape: Tape,
    pub(super) surroundings: Surroundings,
    pub(super) envelope: Tape,
    pub(super) scratch: Scratch,
    pub(super) together: Together,
    pub(super) modes: Modes,
    /// Bundles that were checked without their entries.
    pub(super) envelopes: u64,
    max_depth: usize,
}

/// What one chunk gave, to be taken in input order.
pub(super) struct Outcome {
    pub(super) input: Arc<Input>,
    pub(super) consumed: u64,
    /// In the order of the input.
    pub(super) issues: Vec<FoundIssue>,
    /// The chunk without its bytes, where it has more issues than may be held: it is to be checked again.
    pub(super) overflow: Option<Box<Chunk>>,
    /// The entries of Bundles that began before or go on after this chunk, by the byte of the Bundle.
    pub(super) bundles: BTreeMap<u64, Entries>,
    /// In the order of the input; empty unless the run keeps them.
    pub(super) documents: Vec<Kept>,
    pub(super) rejects: Vec<Reject>,
    pub(super) events: Vec<Event>,
    pub(super) resources: u64,
    /// Of the entries, those that are no resource of R4.
    pub(super) rejected: u64,
    /// An OperationOutcome says that the record is partial.
    pub(super) fatal_outcome: Option<String>,
    /// Bundles, those that stood whole in entries and those that streamed by.
    pub(super) pages: Pages,
    /// The chunk's buffer, which documents are spans of.
    pub(super) buffer: Vec<u8>,
}

/// What the walk over a chunk gave besides its issues.
#[derive(Default)]
pub(super) struct Visited {
    pub(super) documents: Vec<Kept>,
    pub(super) rejects: Vec<Reject>,
    pub(super) resources: u64,
    pub(super) rejected: u64,
    pub(super) fatal_outcome: Option<String>,
    pub(super) bundles: BTreeMap<u64, Entries>,
    /// Bundles, those that stand whole in entries and those that stream by.
    pub(super) pages: Pages,
}

/// Where a document stands, for whoever writes it somewhere else.
pub(super) struct Kept {
    pub(super) span: Span,
    pub(super) byte: u64,
    pub(super) line: Option<u64>,
    pub(super) entry: Option<String>,
}

impl Worker {
    pub(super) fn new(max_depth: usize) -> Self {
        Worker {
            tape: Tape::with_max_depth(max_depth),
            surroundings: Surroundings::new(max_depth),
            envelope: Tape::with_max_depth(max_depth),
            scratch: Scratch::new(),
            together: Together::default(),
            modes: Modes::default(),
            envelopes: 0,
            max_depth,
        }
    }

    /// What it checked and what it could not. A Bundle is an envelope here, not a resource.
    pub(super) fn into_checked(mut self) -> Checked {
        let mut checked = self.scratch.take_checked();
        if let Some(bundles) = checked.resources.get_mut("Bundle") {
            *bundles -= self.envelopes.min(*bundles);
        }
        checked.resources.retain(|_, count| *count > 0);
        if self.envelopes > 0 {
            *checked.not_checked.others.entry(BESIDE_RESOURCES.to_owned()).or_default() += self.envelopes;
        }
        let not_checked = self.together.into_not_checked();
        checked.merge(Checked { not_checked, ..Checked::default() });
        checked
    }

    /// Works one chunk.
    pub(super) fn work(&mut self, mut chunk: Chunk, rules: &Rules, keeps_documents: bool) -> Outcome {
        let mut issues = Issues::held();
        let (visit, mut buffer) = self.visit(&mut chunk, rules, &mut issues);
        let Visited { documents, mut rejects, resources, rejected, fatal_outcome, bundles, pages } = visit;
        let rejected = rejected + chunk.rejects.len() as u64;
        let issues = issues.into_held();
        let overflow = issues.is_none().then(|| Box::new(chunk.clone()));
        rejects.append(&mut chunk.rejects);
        rejects.sort_by_key(|reject| reject.byte);
        if buffer.capacity() > LARGE {
            if !keeps_documents && overflow.is_none() {
                buffer = Vec::new();
            }
            self.tape = Tape::with_max_depth(self.max_depth);
        }
        Outcome {
            input: chunk.input,
            consumed: chunk.consumed,
            issues: issues.unwrap_or_default(),
            overflow,
            bundles,
            documents: if keeps_documents { documents } else { Vec::new() },
            rejects,
            events: chunk.events,
            resources,
            rejected,
            fatal_outcome,
            pages,
            buffer,
        }
    }

    /// Checks a chunk again whose issues are too many to be held, and hands them over while they are found. Gives the
    /// chunk's buffer back.
    pub(super) fn again(
        &mut self,
        mut chunk: Chunk,
        buffer: Vec<u8>,
        rules: &Rules,
        take: &mut dyn FnMut(FoundIssue),
    ) -> Vec<u8> {
        chunk.bytes = buffer;
        let mut issues = Issues::handed_to(take);
        let (_, buffer) = self.visit(&mut chunk, rules, &mut issues);
        buffer
    }

    fn visit(&mut self, chunk: &mut Chunk, rules: &Rules, issues: &mut Issues<'_>) -> (Visited, Vec<u8>) {
        let mut tape = std::mem::take(&mut self.tape);
        tape.load(std::mem::take(&mut chunk.bytes));
        let visited = Visit::new(chunk, rules, self, issues).chunk(&mut tape);
        let buffer = tape.take();
        self.tape = tape;
        (visited, buffer)
    }
}
