//! The figures of the suite's `score.py`, worked out in the same way.

use std::fmt;

use super::super::paths::{with_types, without_comments, without_entry_index};
use super::cases::Expected;

/// An error of ours.
pub(crate) struct Found {
    pub(crate) path: String,
    pub(crate) code: String,
    pub(crate) line: Option<u64>,
    pub(crate) rule: String,
    pub(crate) message: String,
}

/// Counts over runs.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Score {
    pub(crate) runs: usize,
    pub(crate) agreed: usize,
    pub(crate) false_errors: usize,
    pub(crate) missed: usize,
    pub(crate) crashes: usize,
    expected: usize,
    found: usize,
    exact: usize,
    near: usize,
    same_code: usize,
    with_line: usize,
    same_line: usize,
}

/// What became of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Agrees,
    /// We report errors, the suite none.
    FalseError,
    /// The suite has errors, we report none.
    Missed,
    Crashed,
}

impl Score {
    /// Adds a run; `found` is nothing where it crashed.
    pub(crate) fn add(&mut self, expected: &[Expected], found: Option<&[Found]>) -> Verdict {
        self.runs += 1;
        self.crashes += usize::from(found.is_none());
        let is_crash = found.is_none();
        let found = found.unwrap_or_default();
        self.expected += expected.len();
        self.found += found.len();
        self.paths(expected, found);
        let verdict = match (expected.is_empty(), found.is_empty()) {
            (true, false) => Verdict::FalseError,
            (false, true) => Verdict::Missed,
            _ => Verdict::Agrees,
        };
        match verdict {
            Verdict::FalseError => self.false_errors += 1,
            Verdict::Missed => self.missed += 1,
            _ => self.agreed += 1,
        }
        if is_crash { Verdict::Crashed } else { verdict }
    }

    /// Pairs equal paths, then those where one is the parent of the other.
    fn paths(&mut self, expected: &[Expected], found: &[Found]) {
        let theirs: Vec<_> = expected.iter().map(|one| comparable(&one.path)).collect();
        let ours: Vec<_> = found.iter().map(|one| comparable(&one.path)).collect();
        let mut paired = (vec![false; theirs.len()], vec![false; ours.len()]);
        for is_near in [false, true] {
            for (at, their) in theirs.iter().enumerate() {
                let fits =
                    |our: &String| our == their || is_near && (parent(our) == their || our == parent(their));
                let partner = (0..ours.len()).find(|&of| !paired.1[of] && fits(&ours[of]));
                let Some(of) = partner.filter(|_| !paired.0[at]) else { continue };
                (paired.0[at], paired.1[of]) = (true, true);
                *if is_near { &mut self.near } else { &mut self.exact } += 1;
                self.same_code += usize::from(expected[at].code == found[of].code);
                if let (Some(their), Some(our)) = (expected[at].line, found[of].line) {
                    self.with_line += 1;
                    self.same_line += usize::from(their.abs_diff(our) <= 1);
                }
            }
        }
    }

    /// Share of runs with the published verdict, in per cent.
    pub(crate) fn agreement(&self) -> f64 {
        100.0 * share(self.agreed, self.runs)
    }

    /// F1 of exact error paths.
    pub(crate) fn path_f1(&self) -> f64 {
        f1(share(self.exact, self.found), share(self.exact, self.expected))
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let near = self.exact + self.near;
        writeln!(
            f,
            "{} runs, {} crashes; verdicts agree {:.1} %, {} false errors, {} missed",
            self.runs,
            self.crashes,
            self.agreement(),
            self.false_errors,
            self.missed
        )?;
        write!(
            f,
            "error paths: exact P {:.3} R {:.3} F1 {:.3}; parent-tolerant F1 {:.3}; code {:.3}; line {:.3} of {}",
            share(self.exact, self.found),
            share(self.exact, self.expected),
            self.path_f1(),
            f1(share(near, self.found), share(near, self.expected)),
            share(self.same_code, near),
            share(self.same_line, self.with_line),
            self.with_line
        )
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn f1(precision: f64, recall: f64) -> f64 {
    if precision + recall == 0.0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) }
}

/// `value.ofType(Quantity)` → `valueQuantity`, as the suite compares.
pub(crate) fn comparable(path: &str) -> String {
    let plain = without_comments(without_entry_index(path));
    let folded = with_types(&plain, |name| {
        let mut letters = name.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect()
    });
    folded.replace("[x]", "").trim_matches('.').to_owned()
}

fn parent(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(parent, _)| parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str) -> Found {
        let text = || String::new();
        Found { path: path.to_owned(), code: text(), line: Some(1), rule: text(), message: text() }
    }

    fn expected(path: &str) -> Expected {
        Expected { path: path.to_owned(), code: String::new(), line: Some(3), message: String::new() }
    }

    #[test]
    fn a_path_is_paired_once_and_its_parent_counts_as_near() {
        let mut score = Score::default();
        let theirs = [expected("Patient.name"), expected("Observation.value.ofType(string)")];
        let ours = [found("Patient.name"), found("Patient.name"), found("Observation.valueString")];
        assert_eq!(score.add(&theirs, Some(&ours)), Verdict::Agrees);
        assert_eq!((score.exact, score.near, score.same_line), (2, 0, 0));
        assert_eq!(score.add(&[expected("Patient")], Some(&[found("Patient.name")])), Verdict::Agrees);
        assert_eq!((score.exact, score.near), (2, 1));
        assert_eq!(score.add(&[], None), Verdict::Crashed);
    }
}
