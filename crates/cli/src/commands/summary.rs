//! `fhirkit summary`: what is in FHIR files.

mod words;

use std::sync::Arc;

use fhirkit_issue::counted;
use fhirkit_pipeline::Progress;
use fhirkit_pipeline::summary::{Summary, SummaryRequest, summarize};

use crate::args::{OutputFormat, SummaryArgs};
use crate::exit::{Exit, Failure};
use crate::progress::{Signs, took};
use crate::settings::Settings;
use crate::{interrupt, output};

/// Counts and prints.
pub(crate) fn run(settings: &Settings, arguments: SummaryArgs) -> Result<Exit, Failure> {
    let request = SummaryRequest {
        inputs: arguments.inputs,
        threads: settings.threads,
        memory: settings.memory,
        max_entry: settings.max_entry,
    };
    let progress = Arc::new(Progress::default());
    interrupt::watch(&progress);
    let signs = Signs::start(settings.stderr, &progress);
    let summary = summarize(&request, &progress);
    let elapsed = signs.finish();
    let summary = summary?;
    for issue in &summary.issues {
        settings.stderr.issue(issue);
    }
    match arguments.output_format {
        OutputFormat::Json => output::print_json(&summary)?,
        OutputFormat::Human => output::print(&words::human(&summary))?,
    }
    let read = counted(summary.resources, "resource", "resources");
    settings.stderr.say(&format!(
        "  {read} in {} · {}",
        counted(summary.inputs, "file", "files"),
        took(elapsed)
    ));
    Ok(exit_of(&summary))
}

fn exit_of(summary: &Summary) -> Exit {
    let mut exit = Exit::Clean;
    if summary.rejected + summary.not_r4 + summary.faults > 0 {
        exit = exit.and(Exit::Findings);
    }
    if summary.incomplete {
        exit = exit.and(Exit::Incomplete);
    }
    // Among other files, one that holds nothing is worth a word; alone it leaves nothing to say.
    if summary.nothing_readable {
        exit = exit.and(Exit::NothingReadable);
    }
    exit
}
