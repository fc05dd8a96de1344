//! `fhirkit demo`: a few synthetic members to play with.

use std::io;
use std::path::Path;

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
    let summary =
        write_demo(&arguments.directory, &options).map_err(|error| failed(&arguments.directory, &error))?;
    let folder = folder.trim_end_matches(std::path::is_separator);
    settings.stderr.say(&format!(
        "wrote {folder}/ ({}, {})                  next: fhirkit summary {folder}",
        counted(summary.members, "member", "members"),
        counted(summary.resources, "resource", "resources"),
    ));
    Ok(Exit::Clean)
}

/// The generator puts the path in front itself.
fn failed(folder: &Path, error: &io::Error) -> Failure {
    let stands_there = matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory);
    // Without the folder, what is no folder is on the way to it.
    if stands_there && folder.exists() {
        let failure = Failure::new(Exit::OutputFailed, Issue::new(&rules::IO_EXISTS, error.to_string()));
        return failure.with_help("name a new folder");
    }
    Failure::new(Exit::OutputFailed, Issue::new(&rules::IO_WRITE, error.to_string()))
}
