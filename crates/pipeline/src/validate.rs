//! Whether what FHIR files hold keeps the rules. The work behind `fhirkit validate`.
//!
//! Chunks go the same way as in an export: a reader, workers that parse and check each entry once, and here, on the
//! caller's thread and in input order, a filter, the verdict and the reports. So the same input gives the same reports
//! for any number of threads.

mod collector;
mod entries;
mod envelope;
pub(crate) mod found;
pub mod house;
mod judge;
mod reports;
mod split;
mod together;
mod visit;
mod worker;

use std::path::PathBuf;
use std::sync::Arc;

use fhirkit_issue::filter::{Baseline, Filter};
use fhirkit_issue::{Severity, Verdict};
use fhirkit_source::{Chunk, discover};
use fhirkit_validate::{Checked, Validator};

pub use reports::{FileNames, Reports};

use crate::run::{Run, Work};
use crate::{Error, Incomplete, Limits, Progress, guard, packages};
use collector::Collector;
use judge::Judge;
use split::SplitFiles;
use worker::{Outcome, Worker};

/// What to check, and what to do with what is found.
pub struct ValidateRequest {
    /// Files, folders, globs, or `-` for standard input, in the order given.
    pub inputs: Vec<String>,
    /// Definitions and options.
    pub validator: Arc<Validator>,
    /// Packages that were given; the verdict says so of them.
    pub packages: Vec<fhirkit_definitions::PackageId>,
    /// JSON Schemas of the user's own.
    pub house: Arc<house::HouseRules>,
    /// Which issues are reported.
    pub filter: Filter,
    /// From which severity on an entry is no good.
    pub fail_on: Severity,
    /// Where entries go, those that are good and the others.
    pub split: Option<Split>,
    /// Where a baseline of what is found is written.
    pub write_baseline: Option<PathBuf>,
    /// The limits of the run.
    pub limits: Limits,
}

/// Where entries go, sorted by their verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// Resources without an issue of the severity that fails, one a line.
    pub valid: Option<PathBuf>,
    /// All others, in the form of an export's `_rejects.ndjson`.
    pub rejected: Option<PathBuf>,
}

/// What a run found.
#[derive(Debug, Default)]
pub struct ValidateReport {
    /// Counts, packages, what was checked and what was not.
    pub verdict: Verdict,
    /// Entries read, rejected ones too.
    pub entries: u64,
    /// Inputs and records that are known to be partial, with the reason.
    pub incomplete: Vec<Incomplete>,
    /// No input held anything that could be FHIR.
    pub nothing_readable: bool,
    /// Issues in the baseline that was written.
    pub baseline_issues: Option<u64>,
    /// Entries of the advisor file that fitted no issue.
    pub unused_advice: Vec<String>,
    /// Entries written as good, and as rejected, where a split was asked for.
    pub split: Option<(u64, u64)>,
}

/// Checks what `request` asks for and hands every issue to the reports, in the order of the input.
///
/// Errors: the tool itself cannot go on; then no output stands under its name.
pub fn validate(
    request: ValidateRequest,
    progress: &Arc<Progress>,
    mut reports: Reports,
) -> Result<ValidateReport, Error> {
    let inputs = discover(&request.inputs)?;
    let split = request.split.iter().flat_map(|split| split.valid.iter().chain(&split.rejected));
    for place in split.chain(&request.write_baseline).map(PathBuf::as_path).chain(reports.paths()) {
        guard::spare(place, &inputs)?;
    }
    progress.set_bytes_total(inputs.iter().map(|input| input.bytes.unwrap_or(0)).sum());
    reports.know(&inputs);
    let split = request.split.as_ref().map(|split| SplitFiles::open(split, reports.files())).transpose()?;
    let baseline = request.write_baseline.as_deref().map(|path| reports.files().file(path)).transpose()?;
    let rules = Rules { validator: Arc::clone(&request.validator), house: Arc::clone(&request.house) };
    let max_depth = request.limits.max_depth;
    let work = Validation { rules: rules.clone(), max_depth, keeps_documents: split.is_some() };
    let mut run = Run::start(work, &request.limits, progress, inputs)?;
    let noted = baseline.is_some().then(Baseline::default);
    let mut judge = Judge::new(rules, max_depth, Arc::clone(progress));
    let mut collector = Collector::new(request.filter, request.fail_on, noted, split);
    while !run.is_read() {
        run.wait()?;
        while let Some((outcome, ticket)) = run.next() {
            let (consumed, resources) = (outcome.consumed, outcome.resources);
            let buffer = collector.take(outcome, &mut judge, &mut reports)?;
            progress.add(consumed, resources, 0);
            run.done(ticket, buffer);
            if progress.is_cancelled() {
                return Err(Error::interrupted());
            }
        }
        reports.flush()?;
    }
    let mut checked = Checked { not_checked: judge.into_not_checked(), ..Checked::default() };
    run.rest().into_iter().for_each(|worker| checked.merge(worker.into_checked()));
    drop(run);
    let (mut report, noted) = collector.end(&mut reports)?;
    checked.add_to(&mut report.verdict);
    report.verdict.packages =
        packages::used(request.validator.definitions(), &request.packages, &report.verdict);
    if let (Some(mut file), Some(noted)) = (baseline, noted) {
        noted.write(&mut file).map_err(|error| reports::failed(&error))?;
        file.close()?;
        report.baseline_issues = Some(noted.issue_count());
    }
    reports.finish(&report.verdict)?;
    Ok(report)
}

/// What is checked.
#[derive(Clone)]
struct Rules {
    validator: Arc<Validator>,
    house: Arc<house::HouseRules>,
}

/// A validation as work on chunks.
struct Validation {
    rules: Rules,
    max_depth: usize,
    keeps_documents: bool,
}

impl Work for Validation {
    type Worker = Worker;
    type Outcome = Outcome;
    type Extra = std::convert::Infallible;

    fn worker(&self) -> Worker {
        Worker::new(self.max_depth)
    }

    fn work(&self, worker: &mut Worker, chunk: Chunk) -> Result<Outcome, Error> {
        Ok(worker.work(chunk, &self.rules, self.keeps_documents))
    }
}
