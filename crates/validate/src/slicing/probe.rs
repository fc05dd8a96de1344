//! From an item to the slices that it may be in, by one text that tells them apart.

use fhirkit_tape::Node;
use rustc_hash::FxHashMap;

use super::condition::{Condition, Test, key_of};
use super::path::{Step, any};

/// Finds candidates among the slices of a group; they still have to be asked.
#[derive(Debug, Default)]
pub(super) struct Probe {
    steps: Box<[Step]>,
    by_text: FxHashMap<Box<str>, u64>,
    /// Slices that the text does not tell apart.
    always: u64,
    /// Slices of which nothing can be told.
    pub(super) unknown: u64,
}

impl Probe {
    pub(super) fn new<'c>(slices: impl Iterator<Item = Option<&'c [Condition]>>) -> Self {
        let slices: Vec<Option<&[Condition]>> = slices.collect();
        let keys: Vec<Vec<(Vec<Step>, Box<str>)>> = slices
            .iter()
            .map(|conditions| conditions.unwrap_or_default().iter().filter_map(key).collect())
            .collect();
        let mut counts: Vec<(&[Step], usize)> = Vec::new();
        for (steps, _) in keys.iter().flatten() {
            match counts.iter_mut().find(|(known, _)| known == steps) {
                Some((_, count)) => *count += 1,
                None => counts.push((steps, 1)),
            }
        }
        // The first of the most frequent.
        let best = counts.iter().rev().max_by_key(|(_, count)| *count).map(|(steps, _)| steps.to_vec());
        let mut probe = Self { steps: best.unwrap_or_default().into(), ..Self::default() };
        for (at, conditions) in slices.iter().enumerate() {
            let bit = 1_u64 << at;
            let text = keys.get(at).into_iter().flatten().find(|(steps, _)| **steps == *probe.steps);
            match (conditions, text) {
                (None, _) => probe.unknown |= bit,
                (Some(_), None) => probe.always |= bit,
                (Some(_), Some((_, text))) => *probe.by_text.entry(text.clone()).or_default() |= bit,
            }
        }
        probe
    }

    /// The slices that an item may be in.
    #[inline]
    pub(super) fn candidates(&self, item: Node<'_>) -> u64 {
        let mut candidates = self.always;
        if !self.by_text.is_empty() {
            any(item, &self.steps, &mut |value| {
                if let Some(text) = value.as_str() {
                    candidates |= self.by_text.get(&*text).copied().unwrap_or_default();
                }
                false
            });
        }
        candidates
    }
}

/// The steps from the item to a text that a condition wants, and the text.
fn key(condition: &Condition) -> Option<(Vec<Step>, Box<str>)> {
    condition.tests.iter().find_map(|test| {
        let (Test::Fixed(wanted) | Test::Pattern(wanted)) = test else { return None };
        let (way, text) = key_of(wanted)?;
        let way = way.iter().map(|key| Step::Key((*key).into()));
        Some((condition.steps.iter().cloned().chain(way).collect(), text))
    })
}
