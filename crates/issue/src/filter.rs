//! Which issues of a run are reported: selection, then advisor, then baseline, then the maximum.

mod advisor;
mod baseline;
mod error;
mod selection;

pub use advisor::Advisor;
pub use baseline::{Baseline, BaselineEntry, BaselineFilter};
pub use error::FilterError;
pub use selection::Selection;

use crate::verdict::Hidden;
use crate::{Issue, Severity};

/// What becomes of an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is counted and reported.
    Report,
    /// It is counted and not shown, because `--max-issues` were shown already.
    Count,
    /// It neither counts nor is shown.
    Hide,
}

/// All that may keep an issue out of a report. Issues pass in input order, in one thread, so that which of several
/// equal ones a baseline hides does not depend on luck. A fatal issue is always reported.
///
/// ```
/// use fhirkit_issue::filter::{Fate, Filter, Selection};
/// use fhirkit_issue::{Catalog, Issue, rules};
/// let selection = Selection::new(&[], &["view"], &Catalog::default())?;
/// let mut filter = Filter { selection, ..Filter::default() };
/// assert_eq!(filter.fate(&mut Issue::new(&rules::VIEW_UNFIT, "m")), Fate::Hide);
/// assert_eq!(filter.fate(&mut Issue::new(&rules::JSON_SYNTAX, "m")), Fate::Report);
/// assert_eq!(filter.hidden().selection, 1);
/// # Ok::<(), fhirkit_issue::filter::FilterError>(())
/// ```
#[derive(Debug, Default)]
pub struct Filter {
    /// `--select` and `--ignore`.
    pub selection: Selection,
    /// The advisor file; it may also change an issue's severity.
    pub advisor: Option<Advisor>,
    /// The baseline.
    pub baseline: Option<BaselineFilter>,
    /// How many issues are shown at most.
    pub max_issues: Option<u64>,
    /// What was hidden so far, except by the baseline, which counts itself.
    pub counts: Hidden,
    /// How many issues were reported.
    pub reported_count: u64,
}

impl Filter {
    /// Decides, and changes the severity where the advisor says so.
    pub fn fate(&mut self, issue: &mut Issue) -> Fate {
        if issue.severity == Severity::Fatal {
            self.reported_count += 1;
            return Fate::Report;
        }
        if !self.selection.selects(&issue.rule) {
            self.counts.selection += 1;
            return Fate::Hide;
        }
        if self.advisor.as_mut().is_some_and(|advisor| advisor.hides(issue)) {
            self.counts.advisor += 1;
            return Fate::Hide;
        }
        if self.baseline.as_mut().is_some_and(|baseline| baseline.hides(issue)) {
            return Fate::Hide;
        }
        if self.max_issues.is_some_and(|max| self.reported_count >= max) {
            self.counts.max_issues += 1;
            return Fate::Count;
        }
        self.reported_count += 1;
        Fate::Report
    }

    /// What was hidden, for the verdict.
    pub fn hidden(&self) -> Hidden {
        let mut hidden = self.counts;
        if let Some(baseline) = &self.baseline {
            hidden.baseline = baseline.hidden_count();
            hidden.stale_baseline = baseline.stale().count() as u64;
        }
        hidden
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Catalog, rules};

    #[test]
    fn what_is_beyond_the_maximum_still_counts_and_a_fatal_issue_is_always_reported() {
        let selection = Selection::new(&[], &["io"], &Catalog::default()).unwrap();
        let mut filter = Filter { selection, max_issues: Some(1), ..Filter::default() };
        let mut fate = |rule| filter.fate(&mut Issue::new(rule, "m"));
        assert_eq!(fate(&rules::JSON_SYNTAX), Fate::Report);
        assert_eq!(fate(&rules::JSON_SYNTAX), Fate::Count);
        assert_eq!(fate(&rules::IO_EMPTY), Fate::Hide);
        assert_eq!(fate(&rules::IO_PARTIAL), Fate::Report);
        assert_eq!((filter.hidden().max_issues, filter.hidden().selection), (1, 1));
    }
}
