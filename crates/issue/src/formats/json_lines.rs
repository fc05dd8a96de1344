//! One JSON object a line: the machine record.

use std::io;

use serde::Serialize;

use super::{Options, Report, record};
use crate::{Issue, Verdict};

/// The report: records only, the verdict is no part of it.
#[derive(Debug)]
pub struct JsonLines {
    show_values: bool,
}

impl JsonLines {
    /// A report.
    pub fn new(options: &Options) -> JsonLines {
        JsonLines { show_values: options.show_values }
    }
}

impl Report for JsonLines {
    fn issue(&mut self, issue: &Issue, mut out: &mut dyn io::Write) -> io::Result<()> {
        write(&mut out, &*record(issue, self.show_values))
    }

    fn finish(self: Box<Self>, _: &Verdict, _: &mut dyn io::Write) -> io::Result<()> {
        Ok(())
    }
}

/// The record as one line, without the line feed. Takes an [`crate::Issue`] or a [`crate::CellIssue`].
///
/// # Errors
/// None for the records of this crate; the signature is serde's.
pub fn line<R: Serialize>(record: &R) -> Result<String, serde_json::Error> {
    serde_json::to_string(record)
}

/// Writes the record and a line feed.
///
/// # Errors
/// When `out` cannot be written.
pub fn write<R: Serialize>(out: &mut impl io::Write, record: &R) -> io::Result<()> {
    serde_json::to_writer(&mut *out, record)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules;

    #[test]
    fn each_record_is_one_line_whatever_the_message_holds() {
        let mut out = Vec::new();
        for message in ["a", "two\nlines", "tab\t\"quote\""] {
            write(&mut out, &Issue::new(&rules::JSON_SYNTAX, message)).unwrap();
        }
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), 3);
        assert!(text.ends_with('\n'));
        for line in text.lines() {
            assert!(serde_json::from_str::<Issue>(line).is_ok());
        }
    }
}
