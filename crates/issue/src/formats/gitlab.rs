//! GitLab's Code Quality report: one JSON list, each issue with a fingerprint of its own.
//!
//! GitLab shows one of several issues with the same fingerprint, so here the file and a number enter it besides.
//! Source: <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use std::collections::HashMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Options, Report, clean};
use crate::{Issue, Severity, Verdict, fingerprint, grouped};

/// How many issues are written: each takes some memory, because its number among its equals is kept.
const LIMIT: u64 = 50_000;

/// The report; the verdict is no part of it.
#[derive(Debug)]
pub struct GitLab {
    show_values: bool,
    limit: u64,
    count: u64,
    equals: HashMap<String, u32>,
}

impl GitLab {
    /// A report.
    pub fn new(options: &Options) -> GitLab {
        GitLab { show_values: options.show_values, limit: LIMIT, count: 0, equals: HashMap::new() }
    }

    fn separator(&self) -> &'static [u8] {
        if self.count == 0 { b"[\n" } else { b",\n" }
    }

    fn number_among_equals(&mut self, issue: &Issue) -> String {
        let print = fingerprint::hash([issue.fingerprint().as_str(), path(issue)].into_iter());
        let number = self.equals.entry(print.clone()).or_default();
        *number += 1;
        if *number == 1 {
            print
        } else {
            fingerprint::hash([print.as_str(), &number.to_string()].into_iter())
        }
    }
}

impl Report for GitLab {
    fn issue(&mut self, issue: &Issue, out: &mut dyn Write) -> io::Result<()> {
        if self.count < self.limit {
            let print = self.number_among_equals(issue);
            out.write_all(self.separator())?;
            serde_json::to_writer(&mut *out, &entry(issue, print, self.show_values))?;
        }
        self.count += 1;
        Ok(())
    }

    fn finish(self: Box<Self>, _: &Verdict, out: &mut dyn Write) -> io::Result<()> {
        if self.count > self.limit {
            let description = format!(
                "{} issues were found; this report holds the first {}",
                grouped(self.count),
                grouped(self.limit)
            );
            let entry = json!({
                "description": description,
                "check_name": "report/too-many-issues",
                "fingerprint": fingerprint::hash(["report/too-many-issues"].into_iter()),
                "severity": "info",
                "location": { "path": ".", "lines": { "begin": 1 } },
            });
            out.write_all(b",\n")?;
            serde_json::to_writer(&mut *out, &entry)?;
        }
        out.write_all(if self.count == 0 { b"[]\n" } else { b"\n]\n" })
    }
}

fn entry(issue: &Issue, print: String, show_values: bool) -> Value {
    let mut description = String::new();
    if let Some(path) = &issue.expression {
        description.push_str(path);
        description.push_str(": ");
    }
    description.push_str(issue.text(show_values));
    json!({
        "description": clean(&description),
        "check_name": issue.rule.as_str(),
        "fingerprint": print,
        "severity": match issue.severity {
            Severity::Fatal => "blocker",
            Severity::Error => "major",
            Severity::Warning => "minor",
            Severity::Information => "info",
        },
        "location": { "path": path(issue), "lines": { "begin": issue.line.unwrap_or(1) } },
    })
}

/// GitLab wants no leading `./`, and a path in any case.
fn path(issue: &Issue) -> &str {
    let file = issue.file.as_deref().unwrap_or(".");
    file.strip_prefix("./").unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::super::{Format, samples};
    use super::*;

    #[test]
    fn every_entry_has_the_five_fields_that_gitlab_reads() {
        let text = samples::render(Format::GitLab, &samples::options());
        let list: Vec<Value> = serde_json::from_str(&text).unwrap();
        assert_eq!(list.len(), 3);
        let first = &list[0];
        assert_eq!(first["check_name"], "primitive/date");
        assert_eq!(first["severity"], "major");
        assert_eq!(first["location"], json!({"path": "members/p.ndjson", "lines": {"begin": 12}}));
        assert_eq!(
            first["description"],
            "Patient.birthDate: expected YYYY, YYYY-MM or YYYY-MM-DD, found `NN/NN/NNNN`"
        );
        assert_eq!(list[2]["location"], json!({"path": "b,c:<i>.json", "lines": {"begin": 1}}));
    }

    #[test]
    fn equal_issues_have_fingerprints_of_their_own_that_stay_from_run_to_run() {
        let issue = samples::issues().remove(0);
        let run = || {
            let issues = [issue.clone(), issue.clone(), issue.clone()];
            let text = samples::render_all(Format::GitLab, &samples::options(), &issues, &samples::verdict());
            let list: Vec<Value> = serde_json::from_str(&text).unwrap();
            list.iter().map(|entry| entry["fingerprint"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let prints = run();
        assert_eq!(prints, run());
        assert!(prints[0] != prints[1] && prints[1] != prints[2] && prints[0] != prints[2]);
    }

    #[test]
    fn beyond_the_limit_the_rest_is_counted_in_one_entry() {
        let mut report = Box::new(GitLab { limit: 2, ..GitLab::new(&samples::options()) });
        let mut out = Vec::new();
        for issue in samples::issues() {
            report.issue(&issue, &mut out).unwrap();
        }
        report.finish(&samples::verdict(), &mut out).unwrap();
        let list: Vec<Value> = serde_json::from_slice(&out).unwrap();
        assert_eq!(list.len(), 3);
        assert_eq!(list[2]["description"], "3 issues were found; this report holds the first 2");
    }

    #[test]
    fn without_issues_the_list_is_empty() {
        let text = samples::render_all(Format::GitLab, &samples::options(), &[], &Verdict::default());
        assert_eq!(text, "[]\n");
    }
}
