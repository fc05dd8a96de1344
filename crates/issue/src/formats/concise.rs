//! One line an issue, as editors and `grep` read it: `file:line:column: severity[rule] message`.

use std::io::{self, Write};

use super::{Options, Report, clean};
use crate::{Issue, Verdict};

/// The report; the verdict is no part of it, so that every line is an issue.
#[derive(Debug)]
pub struct Concise {
    show_values: bool,
}

impl Concise {
    /// A report.
    pub fn new(options: &Options) -> Concise {
        Concise { show_values: options.show_values }
    }
}

impl Report for Concise {
    fn issue(&mut self, issue: &Issue, out: &mut dyn Write) -> io::Result<()> {
        let place = issue.place();
        if !place.is_empty() {
            write!(out, "{}: ", clean(&place))?;
        }
        write!(out, "{}[{}] ", issue.severity, issue.rule)?;
        if let Some(path) = issue.expression.as_deref().or(issue.entry.as_deref()) {
            write!(out, "{}: ", clean(path))?;
        }
        writeln!(out, "{}", clean(issue.text(self.show_values)))
    }

    fn finish(self: Box<Self>, _: &Verdict, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, samples};

    #[test]
    fn an_issue_is_one_line_with_place_rule_path_and_message() {
        assert_eq!(
            samples::render(Format::Concise, &samples::options()),
            "members/p.ndjson:12:39: error[primitive/date] Patient.birthDate: expected YYYY, YYYY-MM or \
             YYYY-MM-DD, found `NN/NN/NNNN`\n\
             members/p.ndjson:13:8: error[binding/required] Patient.gender: F is not in administrative-gender\n\
             b,c:<i>.json at byte 7: warning[profile/unknown] Bundle.entry[3].resource.meta.profile[0]: \
             <b>\"50% & more\"</b> ::error::, ok: ]]>\n"
        );
    }
}
