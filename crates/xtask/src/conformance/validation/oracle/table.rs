//! The figures: by message id, by group, in total.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::compare::Outcome;

/// Counts of units, and of files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) files: usize,
    /// Files with an error that we alone report.
    pub(crate) faulted: usize,
    pub(crate) expected: usize,
    pub(crate) missed: usize,
    pub(crate) unfounded: usize,
}

impl Figures {
    fn add(&mut self, outcome: &Outcome) {
        self.files += 1;
        self.faulted += usize::from(!outcome.unfounded.is_empty());
        self.expected += outcome.expected.len();
        self.missed += outcome.missed.len();
        self.unfounded += outcome.unfounded.len();
    }

    fn line(&self, name: &str) -> String {
        let share = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
        format!(
            "{name:<24} {:>5} files, {:>4} with a false error ({:>4.1} %), {:>4} of {:>4} missed ({:>4.1} %), {:>5} false",
            self.files,
            self.faulted,
            share(self.faulted, self.files),
            self.missed,
            self.expected,
            share(self.missed, self.expected),
            self.unfounded,
        )
    }
}

/// All figures of a run.
#[derive(Default)]
pub(crate) struct Table {
    /// Expected, missed, false, files concerned, by message id.
    pub(crate) by_id: BTreeMap<String, [usize; 4]>,
    pub(crate) by_group: BTreeMap<String, Figures>,
    /// Examples of packages: what the goals speak of.
    pub(crate) packages: Figures,
    /// Records of `../shared/data`.
    pub(crate) data: Figures,
}

impl Table {
    pub(crate) fn add(&mut self, group: &str, outcome: &Outcome) {
        self.by_group.entry(group.to_owned()).or_default().add(outcome);
        let is_example = outcome.file.starts_with("packages/");
        if is_example { &mut self.packages } else { &mut self.data }.add(outcome);
        let mut concerned: Vec<&str> = Vec::new();
        for (column, units) in
            [&outcome.expected, &outcome.missed, &outcome.unfounded].into_iter().enumerate()
        {
            for unit in units {
                let counts = self.by_id.entry(unit.id.clone()).or_default();
                counts[column] += 1;
                if column > 0 && !concerned.contains(&unit.id.as_str()) {
                    counts[3] += 1;
                    concerned.push(&unit.id);
                }
            }
        }
    }

    /// What the ratchet holds.
    pub(crate) fn lines(&self) -> Vec<String> {
        let groups = self.by_group.iter().map(|(group, figures)| {
            format!("{group}\t{}\t{}\t{}", figures.expected, figures.missed, figures.unfounded)
        });
        let differing = self.by_id.iter().filter(|(_, counts)| counts[1] + counts[2] > 0);
        let ids = differing
            .map(|(id, [expected, missed, unfounded, _])| format!("{id}\t{expected}\t{missed}\t{unfounded}"));
        groups.chain(ids).collect()
    }

    /// What people read.
    pub(crate) fn text(&self) -> String {
        let mut text =
            format!("{:>8} {:>6} {:>6} {:>6}  message id or rule\n", "expected", "missed", "false", "files");
        let mut rows: Vec<_> = self.by_id.iter().filter(|(_, counts)| counts[1] + counts[2] > 0).collect();
        rows.sort_by_key(|(_, counts)| std::cmp::Reverse(counts[1] + counts[2]));
        for (id, [expected, missed, unfounded, files]) in rows {
            let _ = writeln!(text, "{expected:>8} {missed:>6} {unfounded:>6} {files:>6}  {id}");
        }
        text.push('\n');
        for (group, figures) in &self.by_group {
            text += &(figures.line(group) + "\n");
        }
        text += &(self.packages.line("examples of packages") + "\n");
        text + &self.data.line("records of data") + "\n"
    }
}
