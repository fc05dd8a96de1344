//! `fhirkit config show`: every setting, and which layer said it.

use crate::args::ConfigCommand;
use crate::config::Entry;
use crate::exit::{Exit, Failure};
use crate::output;
use crate::settings::Settings;

/// Prints key, value and origin of every setting.
pub(crate) fn run(settings: &Settings, command: &ConfigCommand) -> Result<Exit, Failure> {
    let ConfigCommand::Show = command;
    let rows: Vec<Vec<String>> = settings.layers.entries().iter().map(row).collect();
    output::print(&output::aligned(&rows))?;
    Ok(Exit::Clean)
}

fn row(entry: &Entry) -> Vec<String> {
    let value =
        entry.values.as_ref().map_or_else(|| entry.setting.unset().to_owned(), |values| values.join(","));
    vec![entry.setting.key.clone(), value, entry.origin.to_string()]
}
