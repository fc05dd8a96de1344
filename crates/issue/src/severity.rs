//! How bad an issue is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How bad an issue is, from worst to mildest, in FHIR's words; `Fatal < Error` in sort order.
///
/// Source: <https://hl7.org/fhir/R4/valueset-issue-severity.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The input could not be read to its end, or the sender says that the record is partial.
    Fatal,
    /// The data breaks a rule.
    Error,
    /// The data is suspicious, or a cell could not be carried as asked.
    Warning,
    /// Worth knowing, nothing wrong.
    Information,
}

impl Severity {
    /// All four, from worst to mildest.
    pub const ALL: [Severity; 4] =
        [Severity::Fatal, Severity::Error, Severity::Warning, Severity::Information];

    /// The word as it stands in every machine format.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Fatal => "fatal",
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Information => "information",
        }
    }

    /// Whether this severity is as bad as `threshold`, or worse: the question behind `--fail-on`.
    pub fn reaches(self, threshold: Severity) -> bool {
        self <= threshold
    }
}

impl FromStr for Severity {
    type Err = String;

    /// Reads FHIR's word; the error says which words there are.
    fn from_str(text: &str) -> Result<Severity, String> {
        let known = Severity::ALL.into_iter().find(|severity| severity.as_str() == text);
        known.ok_or_else(|| format!("`{text}` is not a severity (fatal, error, warning, information)"))
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fatal_reaches_every_threshold_and_a_warning_does_not_reach_error() {
        assert!(Severity::Fatal.reaches(Severity::Error));
        assert!(Severity::Error.reaches(Severity::Error));
        assert!(!Severity::Warning.reaches(Severity::Error));
        assert!(Severity::Warning.reaches(Severity::Warning));
    }
}
