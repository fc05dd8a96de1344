//! What a run asks of the validator.

use fhirkit_definitions::PackageId;

/// What to check, and how strictly.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Packages that were given: they decide which version a canonical without one means.
    pub packages: Vec<PackageId>,
    /// Profiles that every resource of their type must follow, as canonicals.
    pub profiles: Vec<String>,
    /// Profiles to assume for resources of a type that claim none: type, canonical.
    pub assumed_profiles: Vec<(String, String)>,
    /// What to make of best-practice invariants that do not hold.
    pub best_practice: BestPractice,
    /// What to make of extensions that no package defines.
    pub unknown_extensions: UnknownExtensions,
    /// Which rules may report.
    pub selection: Selection,
    /// Check names, cardinalities and primitives against the types alone, no profile and no rule beyond: what the
    /// benchmarks compare.
    pub structure_only: bool,
}

/// What to make of best-practice invariants that do not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BestPractice {
    /// Say nothing.
    #[default]
    Ignore,
    /// Warn.
    Warn,
    /// Report an error.
    Error,
}

/// What to make of extensions that no package defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownExtensions {
    /// Say nothing; they are counted as not checked.
    #[default]
    Ignore,
    /// Warn.
    Warn,
    /// Report an error, as the HL7 validator does.
    Error,
}

/// Which rules may report: rules (`structure/empty`) or groups (`structure`).
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only these; all where the list is empty.
    pub select: Vec<String>,
    /// Not these, even where selected.
    pub ignore: Vec<String>,
}

impl Selection {
    /// Whether a rule may report.
    ///
    /// ```
    /// use fhirkit_validate::Selection;
    /// let selection = Selection { select: vec![], ignore: vec!["primitive".to_owned()] };
    /// assert!(selection.allows("structure/empty") && !selection.allows("primitive/date"));
    /// ```
    #[must_use]
    pub fn allows(&self, rule: &str) -> bool {
        let names = |list: &[String]| {
            let group = rule.split('/').next().unwrap_or_default();
            list.iter().any(|name| name == rule || name == group)
        };
        (self.select.is_empty() || names(&self.select)) && !names(&self.ignore)
    }
}
