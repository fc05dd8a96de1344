//! The rules that a run knows: those of this crate and those that the caller's rooms declare.

use crate::RuleId;
use crate::rules::{self, Rule};

/// A list of rules in which one is found by its name.
///
/// This crate may not know the validator; who sets up a run hands over the lists of all rooms that check.
///
/// ```
/// use fhirkit_issue::{Catalog, rules};
/// let catalog = Catalog::default();
/// assert_eq!(catalog.find(&rules::IO_EMPTY.id), Some(&rules::IO_EMPTY));
/// assert!(catalog.has_group("json"));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Catalog {
    /// Sorted by name, each once.
    rules: Vec<&'static Rule>,
}

impl Catalog {
    /// The rules of this crate and of the given lists; of two with one name the first stays.
    pub fn with(lists: &[&[&'static Rule]]) -> Catalog {
        let mut rules: Vec<&'static Rule> = rules::all().to_vec();
        rules.extend(lists.iter().flat_map(|list| list.iter().copied()));
        rules.sort_by(|one, other| one.id.cmp(&other.id));
        rules.dedup_by(|one, other| one.id == other.id);
        Catalog { rules }
    }

    /// The rule of that name.
    pub fn find(&self, id: &RuleId) -> Option<&'static Rule> {
        let at = self.rules.binary_search_by(|rule| rule.id.cmp(id)).ok()?;
        self.rules.get(at).copied()
    }

    /// All rules, by name.
    pub fn iter(&self) -> impl Iterator<Item = &'static Rule> + '_ {
        self.rules.iter().copied()
    }

    /// Whether a rule is of that group.
    pub fn has_group(&self, group: &str) -> bool {
        self.rules.iter().any(|rule| rule.id.group() == group)
    }

    /// The rule or group whose name is nearest to `text`, if one is near.
    pub fn nearest(&self, text: &str) -> Option<&'static str> {
        let names = self.rules.iter().flat_map(|rule| [rule.id.as_str(), rule.id.group()]);
        let limit = (text.len() / 3).max(1);
        names.map(|name| (distance(text, name), name)).filter(|(far, _)| *far <= limit).min().map(|(_, n)| n)
    }
}

impl Default for Catalog {
    /// The rules of this crate alone.
    fn default() -> Catalog {
        Catalog::with(&[])
    }
}

/// Levenshtein's distance of two short ASCII words; texts beyond 100 bytes are near to nothing.
fn distance(one: &str, other: &str) -> usize {
    if one.len() > 100 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, left) in one.bytes().enumerate() {
        let mut diagonal = at;
        let mut before = at + 1;
        for (cell, right) in row.iter_mut().skip(1).zip(other.bytes()) {
            let cost = (diagonal + usize::from(left != right)).min(*cell + 1).min(before + 1);
            (diagonal, before) = (*cell, cost);
            *cell = cost;
        }
        if let Some(first) = row.first_mut() {
            *first = at + 1;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{IssueType, Severity};

    static OURS: Rule = Rule::new("binding/required", Severity::Error, IssueType::CodeInvalid, "s");

    #[test]
    fn rules_of_other_rooms_are_found_by_name() {
        let catalog = Catalog::with(&[&[&OURS]]);
        assert_eq!(catalog.find(&OURS.id), Some(&OURS));
        assert!(catalog.has_group("binding") && !Catalog::default().has_group("binding"));
        assert_eq!(catalog.iter().count(), rules::all().len() + 1);
    }

    #[test]
    fn a_typing_error_finds_the_rule_or_group_that_was_meant() {
        let catalog = Catalog::with(&[&[&OURS]]);
        assert_eq!(catalog.nearest("bindng/required"), Some("binding/required"));
        assert_eq!(catalog.nearest("strcture"), Some("structure"));
        assert_eq!(catalog.nearest("invariants"), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
