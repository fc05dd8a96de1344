//! `fhirkit demo`: a few synthetic members to play with.

use std::io;

use fhirkit_issue::{Issue, counted, rules};
use fhirkit_members::{DemoOptions, write_demo};

use crate::args::{DemoArgs, DemoFormat};
use crate::exit::{Exit, Failure};
use crate::settings::Settings;

/// Writes the members and says what to do next.
pub(crate) fn run(settings: &Settings, arguments: &DemoArgs) -> Result<Exit, Failure> {
    let options = DemoOptions {
        members: arguments.members,
        seed: arguments.seed,
        format: match arguments.format {
            DemoFormat::Bundle => fhirkit_members::DemoFormat::Bundle,
            DemoFormat::Ndjson => fhirkit_members::DemoFormat::Ndjson,
        },
    };
    let folder = arguments.directory.display().to_string();
    let summary = write_demo(&arguments.directory, &options).map_err(|error| failed(&error))?;
    let folder = folder.trim_end_matches(std::path::is_separator);
    settings.stderr.say(&format!(
        "wrote {folder}/ ({}, {})                  next: fhirkit summary {folder}",
        counted(summary.members, "member", "members"),
        counted(summary.resources, "resource", "resources"),
    ));
    Ok(Exit::Clean)
}

/// The generator puts the path in front itself.
fn failed(error: &io::Error) -> Failure {
    let rule = match error.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => &rules::IO_EXISTS,
        _ => &rules::IO_WRITE,
    };
    Failure::new(Exit::OutputFailed, Issue::new(rule, error.to_string()))
}
