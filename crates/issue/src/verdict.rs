//! What a run checked, what it could not check, and what it found.

mod counts;
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use counts::Severities;

use crate::{Issue, RuleId};

/// The summary of a run. Workers keep one each and [`merge`](Verdict::merge) them; every map is sorted, so the
/// result does not depend on who was first.
///
/// Its `Display` is the verdict line: a few lines that never say "valid" of what was not checked.
///
/// ```
/// use fhirkit_issue::{Issue, Verdict, rules};
/// let mut verdict = Verdict { input_count: 1, ..Verdict::default() };
/// verdict.resources.insert("Patient".to_owned(), 2);
/// verdict.note(&Issue::new(&rules::VIEW_UNFIT, "m"));
/// assert!(verdict.to_string().starts_with("no errors found in 2 resources of 1 input, 1 warning\n"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Verdict {
    /// How many inputs were read.
    pub input_count: u64,
    /// How many resources of each type were checked.
    pub resources: BTreeMap<String, u64>,
    /// Inputs and entries that were no resource and so were not checked.
    pub rejected_count: u64,
    /// Whether the input is known to be partial, or the run was stopped.
    pub is_incomplete: bool,
    /// Which packages the definitions come from.
    pub packages: Vec<Package>,
    /// How many resources each profile (`canonical|version`) was checked on.
    pub profiles: BTreeMap<String, u64>,
    /// What could not be checked.
    pub not_checked: NotChecked,
    /// Issues by severity, without the hidden ones.
    pub severities: Severities,
    /// Issues by rule, without the hidden ones.
    pub rules: BTreeMap<RuleId, Severities>,
    /// Issues that were found and are not reported.
    pub hidden: Hidden,
}

/// A package and why it is this version of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Package {
    /// Its name: `hl7.fhir.us.core`.
    pub name: String,
    /// Its version: `6.1.0`, or `2.1.0 (built from source)`.
    pub version: String,
    /// Why this version: "named by --ig", "the default".
    pub reason: String,
}

/// What could not be checked, each with how often.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NotChecked {
    /// Codes against value sets whose content is not held, by canonical.
    pub value_sets: BTreeMap<String, u64>,
    /// Codes of code systems whose content is not held, by URL.
    pub code_systems: BTreeMap<String, u64>,
    /// Profiles that no package has, by canonical.
    pub profiles: BTreeMap<String, UnknownProfile>,
    /// Constraints whose expression cannot be evaluated, by key.
    pub constraints: BTreeMap<String, u64>,
    /// Discriminators that are not supported, by name.
    pub discriminators: BTreeMap<String, u64>,
    /// Anything else, by name.
    pub others: BTreeMap<String, u64>,
}

/// How many names one list holds: those that come from the data have no end of their own.
const NAMES: usize = 10_000;
/// What is counted once a list is full.
const OTHERS: &str = "(others)";

impl NotChecked {
    /// Counts a profile that no package has. Use this, and [`tally`] for the other lists: they are bounded.
    pub fn note_profile(&mut self, canonical: &str, count: u64, suggestion: Option<&str>) {
        let is_full = self.profiles.len() >= NAMES && !self.profiles.contains_key(canonical);
        let (name, suggestion) = if is_full { (OTHERS, None) } else { (canonical, suggestion) };
        let unknown = self.profiles.entry(name.to_owned()).or_default();
        unknown.count += count;
        if unknown.suggestion.is_none() {
            unknown.suggestion = suggestion.map(str::to_owned);
        }
    }

    /// Whether nothing was left unchecked.
    pub fn is_empty(&self) -> bool {
        *self == NotChecked::default()
    }
}

/// A profile that was claimed and that no package has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct UnknownProfile {
    /// How many resources claim it.
    pub count: u64,
    /// What was probably meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// How many issues were found and are not reported, by what hides them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Hidden {
    /// By `--select` and `--ignore`.
    pub selection: u64,
    /// By the advisor file.
    pub advisor: u64,
    /// By the baseline.
    pub baseline: u64,
    /// By `--max-issues`.
    pub max_issues: u64,
    /// Entries of the baseline that count more issues than were found.
    pub stale_baseline: u64,
}

impl Verdict {
    /// Counts an issue that is reported.
    pub fn note(&mut self, issue: &Issue) {
        self.severities.add(issue.severity, 1);
        match self.rules.get_mut(&issue.rule) {
            Some(counts) => counts.add(issue.severity, 1),
            None => self.rules.entry(issue.rule.clone()).or_default().add(issue.severity, 1),
        }
    }

    /// How many resources were checked.
    pub fn resource_count(&self) -> u64 {
        self.resources.values().sum()
    }

    /// Adds what another part of the run saw.
    pub fn merge(&mut self, other: Verdict) {
        self.input_count += other.input_count;
        self.rejected_count += other.rejected_count;
        self.is_incomplete |= other.is_incomplete;
        add(&mut self.resources, other.resources);
        add(&mut self.profiles, other.profiles);
        self.packages.extend(other.packages);
        self.packages.sort();
        self.packages.dedup();
        self.not_checked.merge(other.not_checked);
        self.severities.merge(other.severities);
        for (rule, counts) in other.rules {
            self.rules.entry(rule).or_default().merge(counts);
        }
        self.hidden.selection += other.hidden.selection;
        self.hidden.advisor += other.hidden.advisor;
        self.hidden.baseline += other.hidden.baseline;
        self.hidden.max_issues += other.hidden.max_issues;
        self.hidden.stale_baseline += other.hidden.stale_baseline;
    }
}

impl NotChecked {
    fn merge(&mut self, other: NotChecked) {
        add(&mut self.value_sets, other.value_sets);
        add(&mut self.code_systems, other.code_systems);
        add(&mut self.constraints, other.constraints);
        add(&mut self.discriminators, other.discriminators);
        add(&mut self.others, other.others);
        for (canonical, unknown) in other.profiles {
            self.note_profile(&canonical, unknown.count, unknown.suggestion.as_deref());
        }
    }
}

/// Counts a name; beyond 10,000 names a list counts the rest as `(others)`.
///
/// ```
/// let mut verdict = fhirkit_issue::Verdict::default();
/// fhirkit_issue::verdict::tally(&mut verdict.not_checked.value_sets, "http://v/ndc", 2);
/// assert_eq!(verdict.not_checked.value_sets.get("http://v/ndc"), Some(&2));
/// ```
pub fn tally(counts: &mut BTreeMap<String, u64>, name: &str, count: u64) {
    if let Some(known) = counts.get_mut(name) {
        *known += count;
        return;
    }
    let name = if counts.len() < NAMES { name } else { OTHERS };
    *counts.entry(name.to_owned()).or_default() += count;
}

fn add(counts: &mut BTreeMap<String, u64>, more: BTreeMap<String, u64>) {
    for (name, count) in more {
        tally(counts, &name, count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules;

    #[test]
    fn parts_add_up_in_either_order() {
        let part = |resource: &str, rule| {
            let mut part = Verdict { input_count: 1, rejected_count: 2, ..Verdict::default() };
            part.resources.insert(resource.to_owned(), 3);
            part.not_checked.value_sets.insert("vs".to_owned(), 1);
            let unknown = UnknownProfile { count: 1, suggestion: Some("p".to_owned()) };
            part.not_checked.profiles.insert("q".to_owned(), unknown);
            part.note(&Issue::new(rule, "m"));
            part
        };
        let (one, other) = (part("Patient", &rules::VIEW_UNFIT), part("Coverage", &rules::JSON_SYNTAX));
        let mut left = one.clone();
        left.merge(other.clone());
        let mut right = other;
        right.merge(one);
        assert_eq!(left, right);
        assert_eq!((left.resource_count(), left.rejected_count, left.severities.total()), (6, 4, 2));
        assert_eq!(left.not_checked.profiles.get("q").map(|unknown| unknown.count), Some(2));
    }

    #[test]
    fn names_without_end_fill_no_memory() {
        let mut missing = NotChecked::default();
        for number in 0..3 * NAMES {
            tally(&mut missing.value_sets, &number.to_string(), 1);
            missing.note_profile(&number.to_string(), 1, Some("p"));
        }
        assert_eq!(missing.value_sets.get(OTHERS), Some(&(2 * NAMES as u64)));
        assert_eq!((missing.value_sets.len(), missing.profiles.len()), (NAMES + 1, NAMES + 1));
    }

    #[test]
    fn it_survives_being_written_and_read() -> Result<(), serde_json::Error> {
        let mut verdict = Verdict::default();
        verdict.note(&Issue::new(&rules::VIEW_UNFIT, "m"));
        let text = serde_json::to_string(&verdict)?;
        assert!(text.contains(r#""view/unfit":{"fatal":0,"error":0,"warning":1,"information":0}"#), "{text}");
        assert_eq!(serde_json::from_str::<Verdict>(&text)?, verdict);
        assert_eq!(serde_json::from_str::<Verdict>("{}")?, Verdict::default());
        Ok(())
    }
}
