//! Why a filter cannot be set up: a fault of the command line or of a file, not of the data.

use std::fmt;

/// What is wrong with a name or file that says which issues to report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    message: String,
    help: Option<String>,
}

impl FilterError {
    pub(super) fn new(message: impl Into<String>) -> FilterError {
        FilterError { message: message.into(), help: None }
    }

    pub(super) fn with_help(mut self, help: impl Into<String>) -> FilterError {
        self.help = Some(help.into());
        self
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for FilterError {}

impl From<serde_json::Error> for FilterError {
    fn from(error: serde_json::Error) -> FilterError {
        FilterError::new(error.to_string())
    }
}
