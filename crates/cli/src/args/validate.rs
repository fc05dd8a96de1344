//! `fhirkit validate` as clap reads it.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum, ValueHint};
use fhirkit_issue::{Format, Severity};
use fhirkit_validate::{BestPractice, UnknownExtensions};

use super::TEMPLATE;

/// `fhirkit validate`.
#[derive(Debug, Args)]
#[command(help_template = TEMPLATE, before_help = "\
Examples:
  fhirkit validate members                            what is wrong, and what was checked
  fhirkit validate bulk/ --ig carin-bb@2.0.0 --statistics
  fhirkit validate in.ndjson --report sarif=fhir.sarif --report html=fhir.html
  fhirkit validate in.ndjson --split valid=good.ndjson rejected=bad.ndjson
  curl -s URL | fhirkit validate - --output-format json-lines | jq .rule")]
pub(crate) struct ValidateArgs {
    /// Files, folders, globs, or - for stdin
    #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) inputs: Vec<String>,

    /// Guide to check against, by name or file: us-core, c4bb@2.0.0; may be repeated
    #[arg(long, value_name = "NAME@VERSION|FILE", value_delimiter = ',', help_heading = "Rules")]
    pub(crate) ig: Vec<String>,
    /// Profile that every resource of its type must follow; may be repeated
    #[arg(long, value_name = "URL", help_heading = "Rules")]
    pub(crate) profile: Vec<String>,
    /// Profiles of resources that claim none: guides (us-core,c4bb) or TYPE=URL
    #[arg(long, value_name = "LIST", value_delimiter = ',', help_heading = "Rules")]
    pub(crate) assume_profiles: Vec<String>,
    /// JSON object: from a type to the profiles it must follow
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Rules")]
    pub(crate) profile_map: Option<PathBuf>,
    /// House rules: a JSON Schema that resources of a type must follow; may be repeated
    #[arg(long, value_name = "TYPE=FILE", value_parser = schema, help_heading = "Rules")]
    pub(crate) schema: Vec<(String, PathBuf)>,
    /// Best-practice constraints that do not hold: ignore, warning or error
    #[arg(long, value_name = "SEVERITY", default_value = "ignore", hide_possible_values = true)]
    #[arg(help_heading = "Rules")]
    pub(crate) best_practice: Level,
    /// Extensions that no package defines: ignore, warning or error
    #[arg(long, value_name = "SEVERITY", default_value = "ignore", hide_possible_values = true)]
    #[arg(help_heading = "Rules")]
    pub(crate) unknown_extensions: Level,

    /// Only these rules or groups, see fhirkit rule --list; may be repeated
    #[arg(long, value_name = "RULE|GROUP", value_delimiter = ',', help_heading = "Findings")]
    pub(crate) select: Vec<String>,
    /// Not these rules or groups; may be repeated
    #[arg(long, value_name = "RULE|GROUP", value_delimiter = ',', help_heading = "Findings")]
    pub(crate) ignore: Vec<String>,
    /// Severity of issues that makes the exit code 1: error, warning or information
    #[arg(long, value_name = "SEVERITY", default_value = "error", hide_possible_values = true)]
    #[arg(help_heading = "Findings")]
    pub(crate) fail_on: FailOn,
    /// Exit with 0 even when there are findings
    #[arg(long, help_heading = "Findings")]
    pub(crate) exit_zero: bool,
    /// Show at most so many issues; all are counted
    #[arg(long, value_name = "N", help_heading = "Findings")]
    pub(crate) max_issues: Option<u64>,
    /// Count issues by rule instead of showing them
    #[arg(long, help_heading = "Findings")]
    pub(crate) statistics: bool,
    /// Hide the issues that this file counts
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Findings")]
    pub(crate) baseline: Option<PathBuf>,
    /// Count today's issues into a file, for --baseline
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Findings")]
    pub(crate) write_baseline: Option<PathBuf>,
    /// Accepted issues and changed severities; HL7's advisor.json too
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Findings")]
    pub(crate) advisor: Option<PathBuf>,

    /// full, concise, json, json-lines, operation-outcome, sarif, junit, github, gitlab, html
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    pub(crate) output_format: Option<Format>,
    /// Write the issues to a file instead of stdout
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub(crate) output_file: Option<PathBuf>,
    /// A further report, sarif=fhir.sarif; may be repeated
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report, help_heading = "Output")]
    pub(crate) report: Vec<(Format, PathBuf)>,
    /// Sort entries: valid=FILE rejected=FILE, or one of the two
    #[arg(long, value_name = "KIND=FILE", num_args = 1..=2, value_parser = side, help_heading = "Output")]
    pub(crate) split: Vec<(Side, PathBuf)>,
    /// Show values of the data in reports and in CI too; they may be patient data
    #[arg(long, help_heading = "Output", conflicts_with = "redact")]
    pub(crate) show_values: bool,
    /// Show no values, codes and ids of the data, on the terminal and in reports
    #[arg(long, help_heading = "Output")]
    pub(crate) redact: bool,
}

/// From which severity on issues make the exit code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Errors.
    Error,
    /// Errors and warnings.
    Warning,
    /// Everything.
    Information,
}

impl From<FailOn> for Severity {
    fn from(fail_on: FailOn) -> Severity {
        match fail_on {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
            FailOn::Information => Severity::Information,
        }
    }
}

/// What to make of something that is no fault by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    /// Say nothing.
    Ignore,
    /// Warn.
    Warning,
    /// Report an error.
    Error,
}

impl From<Level> for BestPractice {
    fn from(level: Level) -> BestPractice {
        match level {
            Level::Ignore => BestPractice::Ignore,
            Level::Warning => BestPractice::Warn,
            Level::Error => BestPractice::Error,
        }
    }
}

impl From<Level> for UnknownExtensions {
    fn from(level: Level) -> UnknownExtensions {
        match level {
            Level::Ignore => UnknownExtensions::Ignore,
            Level::Warning => UnknownExtensions::Warn,
            Level::Error => UnknownExtensions::Error,
        }
    }
}

/// The two kinds of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Without a finding at or above `--fail-on`.
    Valid,
    /// All others.
    Rejected,
}

/// Reads `sarif=fhir.sarif`.
fn report(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, path) = pair(text, "a format and a file: sarif=fhir.sarif")?;
    Ok((format.parse()?, path))
}

/// Reads `Patient=patient.schema.json`.
fn schema(text: &str) -> Result<(String, PathBuf), String> {
    let (of, path) = pair(text, "a type and a file: Patient=patient.schema.json")?;
    Ok((of.to_owned(), path))
}

/// Reads `valid=good.ndjson`.
fn side(text: &str) -> Result<(Side, PathBuf), String> {
    let (side, path) = pair(text, "valid=FILE or rejected=FILE")?;
    match side {
        "valid" => Ok((Side::Valid, path)),
        "rejected" => Ok((Side::Rejected, path)),
        _ => Err(format!("`{side}` is neither `valid` nor `rejected`")),
    }
}

fn pair<'t>(text: &'t str, expected: &str) -> Result<(&'t str, PathBuf), String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => Ok((name, PathBuf::from(path))),
        _ => Err(format!("expected {expected}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_format_and_a_file() {
        assert_eq!(report("sarif=a=b.sarif"), Ok((Format::Sarif, "a=b.sarif".into())));
        assert!(report("sarif").unwrap_err().contains("sarif=fhir.sarif"));
        assert!(report("xml=a").unwrap_err().contains("full, concise"));
        assert_eq!(side("valid=x"), Ok((Side::Valid, "x".into())));
        assert!(side("good=x").is_err());
    }
}
