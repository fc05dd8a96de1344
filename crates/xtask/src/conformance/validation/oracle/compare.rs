//! One file: our errors beside the reference's. The unit is path and kind of rule, each once.

use std::collections::BTreeMap;

use fhirkit_definitions::{Definitions, Scope, Sort};
use fhirkit_issue::Issue;

use super::super::Judged;
use super::super::paths::{comparable, without_entry_index};
use super::expected::{Reported, Verdict};
use super::groups::Group;
use super::kind;
use super::lists::Lists;

/// What one file came to.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) file: String,
    /// Units of the reference that count, by message id.
    pub(crate) expected: Vec<Unit>,
    /// Those of them that we do not report.
    pub(crate) missed: Vec<Unit>,
    /// Units that we alone report.
    pub(crate) unfounded: Vec<Unit>,
}

/// An error: its id, and where it stands.
#[derive(Clone)]
pub(crate) struct Unit {
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) message: String,
}

type Units = BTreeMap<(String, String), Unit>;

/// What comparing a group stands on.
pub(crate) struct Comparison<'c> {
    pub(crate) group: &'c Group,
    pub(crate) definitions: &'c Definitions,
    pub(crate) scope: Scope,
    pub(crate) lists: &'c Lists,
}

impl Comparison<'_> {
    /// Compares. `judged`: ours, nothing where we find no JSON.
    pub(crate) fn compare(&self, verdict: &Verdict, judged: Option<Judged>) -> Outcome {
        let is_bundle = judged.as_ref().is_some_and(|judged| judged.is_bundle);
        let (mut expected, mut left_out) = (Units::new(), Units::new());
        for reported in &verdict.errors {
            let skip = self.lists.leave_out(reported, is_bundle) || self.is_known_here(reported);
            let units = if skip { &mut left_out } else { &mut expected };
            let kind = kind::of_message(&reported.id, &reported.message);
            let unit =
                Unit { id: reported.label(), path: reported.path.clone(), message: reported.message.clone() };
            units.entry((place(&reported.id, &reported.path), kind)).or_insert(unit);
        }
        let mut ours = Units::new();
        let Some(Judged { errors, .. }) = judged else {
            // Both refuse the text.
            let missed = if expected.is_empty() { vec![no_json()] } else { Vec::new() };
            let expected = expected.into_values().collect();
            return Outcome { file: verdict.file.clone(), expected, missed: Vec::new(), unfounded: missed };
        };
        for issue in errors.into_iter().filter(|issue| self.reference_could_know(issue)) {
            let id = issue.message_id.clone().unwrap_or_else(|| issue.rule.to_string());
            let kind = kind::of_issue(issue.rule.as_str(), issue.message_id.as_deref());
            let path = issue.expression.clone().unwrap_or_default();
            let message = issue.text(true).to_owned();
            ours.entry((place(&id, &path), kind)).or_insert(Unit { id, path, message });
        }
        let without = |units: &Units, known: &[&Units]| {
            let unknown = units.iter().filter(|(key, _)| !known.iter().any(|known| known.contains_key(*key)));
            unknown.map(|(_, unit)| unit.clone()).collect::<Vec<_>>()
        };
        Outcome {
            file: verdict.file.clone(),
            missed: without(&expected, &[&ours]),
            unfounded: without(&ours, &[&expected, &left_out]),
            expected: expected.into_values().collect(),
        }
    }

    /// The reference had only the group's packages; of an extension that another one defines it knows nothing.
    fn is_known_here(&self, reported: &Reported) -> bool {
        if reported.id != "Extension_EXT_Unknown_NotHere" {
            return false;
        }
        let url = reported.message.split_whitespace().find(|word| word.starts_with("http"));
        url.is_some_and(|url| self.package_of(url).is_some())
    }

    /// Whether a fault is one that the reference was asked about, by a profile that it had. It was told to leave
    /// references alone that lead out of their resource, types in URLs too.
    fn reference_could_know(&self, issue: &Issue) -> bool {
        if issue.rule.as_str() == "reference/target-type" {
            return false;
        }
        // Of these two value sets its verdicts were left out.
        if ["mimetypes", "currencies"]
            .iter()
            .any(|set| issue.text(true).contains(&format!(" is not in {set}")))
        {
            return false;
        }
        let had = |profile: &String| self.package_of(profile).is_none_or(|label| self.group.has(&label));
        issue.profiles.is_empty() || issue.profiles.iter().any(had)
    }

    fn package_of(&self, canonical: &str) -> Option<String> {
        let found = self.definitions.resolve(Sort::Structure, canonical, &self.scope)?;
        Some(self.definitions.package(found.package).label())
    }
}

fn no_json() -> Unit {
    Unit { id: "json/syntax".to_owned(), path: String::new(), message: "is no JSON".to_owned() }
}

/// A path made comparable. The reference names the first entry where it speaks of any entry's URL, and where an entry
/// lacks one, it says so once more for each relative reference in it.
fn place(id: &str, path: &str) -> String {
    let path = comparable(path);
    if id.starts_with("BUNDLE_ENTRY_URL") {
        without_entry_index(&path).to_owned()
    } else if id == "Bundle_BUNDLE_FullUrl_Missing" {
        path.split(".resource").next().unwrap_or_default().to_owned()
    } else {
        path
    }
}
