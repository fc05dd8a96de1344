//! `fhirkit export`: FHIR resources as tables.

pub(crate) mod request;
mod words;

use std::sync::Arc;
use std::time::Duration;

use fhirkit_issue::{Issue, Severity};
use fhirkit_pipeline::{ExportReport, Progress, export};

use crate::args::export::{ExportArgs, FailOn};
use crate::exit::{Exit, Failure};
use crate::interrupt;
use crate::progress::Signs;
use crate::settings::Settings;

/// Issues that are shown unless more were asked for.
const SHOWN: u64 = 10;

/// Exports and says what became of the input.
pub(crate) fn run(settings: &Settings, arguments: ExportArgs) -> Result<Exit, Failure> {
    let threshold = match arguments.fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
    };
    let destination = arguments.output.display().to_string();
    let request = request::build(settings, arguments)?;
    let progress = Arc::new(Progress::default());
    interrupt::watch(&progress);
    let signs = Signs::start(settings.stderr, &progress);
    let mut notices = Notices::new(settings);
    let report = export(&request, &progress, &mut |issue| notices.take(&signs, threshold, &issue));
    let elapsed = signs.finish();
    Ok(notices.conclude(settings, &report?, threshold, &destination, elapsed))
}

/// The issues that a person should see, the first of them shown.
pub(crate) struct Notices {
    shown: u64,
    count: u64,
    worst: Exit,
    all: bool,
}

impl Notices {
    /// None yet.
    pub(crate) fn new(settings: &Settings) -> Notices {
        Notices { shown: 0, count: 0, worst: Exit::Clean, all: settings.verbosity > 0 }
    }

    /// Says what became of the input, and how the run ends.
    pub(crate) fn conclude(
        &self,
        settings: &Settings,
        report: &ExportReport,
        threshold: Severity,
        destination: &str,
        elapsed: Duration,
    ) -> Exit {
        if self.count > self.shown {
            settings.stderr.say(&words::not_shown(self.count - self.shown));
        }
        for line in words::closing(report, destination, settings.verbosity, elapsed) {
            settings.stderr.say(&line);
        }
        exit_of(report, threshold).and(self.worst)
    }

    /// Takes an issue, and shows it while it is one of the first.
    pub(crate) fn take(&mut self, signs: &Signs, threshold: Severity, issue: &Issue) {
        self.count += 1;
        if issue.severity.reaches(threshold) {
            self.worst = Exit::Findings;
        }
        if self.all || self.shown < SHOWN {
            self.shown += 1;
            signs.issue(issue);
        }
    }
}

fn exit_of(report: &ExportReport, threshold: Severity) -> Exit {
    let total = report.ledger.total();
    let cells = &report.cells;
    let warnings = cells.unfit + cells.ambiguous;
    let mut exit = Exit::Clean;
    if report.rejected > 0
        || total.rejected + total.dropped + total.not_r4 + report.ledger.rejected_entries > 0
    {
        exit = exit.and(Exit::Findings);
    }
    if warnings > 0 && threshold == Severity::Warning {
        exit = exit.and(Exit::Findings);
    }
    if report.verdict.as_ref().is_some_and(|verdict| verdict.severities.reaching(threshold) > 0) {
        exit = exit.and(Exit::Findings);
    }
    if !report.incomplete.is_empty() {
        exit = exit.and(Exit::Incomplete);
    }
    if report.nothing_readable {
        exit = exit.and(Exit::NothingReadable);
    }
    exit
}
