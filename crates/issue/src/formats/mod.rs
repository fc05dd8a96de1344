//! Renderers: one file a format. They read issues and never change them.
//!
//! A [`Report`] takes the issues of a run one after another and at its end the [`Verdict`]; it writes what it can
//! at once and keeps only counts, or a limited number of issues where the format needs them together.

pub mod concise;
mod escape;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod json;
pub mod json_lines;
pub mod junit;
mod kept;
pub mod operation_outcome;
#[cfg(test)]
pub(crate) mod samples;
pub mod sarif;
pub mod terminal;

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use crate::excerpt::printable;
use crate::{Catalog, Issue, Severity, Verdict};

/// The version of this program as reports name it.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The version of the layout of `json`, and of the records in it.
pub const SCHEMA_VERSION: u32 = 1;

/// One report of a run: issues in input order, then the verdict.
pub trait Report: Send {
    /// Takes the next issue.
    ///
    /// # Errors
    /// When `out` cannot be written.
    fn issue(&mut self, issue: &Issue, out: &mut dyn Write) -> io::Result<()>;

    /// Ends the report; what it held back is written now. Also called when there was no issue.
    ///
    /// # Errors
    /// When `out` cannot be written.
    fn finish(self: Box<Self>, verdict: &Verdict, out: &mut dyn Write) -> io::Result<()>;
}

/// What all reports of a run have in common.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether values of the data may be shown; otherwise they appear as shapes, and pieces of input keep structure
    /// and keys only.
    pub show_values: bool,
    /// Whether to colour, where the format is one for people.
    pub color: bool,
    /// From which severity on an issue fails the run.
    pub fail_on: Severity,
    /// Where rules are looked up for their summary and page.
    pub catalog: Catalog,
}

impl Default for Options {
    /// No values, no colour, errors fail, the rules of this crate.
    fn default() -> Options {
        Options { show_values: false, color: false, fail_on: Severity::Error, catalog: Catalog::default() }
    }
}

macro_rules! formats {
    ($($variant:ident = $name:literal, $carries_verdict:literal, $report:expr, $doc:literal;)*) => {
        /// A format of reports, under the name it has on the command line.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Format {
            $(#[doc = concat!("`", $name, "`: ", $doc, ".")] $variant,)*
        }

        impl Format {
            /// All of them, in the order of the command line's help.
            pub const ALL: &[Format] = &[$(Format::$variant,)*];

            /// The name on the command line.
            pub fn as_str(self) -> &'static str {
                match self { $(Format::$variant => $name,)* }
            }

            /// Whether the verdict is part of the report; where it is not, print it elsewhere.
            pub fn carries_verdict(self) -> bool {
                match self { $(Format::$variant => $carries_verdict,)* }
            }

            /// A report of this format, nothing in it yet.
            pub fn report(self, options: &Options) -> Box<dyn Report> {
                let make: fn(&Options) -> Box<dyn Report> = match self { $(Format::$variant => $report,)* };
                make(options)
            }
        }
    };
}

formats! {
    Full = "full", true, |o| Box::new(terminal::Full::new(o)), "for people: place, piece of input, help";
    Concise = "concise", false, |o| Box::new(concise::Concise::new(o)), "one line an issue";
    Json = "json", true, |o| Box::new(json::Json::new(o)), "all records in one list under a header";
    JsonLines = "json-lines", false, |o| Box::new(json_lines::JsonLines::new(o)), "one record a line";
    OperationOutcome = "operation-outcome", true, |o| Box::new(operation_outcome::Outcome::new(o)),
        "one OperationOutcome of R4";
    Sarif = "sarif", true, |o| Box::new(sarif::Sarif::new(o)), "SARIF 2.1.0, for code scanning";
    JUnit = "junit", true, |o| Box::new(junit::JUnit::new(o)), "JUnit's XML";
    GitHub = "github", true, |o| Box::new(github::Annotations::new(o)), "annotations of GitHub Actions";
    GitLab = "gitlab", false, |o| Box::new(gitlab::GitLab::new(o)), "GitLab's Code Quality report";
    Html = "html", true, |o| Box::new(html::Html::new(o)), "one self-contained page";
}

impl FromStr for Format {
    type Err = String;

    /// Reads the name on the command line; the error says which names there are.
    fn from_str(text: &str) -> Result<Format, String> {
        let found = Format::ALL.iter().find(|format| format.as_str() == text);
        found.copied().ok_or_else(|| {
            let names: Vec<&str> = Format::ALL.iter().map(|format| format.as_str()).collect();
            format!("`{text}` is not a format ({})", names.join(", "))
        })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// File names and messages may quote the input; control characters must not reach a terminal or end a line.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().any(char::is_control) {
        Cow::Owned(text.chars().map(printable).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// The issue as the machine record has it: its message with values where they may be shown.
pub(crate) fn record(issue: &Issue, show_values: bool) -> Cow<'_, Issue> {
    match &issue.with_values {
        Some(text) if show_values => {
            Cow::Owned(Issue { message: text.clone(), excerpt: None, ..issue.clone() })
        }
        _ => Cow::Borrowed(issue),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_read_by_its_own_name() {
        for format in Format::ALL {
            assert_eq!(Format::from_str(format.as_str()), Ok(*format));
        }
        assert!(Format::from_str("xml").unwrap_err().contains("full, concise, json, json-lines"));
    }

    #[test]
    fn no_format_shows_a_value_unless_asked_to() {
        for format in Format::ALL {
            let hidden = samples::render(*format, &Options::default());
            for value in ["06/06/1944", "Ortiz", "1944"] {
                assert!(!hidden.contains(value), "{format} shows {value}: {hidden}");
            }
            assert!(hidden.contains("NN/NN/NNNN"), "{format}: {hidden}");
            let shown = samples::render(*format, &Options { show_values: true, ..Options::default() });
            assert!(shown.contains("06/06/1944"), "{format}: {shown}");
        }
    }

    #[test]
    fn every_format_says_something_of_a_run_without_issues_or_nothing_at_all() {
        for format in Format::ALL {
            let mut out = Vec::new();
            let report = format.report(&Options::default());
            report.finish(&Verdict { input_count: 1, ..Verdict::default() }, &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert_eq!(
                format.carries_verdict(),
                text.contains("nothing was checked") || text.contains("\"verdict\"")
            );
        }
    }
}
