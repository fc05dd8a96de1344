//! JUnit's XML: a suite a file, a case an issue, and a suite with the verdict.
//!
//! An issue that fails the run is a `failure` (a fatal one an `error`), a milder one is `skipped`, because JUnit
//! has no warnings. What could not be checked is `skipped` too, so that a green run shows it. Valid against the
//! schema that Jenkins uses (`junit-10.xsd`).

use std::io::{self, Write};
use std::sync::Arc;

use super::escape::markup;
use super::{Options, Report, VERSION};
use crate::{Issue, Severity, Verdict, counted};

/// How many cases of one file are written; the counts of a suite stand before its cases, so these are held.
const LIMIT: u64 = 1_000;

/// The report.
#[derive(Debug)]
pub struct JUnit {
    show_values: bool,
    fail_on: Severity,
    has_begun: bool,
    suite: Option<Suite>,
}

#[derive(Debug, Default)]
struct Suite {
    file: Arc<str>,
    cases: String,
    count: u64,
    failure_count: u64,
    error_count: u64,
    skipped_count: u64,
    left_out: u64,
    /// Of those left out, how many fail the run.
    left_out_failures: u64,
}

impl JUnit {
    /// A report.
    pub fn new(options: &Options) -> JUnit {
        let (show_values, fail_on) = (options.show_values, options.fail_on);
        JUnit { show_values, fail_on, has_begun: false, suite: None }
    }

    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.has_begun {
            return Ok(());
        }
        self.has_begun = true;
        out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"fhirkit\">\n")
    }

    fn end_suite(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match self.suite.take() {
            Some(suite) => suite.write(out),
            None => Ok(()),
        }
    }
}

impl Report for JUnit {
    fn issue(&mut self, issue: &Issue, out: &mut dyn Write) -> io::Result<()> {
        self.begin(out)?;
        let file = issue.file.clone().unwrap_or_else(|| Arc::from("-"));
        if self.suite.as_ref().is_none_or(|suite| suite.file != file) {
            self.end_suite(out)?;
            self.suite = Some(Suite { file, ..Suite::default() });
        }
        if let Some(suite) = &mut self.suite {
            suite.add(issue, self.show_values, self.fail_on);
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
        self.begin(out)?;
        self.end_suite(out)?;
        verdict_suite(verdict).write(out)?;
        out.write_all(b"</testsuites>\n")
    }
}

impl Suite {
    fn add(&mut self, issue: &Issue, show_values: bool, fail_on: Severity) {
        let fails = issue.severity.reaches(fail_on);
        if self.count >= LIMIT {
            self.left_out += 1;
            self.left_out_failures += u64::from(fails);
            return;
        }
        let path = issue.expression.as_deref().or(issue.entry.as_deref()).unwrap_or_default();
        let name = format!("{} {path} {}", issue.rule, place(issue));
        let tag = match issue.severity {
            Severity::Fatal => "error",
            _ if fails => "failure",
            _ => "skipped",
        };
        let mut body = format!("{}: {}", issue.severity, issue.text(show_values));
        body.extend(issue.profiles.iter().map(|profile| format!("\nprofile: {profile}")));
        body.extend(issue.help.iter().map(|help| format!("\nhelp: {help}")));
        self.case(name.trim(), tag, issue.rule.as_str(), issue.text(show_values), &body);
    }

    fn case(&mut self, name: &str, tag: &str, kind: &str, message: &str, body: &str) {
        self.count += 1;
        match tag {
            "error" => self.error_count += 1,
            "failure" => self.failure_count += 1,
            _ => self.skipped_count += 1,
        }
        self.cases.push_str(&format!(
            "    <testcase name=\"{}\" classname=\"{}\">\n      <{tag} type=\"{}\" message=\"{}\">{}</{tag}>\n    \
             </testcase>\n",
            attribute(name),
            attribute(&self.file),
            attribute(kind),
            attribute(message),
            markup(body)
        ));
    }

    fn write(mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.left_out > 0 {
            let words =
                format!("{} of this file left out", counted(self.left_out, "more issue", "more issues"));
            let tag = if self.left_out_failures > 0 { "failure" } else { "skipped" };
            self.case("more issues", tag, "report/too-many-issues", &words, &words);
        }
        writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
            attribute(&self.file),
            self.count,
            self.failure_count,
            self.error_count,
            self.skipped_count
        )?;
        out.write_all(self.cases.as_bytes())?;
        out.write_all(b"  </testsuite>\n")
    }
}

/// A case that passes and says what was checked, and one that is skipped for each kind of what was not.
fn verdict_suite(verdict: &Verdict) -> Suite {
    let mut suite = Suite { file: Arc::from(format!("fhirkit {VERSION}")), ..Suite::default() };
    suite.count = 1;
    suite.cases = format!(
        "    <testcase name=\"verdict\" classname=\"{}\">\n      <system-out>{}</system-out>\n    </testcase>\n",
        attribute(&suite.file),
        markup(&verdict.to_string())
    );
    let missing = &verdict.not_checked;
    for (kind, counts) in [
        ("value set", &missing.value_sets),
        ("code system", &missing.code_systems),
        ("constraint", &missing.constraints),
        ("discriminator", &missing.discriminators),
        ("other", &missing.others),
    ] {
        for (name, count) in counts.iter().take(LIMIT as usize) {
            let words = format!("{kind} not checked, {}", counted(*count, "time", "times"));
            suite.case(&format!("{kind} {name}"), "skipped", "not-checked", &words, "");
        }
    }
    for (canonical, unknown) in missing.profiles.iter().take(LIMIT as usize) {
        let mut words = format!("unknown profile, {}", counted(unknown.count, "time", "times"));
        words.extend(unknown.suggestion.iter().map(|meant| format!("; did you mean {meant}?")));
        suite.case(&format!("profile {canonical}"), "skipped", "not-checked", &words, "");
    }
    suite
}

fn place(issue: &Issue) -> String {
    match (issue.line, issue.column, issue.byte) {
        (Some(line), Some(column), _) => format!("({line}:{column})"),
        (Some(line), None, _) => format!("({line})"),
        (None, _, Some(byte)) => format!("(byte {byte})"),
        _ => String::new(),
    }
}

/// In an attribute a line end would be read as a blank anyway.
fn attribute(text: &str) -> String {
    markup(text).replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::super::{Format, samples};
    use super::*;

    #[test]
    fn a_file_is_a_suite_with_its_counts_and_an_issue_is_a_case() {
        let text = samples::render(Format::JUnit, &samples::options());
        assert!(text.contains(
            "<testsuite name=\"members/p.ndjson\" tests=\"2\" failures=\"2\" errors=\"0\" skipped=\"0\">\n    \
             <testcase name=\"primitive/date Patient.birthDate (12:39)\" classname=\"members/p.ndjson\">\n      \
             <failure type=\"primitive/date\" message=\"expected YYYY, YYYY-MM or YYYY-MM-DD, found `NN/NN/NNNN`\">\
             error: expected"
        ), "{text}");
        assert!(text.contains(
            "<testsuite name=\"b,c:&lt;i&gt;.json\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\">"
        ), "{text}");
    }

    #[test]
    fn what_was_not_checked_is_skipped_and_the_verdict_is_said() {
        let text = samples::render(Format::JUnit, &samples::options());
        assert!(text.contains("tests=\"4\" failures=\"0\" errors=\"0\" skipped=\"3\""), "{text}");
        assert!(
            text.contains("<system-out>2 errors, 1 warning found in 4 resources of 2 inputs\n"),
            "{text}"
        );
        assert!(text.contains("message=\"unknown profile, 1 time; did you mean http://hl7.org"), "{text}");
    }

    #[test]
    fn warnings_fail_where_the_run_fails_on_warnings() {
        let options = Options { fail_on: Severity::Warning, ..samples::options() };
        assert!(samples::render(Format::JUnit, &options).contains("<failure type=\"profile/unknown\""));
    }

    #[test]
    fn beyond_the_limit_one_case_counts_the_rest() {
        let issues = vec![samples::issues().remove(1); LIMIT as usize + 5];
        let text = samples::render_all(Format::JUnit, &samples::options(), &issues, &Verdict::default());
        assert!(text.contains("tests=\"1001\" failures=\"1001\""));
        assert!(text.contains("message=\"5 more issues of this file left out\""));
    }
}
