//! What is left to check when the outcomes of chunks come back in input order: Bundles whose entries stand in several
//! chunks, and chunks with more issues than may be held.

use std::collections::BTreeMap;
use std::sync::Arc;

use fhirkit_issue::verdict::NotChecked;
use fhirkit_source::Event;

use super::Rules;
use super::entries::Entries;
use super::envelope::Place;
use super::found::FoundIssue;
use super::together::Together;
use super::worker::{Outcome, Worker};
use crate::{Error, Progress};

pub(super) struct Judge {
    rules: Rules,
    max_depth: usize,
    progress: Arc<Progress>,
    /// What was seen of Bundles that are not at their end, by their bytes.
    open: BTreeMap<u64, Entries>,
    together: Together,
    /// Checks chunks again; what it counts was counted before.
    again: Option<Box<Worker>>,
}

impl Judge {
    pub(super) fn new(rules: Rules, max_depth: usize, progress: Arc<Progress>) -> Self {
        let (open, together) = (BTreeMap::new(), Together::default());
        Judge { rules, max_depth, progress, open, together, again: None }
    }

    /// Gives every issue of an outcome, those that come to light here too, until one cannot be taken.
    pub(super) fn each(
        &mut self,
        outcome: &mut Outcome,
        take: &mut dyn FnMut(FoundIssue) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut taken = Ok(());
        let mut each = |found| {
            if taken.is_ok() {
                let is_cancelled = self.progress.is_cancelled();
                taken = if is_cancelled { Err(Error::interrupted()) } else { take(found) };
            }
        };
        std::mem::take(&mut outcome.issues).into_iter().for_each(&mut each);
        if let Some(chunk) = outcome.overflow.take() {
            let worker = self.again.get_or_insert_with(|| Box::new(Worker::new(self.max_depth)));
            let buffer = std::mem::take(&mut outcome.buffer);
            outcome.buffer = worker.again(*chunk, buffer, &self.rules, &mut each);
        }
        if outcome.events.contains(&Event::InputStart) {
            self.open.clear();
        }
        for (bundle, entries) in std::mem::take(&mut outcome.bundles) {
            self.open.entry(bundle).or_default().append(entries);
        }
        for event in &outcome.events {
            let Event::Envelope { bytes, byte, line, .. } = event else { continue };
            let Some(entries) = self.open.remove(byte) else { continue };
            let place = Place { file: &outcome.input.name, byte: *byte, line: Some(*line), path: None };
            let mut each = |issue| each(FoundIssue { issue, document: None });
            self.together.judge(bytes, entries, &place, &self.rules.validator, &mut each);
        }
        taken
    }

    /// What could not be told.
    pub(super) fn into_not_checked(self) -> NotChecked {
        self.together.into_not_checked()
    }
}
