//! `fhirkit fetch --bulk`: the records of many, exported by the server into files.

use std::sync::Arc;

use fhirkit_fetch::auth::{BackendSession, Transport};
use fhirkit_fetch::bulk::{Exported, Level, Limits, Progress, Request, cancel, export};
use fhirkit_fetch::http::{Client, TokenSource};
use fhirkit_fetch::{Provider, discover};
use fhirkit_issue::{counted, grouped};

use crate::args::network::FetchArgs;
use crate::exit::{Exit, Failure};
use crate::paging::Paging;
use crate::progress::clock;
use crate::settings::Settings;
use crate::{network, size};

/// Exports, or gives an export up.
pub(super) fn run(settings: &Settings, arguments: &FetchArgs, provider: &Provider) -> Result<Exit, Failure> {
    let request = request(arguments, provider);
    let client = Client::new(arguments.server.http.options())?;
    if arguments.bulk.cancel {
        let was_there = network::run(async {
            Ok(cancel(&client, Some(tokens(arguments, provider).await?), &request).await?)
        })?;
        settings.stderr.say(match was_there {
            true => "  the export is given up, and the server knows",
            false => "  no export was begun here",
        });
        return Ok(Exit::Clean);
    }
    let mut paging = Paging::start(settings.stderr);
    let exported = network::run(async {
        let tokens = tokens(arguments, provider).await?;
        Ok(export(&client, Some(tokens), &request, &mut |step| show(&mut paging, &step)).await?)
    });
    paging.finish();
    if let Err(Failure { exit: Exit::Interrupted, .. }) = &exported {
        eprintln!(
            "interrupted: the same command goes on with the export; --cancel gives it up at the server"
        );
    }
    Ok(said(settings, &exported?))
}

fn request(arguments: &FetchArgs, provider: &Provider) -> Request {
    let bulk = &arguments.bulk;
    let level = match &bulk.group {
        Some(group) => Level::Group(group.clone()),
        None if bulk.system => Level::System,
        None => Level::Patient,
    };
    let output = arguments.output.clone().unwrap_or_else(|| format!("{}-bulk", provider.name).into());
    Request {
        types: arguments.record.types.clone(),
        since: arguments.record.since.clone(),
        type_filters: bulk.type_filter.clone(),
        overwrite: arguments.overwrite,
        parallel: usize::from(bulk.parallel),
        limits: Limits { bytes: arguments.record.max_bytes, ..Limits::default() },
        ..Request::new(provider.name.clone(), provider.fhir_base.clone(), level, output)
    }
}

/// The program's own sign-in where there is a key for it, else the one that was kept.
async fn tokens(arguments: &FetchArgs, provider: &Provider) -> Result<Arc<dyn TokenSource>, Failure> {
    if provider.backend.is_none() {
        return Ok(Arc::new(network::session(provider, &arguments.server.http)?));
    }
    let transport: Arc<dyn Transport> = Arc::new(arguments.server.http.transport()?);
    let endpoints = discover(provider, &*transport).await?;
    Ok(Arc::new(BackendSession::new(provider, endpoints.token, transport)?))
}

fn show(paging: &mut Paging, step: &Progress<'_>) {
    match step {
        Progress::Resumed { finished } => {
            paging.say(&format!("  goes on with an earlier export; {finished} of its files are here"));
        }
        Progress::Restarted => {
            paging.say("  the server has forgotten the earlier export: another one begins")
        }
        Progress::Begun => paging.now("the server makes its files"),
        Progress::Waiting { said, span, .. } => {
            let said = said.map_or(String::new(), |said| format!(" ({said})"));
            paging
                .now(&format!("the server makes its files{said}; asked again in {}", clock(span.as_secs())));
        }
        Progress::Ready { files, resources, has_more } => {
            let resources =
                resources.map_or(String::new(), |count| format!(", {} resources", grouped(count)));
            paging.say(&format!("  {}{resources}", counted(*files as u64, "file", "files")));
            if *has_more {
                paging.say("  the server has a further manifest (Bulk Data 3), which is not read");
            }
        }
        Progress::Bytes { bytes } => paging.now(&size::human(*bytes)),
        Progress::File { finished, files, bytes, .. } => {
            paging.now(&format!("{finished} of {files} files, {}", size::human(*bytes)));
        }
        _ => {}
    }
}

/// Says what came, and why not all of it.
fn said(settings: &Settings, exported: &Exported) -> Exit {
    let receipt = &exported.receipt;
    let path = exported.path.display();
    settings.stderr.say(&format!(
        "  {} · {} · {} → {path}",
        counted(receipt.files.len() as u64, "file", "files"),
        counted(receipt.resources, "resource", "resources"),
        size::human(receipt.bytes),
    ));
    if receipt.deleted > 0 {
        settings
            .stderr
            .say(&format!("  {} deleted, says the server: deleted.ndjson", grouped(receipt.deleted)));
    }
    super::report(settings, &receipt.outcomes);
    let Some(problem) = &exported.problem else {
        settings.stderr.say(&format!("next: fhirkit export {path} -o tables"));
        return Exit::Clean;
    };
    super::broken_off(settings, problem, "some files of the export did not come")
}
