//! From raw arguments to what a run works with.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory as _, FromArgMatches as _};
use fhirkit_issue::{Issue, Severity};

use crate::args::{Cli, ColorChoice, Command};
use crate::config::{Environment, Layers};
use crate::exit::{Exit, Failure, usage_issue};
use crate::output::Stderr;

/// Below this `--memory` cannot be kept: program, definitions and two workers take some 70 MiB before any row waits.
const LEAST_MEMORY: u64 = 105 << 20;

/// What holds for every command, all layers applied.
#[derive(Debug)]
pub(crate) struct Settings {
    /// stderr as this run prints on it.
    pub(crate) stderr: Stderr,
    /// When to use colours.
    pub(crate) color: ColorChoice,
    /// 0, 1 (`-v`) or 2 (`-vv`).
    pub(crate) verbosity: u8,
    /// Worker threads; `None` is one a core.
    pub(crate) threads: Option<usize>,
    /// Bytes that the process may reach.
    pub(crate) memory: u64,
    /// Bytes of the largest entry to read.
    pub(crate) max_entry: u64,
    /// Where temporary files go; `None` is the system's folder.
    pub(crate) tmp_dir: Option<PathBuf>,
    /// Every setting and where it came from.
    pub(crate) layers: Layers,
}

/// Reads the command line and the layers below it.
pub(crate) fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<(Settings, Command), Failure> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    // `fhirkit help export` is `fhirkit export --help`.
    if arguments.get(1).is_some_and(|first| first == "help") {
        arguments.remove(1);
        arguments.push("--help".into());
    }
    let color = color_of(&arguments);
    // First by itself: help and mistakes of the command line must not depend on the configuration.
    Cli::command().color(color).try_get_matches_from(&arguments).map_err(|error| said_by_clap(&error))?;
    let mut layers = Layers::load(&Cli::command(), &Environment::of_process())?;
    let matches = layers
        .apply(Cli::command().color(color))
        .try_get_matches_from(&arguments)
        .map_err(|e| said_by_clap(&e))?;
    layers.note_flags(&matches);
    let cli = Cli::from_arg_matches(&matches).map_err(|error| said_by_clap(&error))?;
    let stderr = Stderr::new(cli.global.color, cli.global.quiet);
    for warning in &layers.warnings {
        stderr.issue(warning);
    }
    if cli.global.memory < LEAST_MEMORY {
        let message = format!(
            "less than 105 MiB of memory cannot be kept, found {} bytes: the program itself needs 70 MiB, and rows come on top",
            cli.global.memory
        );
        let issue = usage_issue("memory", message).with_help("give `--memory 105MiB` or more");
        stderr.issue(&Issue { severity: Severity::Warning, ..issue });
    }
    let settings = Settings {
        stderr,
        color: cli.global.color,
        verbosity: cli.global.verbose,
        threads: cli.global.threads.map(usize::from),
        memory: cli.global.memory,
        max_entry: cli.global.max_entry,
        tmp_dir: cli.global.tmp_dir,
        layers,
    };
    Ok((settings, cli.command))
}

/// What `--color` says, for the words of clap itself, which it prints before it has read the line.
fn color_of(arguments: &[OsString]) -> clap::ColorChoice {
    let mut choice = clap::ColorChoice::Auto;
    let mut words = arguments.iter().filter_map(|argument| argument.to_str());
    while let Some(word) = words.next() {
        let said = match word.strip_prefix("--color") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        choice = match said {
            Some("always") => clap::ColorChoice::Always,
            Some("never") => clap::ColorChoice::Never,
            Some("auto") => clap::ColorChoice::Auto,
            _ => choice,
        };
    }
    choice
}

/// clap prints its help and errors itself, colours and all.
fn said_by_clap(error: &clap::Error) -> Failure {
    // A closed pipe is nobody's fault.
    let _ = error.print();
    Failure { exit: if error.use_stderr() { Exit::Usage } else { Exit::Clean }, issue: None }
}
