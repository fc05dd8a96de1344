//! What came, counted; and whether it is all of it.

use std::collections::BTreeMap;

use super::page::{Entry, Page, is_failure, worst};
use super::receipt::Outcomes;
use super::request::is_type;
use super::seen::Seen;

/// More names of types than FHIR has; what a server makes up beyond is counted together.
const MOST_TYPES: usize = 400;

#[derive(Default)]
pub(super) struct Tally {
    pub(super) page_count: u64,
    pub(super) byte_count: u64,
    pub(super) types: BTreeMap<String, u64>,
    pub(super) duplicate_count: u64,
    pub(super) empty_count: u64,
    pub(super) outcomes: Vec<Outcomes>,
    pub(super) not_offered: BTreeMap<String, u16>,
    received: u64,
    total: Option<u64>,
    seen: Seen,
}

impl Tally {
    pub(super) fn page(&mut self, page: &Page) {
        self.page_count += 1;
        self.byte_count += page.bytes().len() as u64;
        // Some servers know the total only on later pages: the last word holds.
        self.total = page.total().or(self.total);
    }

    /// Counts an entry. Returns whether it is to be written.
    pub(super) fn takes(&mut self, entry: Entry<'_>) -> bool {
        if entry.is_outcome {
            self.outcome(entry);
            return false;
        }
        if !entry.resource.is_object() {
            self.empty_count += 1;
            return false;
        }
        self.received += 1;
        if !self.seen.is_new(entry.resource) {
            self.duplicate_count += 1;
            return false;
        }
        let name = entry.resource.get("resourceType").as_str().filter(|name| is_type(name));
        let name = name.unwrap_or("(no type)".into());
        let name = match self.types.len() < MOST_TYPES || self.types.contains_key(name.as_ref()) {
            true => name,
            false => "(others)".into(),
        };
        *self.types.entry(name.into_owned()).or_default() += 1;
        true
    }

    fn outcome(&mut self, entry: Entry<'_>) {
        let (severity, code) = worst(entry.resource);
        let has_room = self.outcomes.len() < MOST_TYPES;
        let known = |one: &&mut Outcomes| (&one.severity, &one.code) == (&severity, &code);
        match self.outcomes.iter_mut().find(known) {
            Some(known) => known.count += 1,
            None if has_room => self.outcomes.push(Outcomes { severity, code, count: 1 }),
            None => {}
        }
    }

    /// How many resources were written.
    pub(super) fn resource_count(&self) -> u64 {
        self.types.values().sum()
    }

    pub(super) fn total(&self) -> Option<u64> {
        self.total
    }

    /// Why the record is known to be incomplete, although its last page has come.
    pub(super) fn missing(&self) -> Option<String> {
        if let Some(outcome) = self.outcomes.iter().find(|outcome| is_failure(&outcome.severity)) {
            let Outcomes { severity, code, .. } = outcome;
            return Some(format!("the server reports that something is missing ({severity}: {code})"));
        }
        // The searches of a fallback have a total each; a sum over them is not what `total` says.
        let total = self.total.filter(|_| self.not_offered.is_empty())?;
        (total > self.received)
            .then(|| format!("the server says there are {total} resources, and sent {}", self.received))
    }
}
