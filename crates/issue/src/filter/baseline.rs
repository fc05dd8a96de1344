//! Issues that are known already: a file that counts them by fingerprint.
//!
//! The file is JSON, sorted, one entry a line, so that a change of it reads well; it holds no value of the data.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::FilterError;
use crate::{Issue, RuleId, Severity};

const SCHEMA_VERSION: u32 = 1;

/// How many issues there are of each fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Baseline {
    entries: BTreeMap<String, BaselineEntry>,
}

/// Equal issues: fingerprint and count decide, rule and path say to people what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaselineEntry {
    /// Their rule.
    pub rule: RuleId,
    /// Their path, without indexes.
    pub path: String,
    /// Their fingerprint.
    pub fingerprint: String,
    /// How many there are.
    pub count: u64,
}

#[derive(Deserialize)]
struct File {
    schema_version: u32,
    issues: Vec<BaselineEntry>,
}

impl Baseline {
    /// Counts an issue; a fatal one is never part of a baseline.
    pub fn note(&mut self, issue: &Issue) {
        if issue.severity == Severity::Fatal {
            return;
        }
        let fingerprint = issue.fingerprint();
        let entry = self.entries.entry(fingerprint).or_insert_with_key(|fingerprint| BaselineEntry {
            rule: issue.rule.clone(),
            path: issue.bare_path(),
            fingerprint: fingerprint.clone(),
            count: 0,
        });
        entry.count += 1;
    }

    /// How many issues it counts.
    pub fn issue_count(&self) -> u64 {
        self.entries.values().map(|entry| entry.count).sum()
    }

    /// Writes the file, sorted by rule, path and fingerprint.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut entries: Vec<&BaselineEntry> = self.entries.values().collect();
        entries.sort_by_key(|entry| (&entry.rule, &entry.path, &entry.fingerprint));
        write!(out, "{{\"schema_version\":{SCHEMA_VERSION},\"issues\":[")?;
        for (number, entry) in entries.into_iter().enumerate() {
            out.write_all(if number == 0 { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut *out, entry)?;
        }
        out.write_all(b"\n]}\n")
    }

    /// Reads such a file.
    ///
    /// # Errors
    /// When it is not one, or of a newer version.
    pub fn read(bytes: &[u8]) -> Result<Baseline, FilterError> {
        let file: File = serde_json::from_slice(bytes)?;
        if file.schema_version != SCHEMA_VERSION {
            let message = format!("a baseline of version {} cannot be read", file.schema_version);
            return Err(FilterError::new(message).with_help("write it anew with --write-baseline"));
        }
        let mut baseline = Baseline::default();
        for entry in file.issues {
            let known = baseline.entries.entry(entry.fingerprint.clone());
            known.and_modify(|known| known.count = known.count.saturating_add(entry.count)).or_insert(entry);
        }
        Ok(baseline)
    }

    /// The filter that hides as many equal issues as it counts.
    pub fn into_filter(self) -> BaselineFilter {
        BaselineFilter { left: self, hidden_count: 0 }
    }
}

/// A baseline at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselineFilter {
    left: Baseline,
    hidden_count: u64,
}

impl BaselineFilter {
    /// Whether the issue is one of those that are known.
    pub fn hides(&mut self, issue: &Issue) -> bool {
        if issue.severity == Severity::Fatal {
            return false;
        }
        let entry = self.left.entries.get_mut(&issue.fingerprint()).filter(|entry| entry.count > 0);
        let Some(entry) = entry else { return false };
        entry.count -= 1;
        self.hidden_count += 1;
        true
    }

    /// How many issues it hid.
    pub fn hidden_count(&self) -> u64 {
        self.hidden_count
    }

    /// The entries that count more issues than were found, with how many are missing.
    pub fn stale(&self) -> impl Iterator<Item = &BaselineEntry> {
        self.left.entries.values().filter(|entry| entry.count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::samples;

    fn written(baseline: &Baseline) -> String {
        let mut out = Vec::new();
        baseline.write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn it_hides_as_many_equal_issues_as_it_counts_and_names_what_is_gone() {
        let issues = samples::issues();
        let mut baseline = Baseline::default();
        [&issues[0], &issues[0], &issues[1]].into_iter().for_each(|issue| baseline.note(issue));
        let mut filter = Baseline::read(written(&baseline).as_bytes()).unwrap().into_filter();
        let moved = Issue { line: Some(99), ..issues[0].clone() };
        let hidden: Vec<bool> = (0..3).map(|_| filter.hides(&moved)).collect();
        assert_eq!(hidden, [true, true, false]);
        assert!(!filter.hides(&issues[2]));
        assert_eq!(filter.hidden_count(), 2);
        let stale: Vec<_> = filter.stale().map(|entry| (entry.rule.as_str(), entry.count)).collect();
        assert_eq!(stale, [("binding/required", 1)]);
    }

    #[test]
    fn the_file_is_the_same_whatever_the_order_and_holds_no_value() {
        let mut issues = samples::issues();
        let collect = |issues: &[Issue]| {
            let mut baseline = Baseline::default();
            issues.iter().for_each(|issue| baseline.note(issue));
            written(&baseline)
        };
        let text = collect(&issues);
        issues.reverse();
        assert_eq!(collect(&issues), text);
        assert!(
            text.starts_with("{\"schema_version\":1,\"issues\":[\n{\"rule\":\"binding/required\",\"path\":")
        );
        assert!(text.contains("\"path\":\"Patient.birthDate\"") && !text.contains("1944"), "{text}");
        assert_eq!(text.lines().count(), 5);
    }

    #[test]
    fn another_version_or_another_file_is_refused() {
        let newer = Baseline::read(br#"{"schema_version":2,"issues":[]}"#).unwrap_err();
        assert_eq!(newer.to_string(), "a baseline of version 2 cannot be read");
        assert!(Baseline::read(b"{}").is_err() && Baseline::read(b"<html>").is_err());
    }
}
