//! What a validation says when it is done, besides the verdict.

use std::time::Duration;

use fhirkit_issue::{Severity, counted, grouped};
use fhirkit_pipeline::validate::ValidateReport;

use crate::args::validate::{Side, ValidateArgs};
use crate::progress::took;

/// What was named on the command line and is named again at the end.
pub(super) struct Mentions {
    split: Vec<(Side, String)>,
    baseline: Option<String>,
    reports: Vec<String>,
    fail_on: Severity,
}

impl Mentions {
    /// The names of the outputs.
    pub(super) fn of(arguments: &ValidateArgs) -> Mentions {
        let name = |path: &std::path::PathBuf| path.display().to_string();
        let reports = arguments.output_file.iter().chain(arguments.report.iter().map(|(_, path)| path));
        Mentions {
            split: arguments.split.iter().map(|(side, path)| (*side, name(path))).collect(),
            baseline: arguments.write_baseline.as_ref().map(name),
            reports: reports.map(name).collect(),
            fail_on: arguments.fail_on.into(),
        }
    }

    /// The closing lines.
    pub(super) fn closing(&self, report: &ValidateReport, elapsed: Duration) -> Vec<String> {
        let mut lines = Vec::new();
        for incomplete in &report.incomplete {
            lines.push(format!("  incomplete: {}: {}", incomplete.file, incomplete.reason));
        }
        for advice in &report.unused_advice {
            lines.push(format!("  the advisor file's `{advice}` fitted no issue"));
        }
        if let Some((valid, rejected)) = report.split {
            for (side, file) in &self.split {
                let (count, what) = match (side, self.fail_on) {
                    (Side::Valid, Severity::Information) => (valid, "without a finding"),
                    (Side::Valid, Severity::Warning) => (valid, "without an error or warning"),
                    (Side::Valid, _) => (valid, "without an error"),
                    (Side::Rejected, _) => (rejected, "rejected"),
                };
                lines.push(format!("  {} {what} → {file}", counted(count, "entry", "entries")));
            }
        }
        if let (Some(count), Some(file)) = (report.baseline_issues, &self.baseline) {
            lines.push(format!("  {} → {file}; next: --baseline {file}", counted(count, "issue", "issues")));
        }
        for file in &self.reports {
            lines.push(format!("  → {file}"));
        }
        let rejected = report.verdict.rejected_count;
        if rejected > 0 {
            let all = counted(report.entries, "entry", "entries");
            lines.push(format!("  {} of {all} rejected", grouped(rejected)));
        }
        lines.push(format!("  {}", took(elapsed)));
        lines
    }
}
