//! The page that GitHub shows for a step: verdict, issues by rule, the worst issues.

use std::io::{self, Write};

use super::super::kept::Kept;
use super::super::{Options, Report};
use super::words;
use crate::{Issue, Severity, Verdict, grouped};

/// GitHub refuses a summary above 1 MiB; other commands of the step may write to the same file.
const SIZE_LIMIT: usize = 1 << 19;
/// How many issues are listed.
const ISSUES: usize = 100;
/// How many rules are listed.
const RULES: usize = 100;
/// How many characters of one message, path or line.
const TEXT_LIMIT: usize = 500;

/// The report, in Markdown. Nothing is written before the end of the run.
#[derive(Debug)]
pub struct Summary {
    show_values: bool,
    kept: Kept<String>,
}

impl Summary {
    /// A report.
    pub fn new(options: &Options) -> Summary {
        Summary { show_values: options.show_values, kept: Kept::new(ISSUES) }
    }
}

impl Report for Summary {
    fn issue(&mut self, issue: &Issue, _: &mut dyn Write) -> io::Result<()> {
        let show_values = self.show_values;
        self.kept.offer(issue, || row(issue, show_values));
        Ok(())
    }

    fn finish(self: Box<Self>, verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
        let mut page = String::from("## fhirkit\n\n");
        let lines = verdict.lines();
        for (number, line) in lines.iter().enumerate() {
            let line = escaped(line);
            page.push_str(&if number == 0 { format!("**{line}**\n\n") } else { format!("- {line}\n") });
        }
        page.push_str(&rules(verdict));
        let (offered, kept) = (self.kept.offered_count(), self.kept.len() as u64);
        if kept > 0 {
            page.push_str("\n| severity | rule | place | issue |\n| --- | --- | --- | --- |\n");
        }
        let mut shown = 0;
        for row in self.kept.into_ordered() {
            if page.len() + row.len() + 200 > SIZE_LIMIT {
                break;
            }
            page.push_str(&row);
            shown += 1;
        }
        if shown < offered {
            page.push_str(&format!(
                "\nThis table shows {} of {} issues, the worst first to be kept.\n",
                grouped(shown),
                grouped(offered)
            ));
        }
        out.write_all(page.as_bytes())
    }
}

fn rules(verdict: &Verdict) -> String {
    if verdict.rules.is_empty() {
        return String::new();
    }
    let mut rows: Vec<_> = verdict.rules.iter().collect();
    rows.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.total()));
    let mut text = String::from("\n| issues | severity | rule |\n| ---: | --- | --- |\n");
    for (rule, counts) in rows.iter().take(RULES) {
        let severity = counts.worst().map_or("", Severity::as_str);
        text.push_str(&format!(
            "| {} | {severity} | {} |\n",
            grouped(counts.total()),
            escaped(rule.as_str())
        ));
    }
    if rows.len() > RULES {
        text.push_str(&format!("\nand {} more rules.\n", grouped((rows.len() - RULES) as u64)));
    }
    text
}

fn row(issue: &Issue, show_values: bool) -> String {
    format!(
        "| {} | {} | {} | {} |\n",
        issue.severity,
        escaped(issue.rule.as_str()),
        escaped(&issue.place()),
        escaped(&words(issue, show_values))
    )
}

/// Every character that could mean something to Markdown, HTML or GitHub's mentions becomes an entity.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars().take(TEXT_LIMIT) {
        match character {
            '\n' => escaped.push_str("<br>"),
            c if c.is_control() => escaped.push(' '),
            c if c.is_ascii_punctuation() && !",;.-()/".contains(c) => {
                escaped.push_str(&format!("&#{};", u32::from(c)));
            }
            c => escaped.push(c),
        }
    }
    if text.chars().nth(TEXT_LIMIT).is_some() {
        escaped.push('…');
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::super::samples;
    use super::*;

    fn render(issues: &[Issue]) -> String {
        let mut summary = Box::new(Summary::new(&samples::options()));
        let mut out = Vec::new();
        issues.iter().for_each(|issue| summary.issue(issue, &mut out).unwrap());
        summary.finish(&samples::verdict(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_verdict_stands_first_and_every_issue_is_a_row() {
        let text = render(&samples::issues());
        assert!(text.starts_with("## fhirkit\n\n**2 errors, 1 warning found in 4 resources"), "{text}");
        assert!(text.contains("| 1 | error | primitive/date |\n"));
        assert!(text.contains(
            "| error | binding/required | members/p.ndjson&#58;13&#58;8 | Patient.gender&#58; F is"
        ));
    }

    #[test]
    fn nothing_of_the_data_is_markdown_or_html() {
        let text = render(&samples::issues());
        assert!(
            text.contains("&#60;b&#62;&#34;50&#37; &#38; more&#34;&#60;/b&#62; &#58;&#58;error"),
            "{text}"
        );
        assert!(!text.contains("<b>") && !text.contains("<i>"));
    }

    #[test]
    fn a_huge_run_stays_below_the_limit_and_says_what_is_left_out() {
        let long = Issue::new(&samples::DATE, "<".repeat(100_000)).in_file("<".repeat(10_000));
        let text = render(&vec![long; 5_000]);
        assert!(text.len() <= SIZE_LIMIT, "{}", text.len());
        assert!(text.contains("of 5,000 issues"), "{}", &text[text.len() - 200..]);
    }
}
