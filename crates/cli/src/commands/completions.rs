//! `fhirkit completions`: what a shell offers at the tab key.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::args::{Cli, CompletionShell};
use crate::exit::{Exit, Failure};
use crate::output;

/// Prints the completions of one shell.
pub(crate) fn run(shell: CompletionShell) -> Result<Exit, Failure> {
    // Into memory first: the generator panics where a write fails, and a pipe may close at any time.
    let mut script = Vec::new();
    clap_complete::generate(Shell::from(shell), &mut Cli::command(), "fhirkit", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Clean)
}
