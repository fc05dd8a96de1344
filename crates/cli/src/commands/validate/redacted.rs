//! `--redact`: reports that never see what the data says.

use std::io::{self, Write};

use fhirkit_issue::{Issue, Report, Verdict};

/// A report that is given every issue without values, codes and ids.
pub(super) struct Redacted(pub(super) Box<dyn Report>);

impl Report for Redacted {
    fn issue(&mut self, issue: &Issue, out: &mut dyn Write) -> io::Result<()> {
        self.0.issue(&issue.redacted(), out)
    }

    fn finish(self: Box<Self>, verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
        self.0.finish(verdict, out)
    }
}
