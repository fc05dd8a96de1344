//! How a run ends: the one list of exit codes, and the failures that lead to them.

use std::io;
use std::process::ExitCode;

use fhirkit_issue::rules::{self, Rule};
use fhirkit_issue::{Issue, IssueType, RuleId, Severity, from_source};

/// The exit codes. When several apply to one run, [`Exit::and`] keeps the first of 130, 2, 5, 4, 3, 6, 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Exit {
    /// 0: nothing to report.
    Clean,
    /// 1: findings at or above `--fail-on`, rejected or refused entries.
    Findings,
    /// 6: the input is known to be partial; what is whole was written.
    Incomplete,
    /// 3: nothing readable: an input is missing, or not FHIR.
    NothingReadable,
    /// 4: network or authorization.
    Network,
    /// 5: an output could not be written.
    OutputFailed,
    /// 2: usage or configuration, or a view that does not compile.
    Usage,
    /// 130: interrupted.
    Interrupted,
}

impl Exit {
    /// The number that the shell sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::NothingReadable => 3,
            Exit::Network => 4,
            Exit::OutputFailed => 5,
            Exit::Incomplete => 6,
            Exit::Interrupted => 130,
        }
    }

    /// The one of two that takes precedence.
    pub(crate) fn and(self, other: Exit) -> Exit {
        if self.precedence() >= other.precedence() { self } else { other }
    }

    fn precedence(self) -> u8 {
        match self {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Incomplete => 2,
            Exit::NothingReadable => 3,
            Exit::Network => 4,
            Exit::OutputFailed => 5,
            Exit::Usage => 6,
            Exit::Interrupted => 7,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// Why a command could not go on: what to print, and the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: Exit,
    /// What is printed; nothing when the reader of stdout has simply gone.
    pub(crate) issue: Option<Box<Issue>>,
}

impl Failure {
    /// A failure with its message.
    pub(crate) fn new(exit: Exit, issue: Issue) -> Failure {
        Failure { exit, issue: Some(Box::new(issue)) }
    }

    /// The command line or the configuration is wrong; `name` is the rule's name in the group `usage`.
    pub(crate) fn usage(name: &'static str, message: impl Into<String>) -> Failure {
        Failure::new(Exit::Usage, usage_issue(name, message))
    }

    /// The same failure with what to do about it.
    #[must_use]
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Failure {
        if let Some(issue) = &mut self.issue {
            issue.help = Some(help.into());
        }
        self
    }

    /// Something that should not happen did.
    pub(crate) fn internal(what: &str) -> Failure {
        let issue = from_source::by_rule("internal/fault", what);
        Failure::new(Exit::OutputFailed, issue.with_help("please report it, with the command that led to it"))
    }

    /// `path` could not be written.
    pub(crate) fn write(path: &str, error: &io::Error) -> Failure {
        Failure::new(Exit::OutputFailed, with_cause(&rules::IO_WRITE, path, error))
    }

    /// stdout could not be written: silent when its reader has gone, for whom all is well.
    pub(crate) fn stdout(error: &io::Error) -> Failure {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Failure { exit: Exit::Clean, issue: None }
        } else {
            Failure::write("stdout", error)
        }
    }
}

impl From<fhirkit_pipeline::Error> for Failure {
    fn from(error: fhirkit_pipeline::Error) -> Failure {
        use fhirkit_pipeline::ErrorKind;
        let exit = match error.kind() {
            ErrorKind::Usage | ErrorKind::View => Exit::Usage,
            ErrorKind::Invalid => Exit::Findings,
            ErrorKind::Input => Exit::NothingReadable,
            // Whoever read our output has what it wanted.
            ErrorKind::ClosedPipe => return Failure { exit: Exit::Clean, issue: None },
            // The handler of the signal has said so already.
            ErrorKind::Interrupted => return Failure { exit: Exit::Interrupted, issue: None },
            _ => Exit::OutputFailed,
        };
        let mut issue = match error.kind() {
            ErrorKind::Usage => usage_issue("option", error.to_string()),
            ErrorKind::Internal => from_source::by_rule("internal/fault", error.to_string()),
            _ => from_source::by_rule(error.rule().to_owned(), error.to_string()),
        };
        issue.help = error.hint().map(str::to_owned).or_else(|| fetched_by_others(&error));
        Failure::new(exit, issue)
    }
}

/// What to do with an input that is a URL: nothing is downloaded but by `fetch`, `pull` and `packages install`.
fn fetched_by_others(error: &fhirkit_pipeline::Error) -> Option<String> {
    let input = error.to_string();
    let is_url = ["http://", "https://"].iter().any(|scheme| input.starts_with(scheme));
    (is_url && error.rule() == rules::IO_NO_FILE.id.as_str())
        .then(|| "inputs are files; of a URL: curl -s URL | fhirkit … -".to_owned())
}

fn with_cause(rule: &Rule, path: &str, error: &io::Error) -> Issue {
    Issue::new(rule, format!("{path}: {error}"))
}

/// An issue about the command line or configuration.
pub(crate) fn usage_issue(name: &'static str, message: impl Into<String>) -> Issue {
    // Every name handed in is a literal of this crate, which tests run; a malformed one would still be reported.
    let rule = RuleId::parse(format!("usage/{name}"));
    match rule {
        Ok(rule) => Issue::of(rule, Severity::Error, IssueType::Invalid, message),
        Err(_) => Issue::new(&rules::VIEW_SYNTAX, message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Exit; 8] = [
        Exit::Interrupted,
        Exit::Usage,
        Exit::OutputFailed,
        Exit::Network,
        Exit::NothingReadable,
        Exit::Incomplete,
        Exit::Findings,
        Exit::Clean,
    ];

    #[test]
    fn the_codes_are_the_documented_ones_in_their_precedence() {
        assert_eq!(ALL.map(Exit::code), [130, 2, 5, 4, 3, 6, 1, 0]);
    }

    #[test]
    fn of_two_the_first_in_precedence_stands_whatever_the_order() {
        for (at, first) in ALL.into_iter().enumerate() {
            for second in ALL.into_iter().skip(at) {
                assert_eq!(first.and(second), first, "{first:?} and {second:?}");
                assert_eq!(second.and(first), first, "{second:?} and {first:?}");
            }
        }
    }

    #[test]
    fn a_closed_pipe_is_clean_and_silent_and_a_full_disk_is_not() {
        let closed = Failure::stdout(&io::ErrorKind::BrokenPipe.into());
        assert_eq!((closed.exit, closed.issue), (Exit::Clean, None));
        let full = Failure::stdout(&io::ErrorKind::StorageFull.into());
        assert_eq!(full.exit, Exit::OutputFailed);
        assert!(full.issue.is_some());
    }
}
