//! Where the issues go: one report to stdout or a file, further ones to files of their own.

use std::env;
use std::fs::OpenOptions;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use fhirkit_issue::formats::github;
use fhirkit_issue::{Catalog, Format, Options, Report, Severity, Verdict};
use fhirkit_pipeline::validate::{FileNames, Reports};

use super::leaving::Leaving;
use super::redacted::Redacted;
use crate::args::validate::ValidateArgs;
use crate::exit::Failure;
use crate::output::colors;
use crate::progress::Signs;
use crate::settings::Settings;

/// What is written where.
pub(super) struct Plan {
    main: Format,
    main_file: Option<PathBuf>,
    further: Vec<(Format, PathBuf)>,
    /// The page that GitHub shows for a step.
    summary: Option<PathBuf>,
    /// Whether values are shown on stdout, and in files.
    shows: (bool, bool),
    /// Whether codes and ids are hidden too.
    redacts: bool,
    /// Whether the run goes on for other outputs when the reader of stdout has gone.
    has_others: bool,
    color: bool,
    quiet: bool,
    statistics: bool,
}

impl Plan {
    /// What the options and the environment ask for.
    pub(super) fn new(settings: &Settings, arguments: &ValidateArgs) -> Plan {
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let on_github = variable("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        let in_ci = variable("CI").is_some_and(|value| value != "false");
        let default = if on_github { Format::GitHub } else { Format::Full };
        let is_terminal = io::stdout().is_terminal();
        let on_stdout = arguments.show_values || (is_terminal && !in_ci && !arguments.redact);
        let main = arguments.output_format.unwrap_or(default);
        let summary = variable("GITHUB_STEP_SUMMARY").map(PathBuf::from);
        Plan {
            main,
            main_file: arguments.output_file.clone(),
            further: arguments.report.clone(),
            summary: summary.filter(|_| on_github && main == Format::GitHub),
            shows: (on_stdout, arguments.show_values),
            redacts: arguments.redact,
            has_others: !arguments.report.is_empty()
                || !arguments.split.is_empty()
                || arguments.write_baseline.is_some(),
            color: colors(settings.color, is_terminal, |name| env::var(name).ok()),
            quiet: settings.stderr.quiet,
            statistics: arguments.statistics,
        }
    }

    /// Opens everything.
    pub(super) fn reports(
        &self,
        signs: &Signs,
        fail_on: Severity,
        catalog: Catalog,
    ) -> Result<Reports, Failure> {
        let in_files = Options { show_values: self.shows.1, color: false, fail_on, catalog };
        let on_stdout = Options { show_values: self.shows.0, color: self.color, ..in_files.clone() };
        let mut reports = Reports::new(repository());
        match &self.main_file {
            Some(path) => {
                reports.add_file(self.hiding(self.main.report(&in_files)), names(self.main), path)?;
            }
            // The table of --statistics takes the place of the issues that it counts.
            None if self.statistics && is_for_people(self.main) => {}
            None => {
                let finishes = !(self.quiet && is_for_people(self.main));
                let stdout: Box<dyn io::Write + Send> = match self.has_others || self.summary.is_some() {
                    true => Box::new(Leaving::new(signs.stdout())),
                    false => Box::new(signs.stdout()),
                };
                let report = self.hiding(self.main.report(&on_stdout));
                reports.add_stream(report, names(self.main), stdout, finishes);
            }
        }
        for (format, path) in &self.further {
            reports.add_file(self.hiding(format.report(&in_files)), names(*format), path)?;
        }
        if let Some(path) = &self.summary {
            // Other commands of the step write to the same file.
            let file = OpenOptions::new().append(true).create(true).open(path);
            let file = file.map_err(|error| Failure::write(&path.display().to_string(), &error))?;
            let page = self.hiding(Box::new(github::Summary::new(&in_files)));
            reports.add_stream(page, FileNames::Repository, Box::new(file), true);
        }
        Ok(reports)
    }

    fn hiding(&self, report: Box<dyn Report>) -> Box<dyn Report> {
        if self.redacts { Box::new(Redacted(report)) } else { report }
    }

    /// Whether the verdict stands on stdout.
    pub(super) fn shows_verdict(&self) -> bool {
        let replaced = self.statistics && is_for_people(self.main);
        self.main_file.is_none() && !replaced && self.main.carries_verdict()
    }

    /// Prints the table of rules: it is data where issues would stand for people, else a remark.
    pub(super) fn statistics(&self, verdict: &Verdict) -> Result<(), Failure> {
        let table = verdict.statistics();
        if self.main_file.is_none() && is_for_people(self.main) {
            return crate::output::print(&table);
        }
        // A closed stderr is nobody's business.
        let _ = io::stderr().write_all(table.as_bytes());
        Ok(())
    }
}

fn is_for_people(format: Format) -> bool {
    matches!(format, Format::Full | Format::Concise)
}

fn names(format: Format) -> FileNames {
    match format {
        Format::GitHub | Format::Sarif | Format::GitLab => FileNames::Repository,
        _ => FileNames::Argument,
    }
}

/// The folder that code hosts take file names to be relative to: that of the repository, else the current one.
fn repository() -> PathBuf {
    let here = env::current_dir().and_then(std::fs::canonicalize).unwrap_or_default();
    let found = here.ancestors().find(|folder| folder.join(".git").exists());
    found.map_or_else(|| here.clone(), Path::to_owned)
}
