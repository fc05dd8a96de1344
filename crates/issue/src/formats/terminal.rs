//! Issues for people: a header, the place, the piece of input, notes.
//!
//! ```text
//! error[structure/unknown-type]: "Bundel" is not an R4 resource type
//!   --> in.json:1:17
//!    |
//!  1 | {"resourceType":"Bundel","type":"searchset"}
//!    |                 ^^^^^^^^
//!    = help: did you mean "Bundle"?
//! ```

use std::fmt::Write as _;
use std::io;

use super::{Options, Report, clean};
use crate::{Issue, Severity, Verdict};

/// How issues are shown to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Whether to colour: the meaning never depends on it.
    pub color: bool,
    /// Whether values of the data may be shown; otherwise pieces of input keep structure and keys only.
    pub show_values: bool,
}

impl Terminal {
    /// No colours, no values: what a log file gets.
    pub fn plain() -> Terminal {
        Terminal { color: false, show_values: false }
    }

    /// The issue as text; ends with a line feed.
    pub fn render(&self, issue: &Issue) -> String {
        let paint = self.palette(issue.severity);
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}{}[{}]{}{}: {}{}",
            paint.severity,
            issue.severity,
            issue.rule,
            paint.reset,
            paint.bold,
            clean(issue.text(self.show_values)),
            paint.reset
        );
        let gutter = issue.line.map_or(0, |line| line.to_string().len()).max(2);
        let place = issue.place();
        if !place.is_empty() {
            let _ = write!(text, "{}{}-->{} {}", " ".repeat(gutter), paint.frame, paint.reset, clean(&place));
            if let Some(path) = issue.expression.as_deref().or(issue.entry.as_deref()) {
                let _ = write!(text, "  {}", clean(path));
            }
            text.push('\n');
        }
        self.excerpt(&mut text, issue, gutter, &paint);
        notes(&mut text, issue, gutter, &paint);
        text
    }

    fn excerpt(&self, text: &mut String, issue: &Issue, gutter: usize, paint: &Palette) {
        let Some(excerpt) = &issue.excerpt else { return };
        let window = excerpt.window(self.show_values);
        let line = issue.line.map(|line| line.to_string()).unwrap_or_default();
        let margin = " ".repeat(gutter);
        let (frame, reset) = (paint.frame, paint.reset);
        let _ = writeln!(text, "{margin} {frame}|{reset}");
        let _ = writeln!(text, "{frame}{line:>gutter$} |{reset} {}", window.text);
        let _ = writeln!(
            text,
            "{margin} {frame}|{reset} {}{}{}{reset}",
            " ".repeat(window.caret_at),
            paint.severity,
            "^".repeat(window.caret_count)
        );
    }

    fn palette(&self, severity: Severity) -> Palette {
        if !self.color {
            return Palette { severity: "", bold: "", frame: "", reset: "" };
        }
        let severity = match severity {
            Severity::Fatal | Severity::Error => "\u{1b}[1;31m",
            Severity::Warning => "\u{1b}[1;33m",
            Severity::Information => "\u{1b}[1;36m",
        };
        Palette { severity, bold: "\u{1b}[1m", frame: "\u{1b}[34m", reset: "\u{1b}[0m" }
    }
}

/// The report: the issues with an empty line between them, then the verdict.
#[derive(Debug)]
pub struct Full {
    terminal: Terminal,
}

impl Full {
    /// A report.
    pub fn new(options: &Options) -> Full {
        Full { terminal: Terminal { color: options.color, show_values: options.show_values } }
    }
}

impl Report for Full {
    fn issue(&mut self, issue: &Issue, out: &mut dyn io::Write) -> io::Result<()> {
        out.write_all(self.terminal.render(issue).as_bytes())?;
        out.write_all(b"\n")
    }

    fn finish(self: Box<Self>, verdict: &Verdict, out: &mut dyn io::Write) -> io::Result<()> {
        write!(out, "{verdict}")
    }
}

struct Palette {
    severity: &'static str,
    bold: &'static str,
    frame: &'static str,
    reset: &'static str,
}

fn notes(text: &mut String, issue: &Issue, gutter: usize, paint: &Palette) {
    let margin = " ".repeat(gutter);
    let (frame, reset) = (paint.frame, paint.reset);
    for profile in &issue.profiles {
        let name = profile.rsplit('/').next().unwrap_or(profile);
        let _ = writeln!(text, "{margin} {frame}={reset} profile: {}", clean(name));
    }
    if let Some(help) = &issue.help {
        let _ = writeln!(text, "{margin} {frame}={reset} help: {}", clean(help));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Excerpt, rules};

    fn unknown_type() -> Issue {
        let text = br#"{"resourceType":"Bundel","type":"searchset"}"#;
        Issue::new(&rules::STRUCTURE_UNKNOWN_TYPE, "\"Bundel\" is not an R4 resource type")
            .in_file("in.json")
            .at(12, 17)
            .with_help("did you mean \"Bundle\"?")
            .with_excerpt(Excerpt::new(text, 16))
    }

    #[test]
    fn the_layout_is_the_documented_one() {
        let text = Terminal { color: false, show_values: true }.render(&unknown_type());
        let expected = r#"error[structure/unknown-type]: "Bundel" is not an R4 resource type
  --> in.json:12:17
   |
12 | {"resourceType":"Bundel","type":"searchset"}
   |                 ^^^^^^^^
   = help: did you mean "Bundle"?
"#;
        assert_eq!(text, expected);
    }

    #[test]
    fn without_values_the_line_keeps_structure_and_keys() {
        let text = Terminal::plain().render(&unknown_type());
        assert!(text.contains("12 | {\"resourceType\":\"…\",\"type\":\"…\"}\n"), "{text}");
        assert!(text.contains("   |                 ^^^\n"), "{text}");
    }

    #[test]
    fn colour_adds_only_escapes() {
        let plain = Terminal { color: false, show_values: true }.render(&unknown_type());
        let coloured = Terminal { color: true, show_values: true }.render(&unknown_type());
        let mut stripped = String::new();
        let mut rest = coloured.as_str();
        while let Some((text, escape)) = rest.split_once('\u{1b}') {
            stripped.push_str(text);
            rest = escape.split_once('m').unwrap().1;
        }
        stripped.push_str(rest);
        assert_eq!(stripped, plain);
        assert_ne!(coloured, plain);
    }

    #[test]
    fn a_message_cannot_move_the_cursor() {
        let issue = Issue::new(&rules::IO_NOT_FHIR, "begins \"\u{1b}[2J\"").in_file("a\nb.json");
        let text = Terminal::plain().render(&issue);
        assert!(!text.contains('\u{1b}'));
        assert_eq!(text.lines().count(), 2);
    }
}
