//! `fhirkit man`: man pages, made of the same definition as the help.

use std::path::Path;

use clap::{Command, CommandFactory as _};
use fhirkit_issue::Issue;

use crate::args::{Cli, ManArgs};
use crate::exit::{Exit, Failure, usage_issue};
use crate::output;

/// Prints one page, or writes all of them into a folder.
pub(crate) fn run(arguments: &ManArgs) -> Result<Exit, Failure> {
    let mut root = Cli::command();
    // Global options reach the subcommands only when the command is built.
    root.build();
    match &arguments.output {
        Some(folder) => write_all(&root, "fhirkit", folder)?,
        None => output::print(&page(&find(&root, &arguments.command)?, &title(&arguments.command))?)?,
    }
    Ok(Exit::Clean)
}

fn title(path: &[String]) -> String {
    path.iter().fold("fhirkit".to_owned(), |title, name| format!("{title}-{name}"))
}

fn find(root: &Command, path: &[String]) -> Result<Command, Failure> {
    let mut command = root;
    for name in path {
        command = command.find_subcommand(name).ok_or_else(|| {
            let known: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
            let issue = usage_issue(
                "unknown-command",
                format!("`{name}` is not a command of {}", command.get_name()),
            );
            let help = (!known.is_empty()).then(|| format!("its commands: {}", known.join(", ")));
            Failure::new(Exit::Usage, Issue { help, ..issue })
        })?;
    }
    Ok(command.clone())
}

fn page(command: &Command, title: &str) -> Result<String, Failure> {
    let mut page = Vec::new();
    let command = with_examples_behind(command.clone()).name(title.to_owned());
    let source = concat!("fhirkit ", env!("CARGO_PKG_VERSION"));
    clap_mangen::Man::new(command)
        .source(source)
        .render(&mut page)
        .map_err(|error| Failure::stdout(&error))?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

/// Man pages show what stands behind the options, and in help our examples stand before them.
fn with_examples_behind(command: Command) -> Command {
    let texts = [command.get_before_help(), command.get_after_help()];
    let behind: Vec<String> = texts.into_iter().flatten().map(ToString::to_string).collect();
    if behind.is_empty() { command } else { command.after_help(behind.join("\n\n")) }
}

fn write_all(command: &Command, title: &str, folder: &Path) -> Result<(), Failure> {
    let failed = |path: &Path, error: &std::io::Error| Failure::write(&path.display().to_string(), error);
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    let path = folder.join(format!("{title}.1"));
    std::fs::write(&path, page(command, title)?).map_err(|error| failed(&path, &error))?;
    for inner in command.get_subcommands() {
        write_all(inner, &format!("{title}-{}", inner.get_name()), folder)?;
    }
    Ok(())
}
