//! What is wrong, where: the record of one fault in the data, and the renderers that make words of it.
//!
//! Every room that meets bad data says so with an [`Issue`]: which [`rule`](RuleId) was broken, how bad that
//! is ([`Severity`]), what kind of fault FHIR calls it ([`IssueType`]) and where it stands. Bad data is an
//! issue and the stream goes on; an `Err` is kept for when the tool itself cannot go on.
//!
//! ```
//! use fhirkit_issue::{Issue, formats::json_lines, formats::terminal, rules};
//!
//! let issue = Issue::new(&rules::IO_EMPTY, "the file holds no bytes").in_file("members/a.json");
//! let text = terminal::Terminal::plain().render(&issue);
//! assert_eq!(text, "error[io/empty]: the file holds no bytes\n  --> members/a.json\n");
//! assert!(json_lines::line(&issue)?.starts_with(r#"{"file":"members/a.json","severity":"error""#));
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! A run passes its issues through a [`filter`] (selection, advisor, baseline), counts them in a [`Verdict`] and
//! hands them to one or several [`Report`]s, each of a [`Format`]:
//!
//! ```
//! use fhirkit_issue::{Format, Issue, Message, Options, Verdict, rules};
//!
//! let mut verdict = Verdict { input_count: 1, ..Verdict::default() };
//! let mut report = Format::Concise.report(&Options::default());
//! let mut out = Vec::new();
//! let message = Message::new().value("06/06/1944").text(" is no date of FHIR");
//! let issue = Issue::about(&rules::VIEW_UNFIT, message).in_file("p.json").at(12, 16);
//! verdict.note(&issue);
//! report.issue(&issue, &mut out)?;
//! report.finish(&verdict, &mut out)?;
//! // Values are shown only where `Options::show_values` says so.
//! assert_eq!(String::from_utf8_lossy(&out), "p.json:12:16: warning[view/unfit] NN/NN/NNNN is no date of FHIR\n");
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Left out on purpose: finding faults (that is the work of `source`, `view` and later `validate`), exit codes
//! (`cli`), and reading files again to show a line of them: who makes an issue hands over an [`Excerpt`].

mod catalog;
mod excerpt;
pub mod filter;
mod fingerprint;
pub mod formats;
pub mod from_source;
mod issue;
mod issue_type;
mod message;
mod redact;
mod rule;
pub mod rules;
mod severity;
pub mod verdict;
mod words;

pub use catalog::Catalog;
pub use excerpt::{Excerpt, Excerpts};
pub use formats::{Format, Options, Report};
pub use issue::{CellIssue, Issue};
pub use issue_type::IssueType;
pub use message::Message;
pub use redact::shape;
pub use rule::{Error, RuleId};
pub use severity::Severity;
pub use verdict::Verdict;
pub use words::{counted, grouped};
