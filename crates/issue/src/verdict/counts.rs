//! Issues by severity and by rule.

use serde::{Deserialize, Serialize};

use super::Verdict;
use crate::{Severity, grouped};

/// A count a severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Severities {
    /// What could not be read to its end.
    pub fatal: u64,
    /// Broken rules.
    pub error: u64,
    /// What is suspicious.
    pub warning: u64,
    /// What is worth knowing.
    pub information: u64,
}

impl Severities {
    /// The count of one severity.
    pub fn of(&self, severity: Severity) -> u64 {
        match severity {
            Severity::Fatal => self.fatal,
            Severity::Error => self.error,
            Severity::Warning => self.warning,
            Severity::Information => self.information,
        }
    }

    /// Adds to the count of one severity.
    pub fn add(&mut self, severity: Severity, count: u64) {
        match severity {
            Severity::Fatal => self.fatal += count,
            Severity::Error => self.error += count,
            Severity::Warning => self.warning += count,
            Severity::Information => self.information += count,
        }
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        Severity::ALL.into_iter().map(|severity| self.of(severity)).sum()
    }

    /// How many are as bad as `threshold`, or worse: the question behind `--fail-on`.
    pub fn reaching(&self, threshold: Severity) -> u64 {
        let bad = Severity::ALL.into_iter().filter(|severity| severity.reaches(threshold));
        bad.map(|severity| self.of(severity)).sum()
    }

    /// The worst severity that was found.
    pub fn worst(&self) -> Option<Severity> {
        Severity::ALL.into_iter().find(|severity| self.of(*severity) > 0)
    }

    pub(super) fn merge(&mut self, other: Severities) {
        for severity in Severity::ALL {
            self.add(severity, other.of(severity));
        }
    }
}

impl Verdict {
    /// The table behind `--statistics`: a line a rule, the most frequent first, then by name.
    pub fn statistics(&self) -> String {
        let mut rows: Vec<_> =
            self.rules.iter().map(|(rule, counts)| (counts.total(), rule, counts)).collect();
        rows.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(other.1)));
        let width = rows.first().map_or(0, |row| grouped(row.0).len());
        let mut text = String::new();
        for (count, rule, counts) in rows {
            let severity = counts.worst().map_or("", Severity::as_str);
            text.push_str(&format!("{:>width$}  {severity:<11}  {rule}\n", grouped(count)));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Issue, rules};

    #[test]
    fn thresholds_count_what_is_as_bad_or_worse() {
        let counts = Severities { fatal: 1, error: 2, warning: 4, information: 8 };
        assert_eq!(counts.reaching(Severity::Error), 3);
        assert_eq!(counts.reaching(Severity::Information), counts.total());
        assert_eq!(counts.worst(), Some(Severity::Fatal));
        assert_eq!(Severities::default().worst(), None);
    }

    #[test]
    fn the_statistics_begin_with_the_most_frequent_rule() {
        let mut verdict = Verdict::default();
        for _ in 0..1_200 {
            verdict.note(&Issue::new(&rules::VIEW_UNFIT, "m"));
        }
        verdict.note(&Issue::new(&rules::JSON_SYNTAX, "m"));
        assert_eq!(verdict.statistics(), "1,200  warning      view/unfit\n    1  error        json/syntax\n");
    }
}
