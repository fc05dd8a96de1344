//! Takes the outcomes of chunks in input order: filter, verdict, reports, split.

use fhirkit_issue::filter::{Baseline, Fate, Filter};
use fhirkit_issue::{Issue, Severity, Verdict, rules};
use fhirkit_source::Event;

use super::ValidateReport;
use super::found::FoundIssue;
use super::judge::Judge;
use super::reports::Reports;
use super::split::SplitFiles;
use super::worker::Outcome;
use crate::Error;
use crate::intake::Intake;

pub(super) struct Collector {
    filter: Filter,
    fail_on: Severity,
    baseline: Option<Baseline>,
    split: Option<SplitFiles>,
    verdict: Verdict,
    intake: Intake,
    resources: u64,
    entries: u64,
}

impl Collector {
    pub(super) fn new(
        filter: Filter,
        fail_on: Severity,
        baseline: Option<Baseline>,
        split: Option<SplitFiles>,
    ) -> Self {
        Collector {
            filter,
            fail_on,
            baseline,
            split,
            verdict: Verdict::default(),
            intake: Intake::default(),
            resources: 0,
            entries: 0,
        }
    }

    /// Takes the next outcome. Returns its buffer, to be read into again.
    pub(super) fn take(
        &mut self,
        mut outcome: Outcome,
        judge: &mut Judge,
        reports: &mut Reports,
    ) -> Result<Vec<u8>, Error> {
        self.resources += outcome.resources;
        self.intake.pages.append(std::mem::take(&mut outcome.pages));
        self.entries += outcome.resources + outcome.rejects.len() as u64;
        self.verdict.rejected_count += outcome.rejected;
        let mut faults: Vec<Option<(String, String)>> = vec![None; outcome.documents.len()];
        judge.each(&mut outcome, &mut |found: FoundIssue| {
            let issue = found.issue;
            let fault =
                found.document.and_then(|number| faults.get_mut(number)).filter(|fault| fault.is_none());
            let words = fault.as_ref().map(|_| (issue.rule.as_str().to_owned(), issue.message.clone()));
            let is_bad = self.issue(issue, reports)?;
            if let Some(fault) = fault.filter(|_| is_bad) {
                *fault = words;
            }
            Ok(())
        })?;
        let Outcome { input, documents, rejects, events, buffer, .. } = outcome;
        if let Some(reason) = outcome.fatal_outcome {
            self.intake.fatal_outcome(&input.name, &reason);
        }
        rejects.iter().for_each(|reject| self.intake.reject(reject));
        if let Some(split) = &mut self.split {
            split.take(&input.name, &buffer, &documents, &faults, &rejects)?;
        }
        for event in events {
            let is_unreadable = matches!(event, Event::Empty | Event::NotFhir { .. });
            if let Some(issue) = self.intake.event(&input.name, event) {
                self.issue(issue, reports)?;
            }
            if is_unreadable && self.resources > 0 {
                self.tell_held(false, reports)?;
            }
        }
        Ok(buffer)
    }

    /// Whether it is bad enough to fail, after all filters.
    fn issue(&mut self, mut issue: Issue, reports: &mut Reports) -> Result<bool, Error> {
        let fate = self.filter.fate(&mut issue);
        if fate == Fate::Hide {
            return Ok(false);
        }
        self.verdict.note(&issue);
        if let Some(baseline) = &mut self.baseline {
            baseline.note(&issue);
        }
        let is_bad = issue.severity.reaches(self.fail_on);
        if fate == Fate::Report {
            reports.issue(&issue)?;
        }
        Ok(is_bad)
    }

    fn tell_held(&mut self, nothing_readable: bool, reports: &mut Reports) -> Result<(), Error> {
        self.intake
            .held(nothing_readable)
            .into_iter()
            .try_for_each(|issue| self.issue(issue, reports).map(drop))
    }

    /// What only the whole input tells.
    pub(super) fn end(mut self, reports: &mut Reports) -> Result<(ValidateReport, Option<Baseline>), Error> {
        let missing_from = self.intake.incomplete.len();
        self.intake.end();
        let nothing_readable = self.resources == 0
            && self.intake.pages.bundle_count == 0
            && self.intake.incomplete.is_empty()
            && (self.intake.unreadable_inputs > 0 || self.verdict.rejected_count == 0);
        self.tell_held(nothing_readable, reports)?;
        if nothing_readable && self.intake.unreadable_inputs == 0 {
            self.issue(Issue::new(&rules::IO_EMPTY, "the inputs hold no FHIR resource"), reports)?;
        }
        let pages: Vec<_> = self.intake.incomplete.iter().skip(missing_from).cloned().collect();
        for page in pages {
            let issue = Issue::new(&rules::IO_PARTIAL, page.reason).in_file(page.file);
            self.issue(issue, reports)?;
        }
        self.verdict.input_count = self.intake.inputs;
        self.verdict.is_incomplete = !self.intake.incomplete.is_empty();
        self.verdict.hidden = self.filter.hidden();
        let split = self.split.map(SplitFiles::close).transpose()?;
        let unused = self.filter.advisor.iter().flat_map(|advisor| advisor.unused());
        let report = ValidateReport {
            verdict: self.verdict,
            entries: self.entries,
            incomplete: self.intake.incomplete,
            nothing_readable,
            baseline_issues: None,
            unused_advice: unused.map(str::to_owned).collect(),
            split,
        };
        Ok((report, self.baseline))
    }
}
