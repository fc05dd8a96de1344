//! One page for a browser, whole in itself: no network, no library, readable without JavaScript.
//!
//! Verdict, charts of all issues by rule and by resource type, then the worst issues with their source window; the
//! script only adds filters. A policy in the page forbids it to load anything.

mod card;
mod chart;

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::escape::markup;
use super::kept::Kept;
use super::{Options, Report, VERSION};
use crate::verdict::Severities;
use crate::{Issue, Severity, Verdict, grouped};

/// How many issues the page holds.
const LIMIT: usize = 2_000;
/// How many types of resources are counted apart; the types of R4 are fewer, hostile input has more.
const TYPES: usize = 200;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// The report. Nothing is written before the end of the run: the verdict stands first.
#[derive(Debug)]
pub struct Html {
    show_values: bool,
    kept: Kept<String>,
    by_rule: BTreeMap<String, Severities>,
    by_type: BTreeMap<String, Severities>,
}

impl Html {
    /// A report.
    pub fn new(options: &Options) -> Html {
        let (by_rule, by_type) = (BTreeMap::new(), BTreeMap::new());
        Html { show_values: options.show_values, kept: Kept::new(LIMIT), by_rule, by_type }
    }
}

impl Report for Html {
    fn issue(&mut self, issue: &Issue, _: &mut dyn Write) -> io::Result<()> {
        count(&mut self.by_rule, issue.rule.as_str(), issue.severity);
        let resource = issue.resource_type.as_deref().unwrap_or("(no resource)");
        count(&mut self.by_type, resource, issue.severity);
        let show_values = self.show_values;
        self.kept.offer(issue, || card::render(issue, show_values));
        Ok(())
    }

    fn finish(self: Box<Self>, verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
        write_head(verdict, out)?;
        out.write_all(b"<main>\n")?;
        if !self.by_rule.is_empty() {
            out.write_all(b"<div class=\"charts\">\n")?;
            out.write_all(chart::bars("by-rule", "Issues by rule", &self.by_rule).as_bytes())?;
            out.write_all(chart::bars("by-type", "Issues by resource type", &self.by_type).as_bytes())?;
            out.write_all(b"</div>\n")?;
        }
        write_issues(self.kept, out)?;
        write!(out, "</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n")
    }
}

fn count(counts: &mut BTreeMap<String, Severities>, name: &str, severity: Severity) {
    if let Some(known) = counts.get_mut(name) {
        known.add(severity, 1);
        return;
    }
    let name = if counts.len() < TYPES { name } else { "(others)" };
    counts.entry(name.to_owned()).or_default().add(severity, 1);
}

fn write_head(verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    let lines = verdict.lines();
    let class = match verdict.severities.worst() {
        Some(Severity::Fatal | Severity::Error) => "error",
        _ if verdict.is_incomplete || verdict.rejected_count > 0 => "error",
        Some(Severity::Warning) => "warning",
        _ => "information",
    };
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                  base-uri 'none'; form-action 'none'";
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>fhirkit: {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#issues\">Skip to the issues</a>\n<header>\n<h1>FHIR validation report</h1>\n",
        markup(lines.first().map_or("", String::as_str))
    )?;
    for (number, line) in lines.iter().enumerate() {
        let (before, after) = match number {
            0 => (format!("<p class=\"verdict {class}\">"), "</p>\n<ul>\n"),
            _ => ("<li>".to_owned(), "</li>\n"),
        };
        write!(out, "{before}{}{after}", markup(line))?;
    }
    writeln!(out, "</ul>\n<p class=\"tool\">fhirkit {VERSION}</p>\n</header>")
}

fn write_issues(kept: Kept<String>, out: &mut dyn Write) -> io::Result<()> {
    let (offered, dropped) = (kept.offered_count(), kept.dropped_count());
    out.write_all(b"<section aria-labelledby=\"issues\">\n<h2 id=\"issues\" tabindex=\"-1\">Issues</h2>\n")?;
    if dropped > 0 {
        let shown = grouped(offered - dropped);
        writeln!(
            out,
            "<p class=\"cap\">This page holds the worst {shown} of {} issues. The charts count all of them; the \
             formats json and json-lines list all of them.</p>",
            grouped(offered)
        )?;
    }
    if offered == 0 {
        out.write_all(b"<p>No issue was reported.</p>\n</section>\n")?;
        return Ok(());
    }
    out.write_all(FILTERS.as_bytes())?;
    out.write_all(b"<ol class=\"issues\">\n")?;
    for card in kept.into_ordered() {
        out.write_all(card.as_bytes())?;
    }
    out.write_all(b"</ol>\n</section>\n")
}

/// Hidden until the script fills them.
const FILTERS: &str = r#"<noscript><p>The filters need JavaScript; all issues are listed below.</p></noscript>
<form id="filters" hidden aria-label="Filter the issues">
<label>Severity <select name="severity"></select></label>
<label>Rule <select name="rule"></select></label>
<label>Profile <select name="profile"></select></label>
<label>File <select name="file"></select></label>
<label>Text <input name="text" type="search" autocomplete="off"></label>
<button type="reset">Clear</button>
<output id="count" aria-live="polite"></output>
</form>
"#;

#[cfg(test)]
mod tests {
    use super::super::{Format, samples};
    use super::*;

    fn page() -> String {
        samples::render(Format::Html, &samples::options())
    }

    #[test]
    fn the_page_loads_nothing_and_may_not() {
        let page = page();
        assert!(page.contains("content=\"default-src 'none';"));
        for reference in ["src=", "href=\"http", "@import", "url(", "fetch(", "innerHTML", "document.write"] {
            assert!(!page.contains(reference), "{reference}");
        }
    }

    #[test]
    fn nothing_of_the_data_is_markup() {
        let page = page();
        assert!(page.contains("&lt;b&gt;&quot;50% &amp; more&quot;&lt;/b&gt;"), "{page}");
        assert!(!page.contains("<b>") && !page.contains("<i>"));
        assert_eq!(page.matches("<script").count(), 1);
    }

    #[test]
    fn verdict_charts_filters_and_source_window_are_there() {
        let page = page();
        assert!(
            page.contains(
                "<p class=\"verdict error\">2 errors, 1 warning found in 4 resources of 2 inputs</p>"
            )
        );
        assert!(page.contains("<svg role=\"img\" aria-labelledby=\"by-rule-title\""));
        assert!(page.contains("<svg role=\"img\" aria-labelledby=\"by-type-title\""));
        assert!(page.contains("&quot;birthDate&quot;:<mark>&quot;…&quot;</mark>"), "{page}");
        assert!(page.contains("data-rule=\"primitive/date\" data-severity=\"error\""));
    }

    #[test]
    fn a_huge_run_gives_a_page_of_limited_size_that_says_so() {
        let issues: Vec<Issue> = (0..3_000).flat_map(|_| samples::issues()).collect();
        let page = samples::render_all(Format::Html, &samples::options(), &issues, &samples::verdict());
        assert_eq!(page.matches("<li class=\"issue ").count(), LIMIT);
        assert!(page.contains("This page holds the worst 2,000 of 9,000 issues."));
        assert!(page.contains(">3,000</text>"), "the chart counts all");
    }
}
