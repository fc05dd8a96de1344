//! The worst issues of a run, as many as a format has room for.

use std::collections::BTreeMap;

use crate::verdict::Severities;
use crate::{Issue, RuleId, Severity};

/// Keeps the worst `limit` issues, of equally bad ones the first; counts the others by rule.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    limit: usize,
    offered_count: u64,
    /// A list a severity, from worst to mildest.
    by_severity: [Vec<One<T>>; 4],
    dropped: BTreeMap<RuleId, Severities>,
}

#[derive(Debug)]
struct One<T> {
    number: u64,
    rule: RuleId,
    rendered: T,
}

impl<T> Kept<T> {
    pub(crate) fn new(limit: usize) -> Kept<T> {
        let by_severity = [const { Vec::new() }; 4];
        Kept { limit, offered_count: 0, by_severity, dropped: BTreeMap::new() }
    }

    /// Keeps what `render` makes of the issue, if it is among the worst so far.
    pub(crate) fn offer(&mut self, issue: &Issue, render: impl FnOnce() -> T) {
        self.offered_count += 1;
        if self.len() >= self.limit && !self.drop_milder_than(issue.severity) {
            self.dropped.entry(issue.rule.clone()).or_default().add(issue.severity, 1);
            return;
        }
        let one = One { number: self.offered_count, rule: issue.rule.clone(), rendered: render() };
        if let Some(list) = self.by_severity.get_mut(issue.severity as usize) {
            list.push(one);
        }
    }

    /// Makes room by dropping one of the mildest that are milder than `severity`.
    fn drop_milder_than(&mut self, severity: Severity) -> bool {
        let milder = Severity::ALL.into_iter().rev().take_while(|milder| *milder > severity);
        for milder in milder {
            let last = self.by_severity.get_mut(milder as usize).and_then(Vec::pop);
            if let Some(last) = last {
                self.dropped.entry(last.rule).or_default().add(milder, 1);
                return true;
            }
        }
        false
    }

    /// Drops the mildest one, to make room for a word about those that were dropped.
    pub(crate) fn drop_one(&mut self) {
        for severity in Severity::ALL.into_iter().rev() {
            if let Some(last) = self.by_severity.get_mut(severity as usize).and_then(Vec::pop) {
                self.dropped.entry(last.rule).or_default().add(severity, 1);
                return;
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.by_severity.iter().map(Vec::len).sum()
    }

    pub(crate) fn offered_count(&self) -> u64 {
        self.offered_count
    }

    pub(crate) fn dropped_count(&self) -> u64 {
        self.dropped.values().map(Severities::total).sum()
    }

    /// How many were dropped of each rule.
    pub(crate) fn dropped(&self) -> &BTreeMap<RuleId, Severities> {
        &self.dropped
    }

    /// What was kept, in the order in which it came.
    pub(crate) fn into_ordered(self) -> Vec<T> {
        let mut all: Vec<One<T>> = self.by_severity.into_iter().flatten().collect();
        all.sort_by_key(|one| one.number);
        all.into_iter().map(|one| one.rendered).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Issue, rules};

    #[test]
    fn a_worse_one_takes_the_place_of_the_last_of_the_mildest() {
        let mut kept = Kept::new(3);
        let severities = [
            Severity::Information,
            Severity::Warning,
            Severity::Information,
            Severity::Error,
            Severity::Warning,
            Severity::Information,
        ];
        for (number, severity) in severities.into_iter().enumerate() {
            kept.offer(&Issue { severity, ..Issue::new(&rules::JSON_SYNTAX, "m") }, || number);
        }
        assert_eq!((kept.len(), kept.offered_count(), kept.dropped_count()), (3, 6, 3));
        let dropped = kept.dropped().get(&rules::JSON_SYNTAX.id).map(|counts| counts.information);
        assert_eq!(dropped, Some(3));
        assert_eq!(kept.into_ordered(), [1, 3, 4]);
    }
}
