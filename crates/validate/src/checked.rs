//! What was checked and what could not be.

use std::collections::{BTreeMap, BTreeSet};

use fhirkit_issue::Verdict;
use fhirkit_issue::verdict::{NotChecked, Package, tally};

/// Counts of what one thread checked and what it could not; merge those of all threads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// How many resources of each type were checked, contained ones too.
    pub resources: BTreeMap<String, u64>,
    /// How many resources each profile (`canonical|version`) was checked on.
    pub profiles: BTreeMap<String, u64>,
    /// The packages that these profiles are from, and why in these versions.
    pub packages: BTreeSet<Package>,
    /// What could not be checked.
    pub not_checked: NotChecked,
}

impl Checked {
    /// Adds what another thread counted.
    pub fn merge(&mut self, other: Checked) {
        let mut both = Verdict::default();
        std::mem::take(self).add_to(&mut both);
        other.add_to(&mut both);
        let Verdict { resources, profiles, packages, not_checked, .. } = both;
        *self = Checked { resources, profiles, packages: packages.into_iter().collect(), not_checked };
    }

    /// Adds the counts to the verdict of the run.
    pub fn add_to(self, verdict: &mut Verdict) {
        let Checked { resources, profiles, packages, not_checked } = self;
        let packages = packages.into_iter().collect();
        verdict.merge(Verdict { resources, profiles, packages, not_checked, ..Verdict::default() });
    }

    pub(crate) fn note_resource(&mut self, type_name: &str) {
        count(&mut self.resources, type_name);
    }

    pub(crate) fn note_profile(&mut self, canonical: &str) {
        count(&mut self.profiles, canonical);
    }

    pub(crate) fn note_packages(&mut self, packages: &[Package]) {
        self.packages.extend(packages.iter().cloned());
    }

    pub(crate) fn note_discriminator(&mut self, name: &str) {
        count(&mut self.not_checked.discriminators, name);
    }

    pub(crate) fn note_value_set(&mut self, canonical: &str) {
        count(&mut self.not_checked.value_sets, canonical);
    }

    pub(crate) fn note_code_system(&mut self, url: &str) {
        count(&mut self.not_checked.code_systems, url);
    }

    pub(crate) fn note_constraint(&mut self, key: &str) {
        count(&mut self.not_checked.constraints, key);
    }

    pub(crate) fn note_other(&mut self, name: &str) {
        count(&mut self.not_checked.others, name);
    }

    pub(crate) fn note_unknown_profile(&mut self, canonical: &str, suggestion: Option<&str>) {
        self.not_checked.note_profile(canonical, 1, suggestion);
    }
}

/// Allocates for a name not met before only; names that the data gives have no end, so the list has one.
fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    tally(counts, name, 1);
}
