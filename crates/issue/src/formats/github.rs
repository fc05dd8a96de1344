//! GitHub Actions: workflow commands that annotate files, and a summary in Markdown.
//!
//! GitHub shows at most ten annotations of a kind (error, warning, notice) a step; this report writes no more and
//! counts the others in one line. The summary is another report, for the file that `GITHUB_STEP_SUMMARY` names.
//! Source: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

mod summary;

use std::io::{self, Write};

pub use summary::Summary;

use super::{Options, Report, clean};
use crate::{Issue, Severity, Verdict, counted};

/// How many annotations of a kind GitHub shows a step.
const LIMIT: u64 = 10;

/// The report: annotations, then plain lines with what was left out and the verdict.
#[derive(Debug)]
pub struct Annotations {
    show_values: bool,
    counts: [u64; 3],
}

/// The kinds of annotations, in the order of the counts.
const KINDS: [&str; 3] = ["error", "warning", "notice"];

impl Annotations {
    /// A report.
    pub fn new(options: &Options) -> Annotations {
        Annotations { show_values: options.show_values, counts: [0; 3] }
    }
}

impl Report for Annotations {
    fn issue(&mut self, issue: &Issue, out: &mut dyn Write) -> io::Result<()> {
        let kind = match issue.severity {
            Severity::Fatal | Severity::Error => 0,
            Severity::Warning => 1,
            Severity::Information => 2,
        };
        let (Some(count), Some(name)) = (self.counts.get_mut(kind), KINDS.get(kind)) else { return Ok(()) };
        *count += 1;
        if *count > LIMIT {
            return Ok(());
        }
        write!(out, "::{name} ")?;
        if let Some(file) = issue.file.as_deref().filter(|file| *file != "-") {
            write!(out, "file={},", property(file))?;
        }
        if let Some(line) = issue.line {
            write!(out, "line={line},")?;
        }
        if let Some(column) = issue.column {
            write!(out, "col={column},")?;
        }
        writeln!(out, "title={}::{}", property(issue.rule.as_str()), data(&words(issue, self.show_values)))
    }

    fn finish(self: Box<Self>, verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
        let nouns = [("error", "errors"), ("warning", "warnings"), ("notice", "notices")];
        let left_out = self.counts.iter().zip(nouns).filter(|(count, _)| **count > LIMIT);
        let left_out: Vec<String> =
            left_out.map(|(count, (one, many))| counted(*count - LIMIT, one, many)).collect();
        if !left_out.is_empty() {
            writeln!(
                out,
                "not annotated, because GitHub shows {LIMIT} of a kind a step: {}",
                left_out.join(", ")
            )?;
        }
        write!(out, "{verdict}")
    }
}

/// Path, message and help, each on a line of the annotation.
fn words(issue: &Issue, show_values: bool) -> String {
    let mut words = String::new();
    if let Some(path) = issue.expression.as_deref().or(issue.entry.as_deref()) {
        words.push_str(&clean(path));
        words.push_str(": ");
    }
    words.push_str(&clean(issue.text(show_values)));
    if let Some(help) = &issue.help {
        words.push_str("\nhelp: ");
        words.push_str(&clean(help));
    }
    words
}

/// The text of a command: percent signs and line ends are written as the runner reads them.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command, where a colon or comma would end it too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::{Format, samples};
    use super::*;

    #[test]
    fn annotations_are_escaped_as_the_runner_reads_them() {
        let text = samples::render(Format::GitHub, &samples::options());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            "::error file=members/p.ndjson,line=12,col=39,title=primitive/date::Patient.birthDate: expected YYYY, \
             YYYY-MM or YYYY-MM-DD, found `NN/NN/NNNN`%0Ahelp: write the year first"
        );
        assert_eq!(
            lines[2],
            "::warning file=b%2Cc%3A<i>.json,title=profile/unknown::Bundle.entry[3].resource.meta.profile[0]: \
             <b>\"50%25 & more\"</b> ::error::, ok: ]]>"
        );
        assert!(lines[3].starts_with("2 errors, 1 warning found in"));
        assert_eq!(property("a\r\nb:c,d%"), "a%0D%0Ab%3Ac%2Cd%25");
    }

    #[test]
    fn ten_of_a_kind_are_annotated_and_the_rest_is_counted_in_one_line() {
        let issues: Vec<Issue> = (0..12).flat_map(|_| samples::issues()).collect();
        let text = samples::render_all(Format::GitHub, &samples::options(), &issues, &samples::verdict());
        let commands = |kind: &str| text.lines().filter(|line| line.starts_with(kind)).count();
        assert_eq!((commands("::error "), commands("::warning "), commands("::")), (10, 10, 20));
        assert!(text.contains("shows 10 of a kind a step: 14 errors, 2 warnings\n"), "{text}");
    }
}
