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
            note_outcome(&mut self.outcomes, worst(entry.resource), 1);
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

/// Adds to the outcomes `count` that say the same; what a server makes up beyond a limit is not kept.
pub(crate) fn note_outcome(outcomes: &mut Vec<Outcomes>, (severity, code): (String, String), count: u64) {
    let has_room = outcomes.len() < MOST_TYPES;
    match outcomes.iter_mut().find(|one| one.severity == severity && one.code == code) {
        Some(known) => known.count += count,
        None if has_room => outcomes.push(Outcomes { severity, code, count }),
        None => {}
    }
}
