//! The verdict in a few lines: what was found, what was checked, what was not.

use std::collections::BTreeMap;
use std::fmt;

use super::{NotChecked, Verdict};
use crate::excerpt::printable;
use crate::{Severity, counted};

/// How many names a line lists before it says how many more there are.
const NAMES: usize = 5;

impl Verdict {
    /// The lines, without line feeds. The first says what was found; it never says "valid".
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.found()];
        lines.extend(self.incomplete());
        if self.resource_count() == 0 && self.not_checked.words().is_none() {
            lines.push("checked: nothing, as no resource could be read".to_owned());
        } else {
            let left_out = self.not_checked.words().unwrap_or_else(|| "nothing was left out".to_owned());
            lines.push(format!("checked: {}", self.checked()));
            lines.push(format!("not checked: {left_out}"));
        }
        lines.extend(self.hidden_words().map(|hidden| format!("not shown: {hidden}")));
        for line in &mut lines {
            // Canonicals of unknown profiles come from the data.
            *line = line.chars().map(printable).collect();
        }
        lines
    }

    fn found(&self) -> String {
        let mut bad = Vec::new();
        let mut mild = Vec::new();
        for severity in Severity::ALL {
            let (one, many) = match severity {
                Severity::Fatal => ("fatal error", "fatal errors"),
                Severity::Error => ("error", "errors"),
                Severity::Warning => ("warning", "warnings"),
                Severity::Information => ("note", "notes"),
            };
            let count = self.severities.of(severity);
            let list = if severity.reaches(Severity::Error) { &mut bad } else { &mut mild };
            if count > 0 {
                list.push(counted(count, one, many));
            }
        }
        let whole = format!(
            "{} of {}",
            counted(self.resource_count(), "resource", "resources"),
            counted(self.input_count, "input", "inputs")
        );
        match (bad.is_empty(), mild.is_empty()) {
            _ if self.resource_count() == 0 && bad.is_empty() && mild.is_empty() => {
                format!(
                    "nothing was checked: no resource in {}",
                    counted(self.input_count, "input", "inputs")
                )
            }
            (true, true) => format!("no errors found in {whole}"),
            (true, false) => format!("no errors found in {whole}, {}", mild.join(", ")),
            (false, _) => {
                bad.append(&mut mild);
                format!("{} found in {whole}", bad.join(", "))
            }
        }
    }

    fn incomplete(&self) -> Option<String> {
        let rejected = counted(self.rejected_count, "entry was", "entries were");
        match (self.is_incomplete, self.rejected_count) {
            (false, 0) => None,
            (true, 0) => Some("incomplete: the input breaks off, or the run was stopped".to_owned()),
            (false, _) => Some(format!("incomplete: {rejected} rejected and not checked")),
            (true, _) => {
                Some(format!("incomplete: the input breaks off, or the run was stopped; {rejected} rejected"))
            }
        }
    }

    fn checked(&self) -> String {
        let packages = self.packages.iter().map(|package| match package.reason.as_str() {
            "" => format!("{} {}", package.name, package.version),
            reason => format!("{} {} ({reason})", package.name, package.version),
        });
        let packages = listed(packages.collect(), usize::MAX);
        let profiles = match self.profiles.len() {
            0 => "no profile".to_owned(),
            count => {
                let names =
                    by_count(&self.profiles, |count| *count, |name, count| times(last_segment(name), *count));
                format!("{} ({})", counted(count as u64, "profile", "profiles"), listed(names, NAMES))
            }
        };
        if packages.is_empty() { profiles } else { format!("{packages}; {profiles}") }
    }

    fn hidden_words(&self) -> Option<String> {
        let hidden = &self.hidden;
        let mut parts = Vec::new();
        for (count, by) in [
            (hidden.selection, "by --select and --ignore"),
            (hidden.advisor, "by the advisor file"),
            (hidden.baseline, "by the baseline"),
            (hidden.max_issues, "beyond --max-issues"),
        ] {
            if count > 0 {
                parts.push(format!("{} {by}", counted(count, "issue", "issues")));
            }
        }
        if hidden.stale_baseline > 0 {
            let stale = counted(hidden.stale_baseline, "entry", "entries");
            parts.push(format!("{stale} of the baseline no longer found (write it anew)"));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

impl NotChecked {
    fn words(&self) -> Option<String> {
        let mut parts = Vec::new();
        let mut part = |counts: &BTreeMap<String, u64>, what: &str, short: bool| {
            if !counts.is_empty() {
                let name =
                    |name: &String, count: &u64| times(if short { last_segment(name) } else { name }, *count);
                let total: u64 = counts.values().sum();
                let names = listed(by_count(counts, |count| *count, name), NAMES);
                parts.push(format!("{} {what} ({names})", crate::grouped(total)));
            }
        };
        part(&self.value_sets, "× a code against a value set not held", true);
        part(&self.code_systems, "× a code of a code system not held", false);
        part(&self.constraints, "× a constraint not supported", false);
        part(&self.discriminators, "× a discriminator not supported", false);
        part(&self.others, "× something else", false);
        if !self.profiles.is_empty() {
            let names = by_count(
                &self.profiles,
                |unknown| unknown.count,
                |name, unknown| {
                    let name = times(name, unknown.count);
                    match &unknown.suggestion {
                        Some(suggestion) => format!("{name}: did you mean {suggestion}?"),
                        None => name,
                    }
                },
            );
            let count = counted(self.profiles.len() as u64, "unknown profile", "unknown profiles");
            parts.push(format!("{count} ({})", listed(names, NAMES)));
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

fn times(name: &str, count: u64) -> String {
    if count == 1 { name.to_owned() } else { format!("{name} ×{}", crate::grouped(count)) }
}

fn last_segment(canonical: &str) -> &str {
    canonical.rsplit('/').next().unwrap_or(canonical)
}

/// The most frequent first, then by name.
fn by_count<T>(
    counts: &BTreeMap<String, T>,
    count: impl Fn(&T) -> u64,
    words: impl Fn(&String, &T) -> String,
) -> Vec<String> {
    let mut entries: Vec<(&String, &T)> = counts.iter().collect();
    entries.sort_by_key(|(_, value)| std::cmp::Reverse(count(value)));
    entries.into_iter().map(|(name, value)| words(name, value)).collect()
}

fn listed(mut names: Vec<String>, limit: usize) -> String {
    let more = names.len().saturating_sub(limit);
    names.truncate(limit);
    let list = names.join(", ");
    if more == 0 { list } else { format!("{list} and {} more", crate::grouped(more as u64)) }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines().iter().try_for_each(|line| writeln!(formatter, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::samples;

    #[test]
    fn the_lines_say_what_was_found_checked_and_not_checked() {
        assert_eq!(
            samples::verdict().to_string(),
            "2 errors, 1 warning found in 4 resources of 2 inputs\n\
             incomplete: 1 entry was rejected and not checked\n\
             checked: hl7.fhir.r4.core 4.0.1, hl7.fhir.us.core 6.1.0 (the default); \
             1 profile (us-core-patient|6.1.0 ×3)\n\
             not checked: 7 × a code against a value set not held (ndc ×4, cpt-all ×3); 1 unknown profile \
             (http://example.org/uscore-patient: did you mean http://hl7.org/fhir/us/core/StructureDefinition/\
             us-core-patient?)\n\
             not shown: 2 issues by the baseline, 1 entry of the baseline no longer found (write it anew)\n"
        );
    }

    #[test]
    fn it_never_says_valid() {
        let mut clean = Verdict { input_count: 1, ..Verdict::default() };
        assert!(clean.to_string().starts_with("nothing was checked: no resource in 1 input\n"));
        assert!(clean.to_string().ends_with("checked: nothing, as no resource could be read\n"));
        clean.resources.insert("Patient".to_owned(), 1_000);
        assert_eq!(
            clean.to_string(),
            "no errors found in 1,000 resources of 1 input\nchecked: no profile\n\
             not checked: nothing was left out\n"
        );
        assert!(!samples::verdict().to_string().contains("valid"));
    }

    #[test]
    fn long_lists_end_with_how_many_more_there_are() {
        let names = (0..12).map(|n| n.to_string()).collect();
        assert_eq!(listed(names, NAMES), "0, 1, 2, 3, 4 and 7 more");
    }
}
