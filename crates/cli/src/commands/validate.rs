//! `fhirkit validate`: do FHIR resources keep the rules of R4 and of their profiles?

mod leaving;
mod outputs;
mod profiles;
mod redacted;
mod request;
mod words;

pub(crate) use request::catalog;

use std::sync::Arc;

use fhirkit_issue::Severity;
use fhirkit_pipeline::Progress;
use fhirkit_pipeline::validate::{ValidateReport, validate};

use crate::args::validate::ValidateArgs;
use crate::exit::{Exit, Failure};
use crate::interrupt;
use crate::progress::Signs;
use crate::settings::Settings;

/// Checks, reports and says what was checked.
pub(crate) fn run(settings: &Settings, arguments: ValidateArgs) -> Result<Exit, Failure> {
    let threshold = Severity::from(arguments.fail_on);
    let exit_zero = arguments.exit_zero;
    let catalog = catalog();
    let plan = outputs::Plan::new(settings, &arguments);
    let mentions = words::Mentions::of(&arguments);
    let statistics = arguments.statistics;
    let request = request::build(settings, &arguments, &catalog)?;
    let progress = Arc::new(Progress::default());
    interrupt::watch(&progress);
    let signs = Signs::start(settings.stderr, &progress);
    let reports = plan.reports(&signs, threshold, catalog)?;
    let report = validate(request, &progress, reports);
    let elapsed = signs.finish();
    let report = report?;
    if statistics {
        plan.statistics(&report.verdict)?;
    }
    if !plan.shows_verdict() {
        report.verdict.lines().iter().for_each(|line| settings.stderr.say(&format!("  {line}")));
    }
    for line in mentions.closing(&report, elapsed) {
        settings.stderr.say(&line);
    }
    Ok(exit_of(&report, threshold, exit_zero))
}

fn exit_of(report: &ValidateReport, threshold: Severity, exit_zero: bool) -> Exit {
    let verdict = &report.verdict;
    let mut exit = Exit::Clean;
    if !exit_zero && (verdict.severities.reaching(threshold) > 0 || verdict.rejected_count > 0) {
        exit = exit.and(Exit::Findings);
    }
    if verdict.is_incomplete {
        exit = exit.and(Exit::Incomplete);
    }
    if report.nothing_readable {
        exit = exit.and(Exit::NothingReadable);
    }
    exit
}
