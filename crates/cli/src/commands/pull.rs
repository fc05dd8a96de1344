//! `fhirkit pull`: a member's record as tables. Complete pages flow into the tables while the next one downloads.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use fhirkit_fetch::ErrorKind;
use fhirkit_fetch::everything::{Progress as Step, Streamed, stream};
use fhirkit_fetch::http::{Client, TokenSource};
use fhirkit_issue::{Severity, counted};
use fhirkit_pipeline::{ExportReport, ExportRequest, Output, Progress, export};
use fhirkit_sink::{CsvOptions, Format, ParquetOptions};
use fhirkit_source::Input;

use crate::args::export;
use crate::args::network::PullArgs;
use crate::commands::export::{Notices, request};
use crate::commands::fetch::came;
use crate::exit::{Exit, Failure};
use crate::network;
use crate::progress::Signs;
use crate::settings::Settings;

/// Pages that wait for the tables; the server waits with them.
const WAITING: usize = 2;

/// Pulls, and says what came and what became of it.
pub(crate) fn run(settings: &Settings, arguments: &PullArgs) -> Result<Exit, Failure> {
    let (lines, pages) = sync_channel(WAITING);
    let request = tables(settings, arguments, pages)?;
    let progress = Arc::new(Progress::default());
    let signs = Signs::start(settings.stderr, &progress);
    let mut notices = Notices::new(settings);
    let mut notice = |issue| notices.take(&signs, Severity::Error, &issue);
    let (fetched, exported) = thread::scope(|scope| {
        let exporter = scope.spawn(|| export(&request, &progress, &mut notice));
        let fetched = fetch(settings, arguments, &progress, lines);
        (fetched, exporter.join())
    });
    let elapsed = signs.finish();
    let exported = exported.map_err(|_| Failure::internal("the export ended by a fault of fhirkit's own"))?;
    conclude(settings, arguments, fetched, exported.map_err(Failure::from), (&notices, elapsed))
}

/// What is written: the pages, every default else.
fn tables(
    settings: &Settings,
    arguments: &PullArgs,
    pages: Receiver<Page>,
) -> Result<ExportRequest, Failure> {
    let on_invalid = arguments.on_invalid.into();
    let gate = arguments.validate.then(|| request::gate(&[], on_invalid)).transpose()?;
    let stream =
        Input::stream(arguments.server.provider.clone(), Pages { pages, page: io::Cursor::default() });
    Ok(ExportRequest {
        stream: Some(stream),
        format: match arguments.to {
            export::Format::Parquet => Format::Parquet(ParquetOptions::default()),
            export::Format::Csv => Format::Csv(CsvOptions::default()),
            export::Format::Ndjson => Format::Ndjson,
        },
        gate,
        overwrite: arguments.overwrite,
        tmp_dir: settings.tmp_dir.clone(),
        limits: request::limits(settings),
        ..ExportRequest::new(Vec::new(), Output::Folder(arguments.output.clone()))
    })
}

/// A page as lines, or why the record has gaps.
type Page = Result<Vec<u8>, String>;

/// The pages one after another. A gap is an error at the end, so that the tables' manifest knows of it.
struct Pages {
    pages: Receiver<Page>,
    page: io::Cursor<Vec<u8>>,
}

impl Read for Pages {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.page.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            match self.pages.recv() {
                Ok(Ok(page)) => self.page = io::Cursor::new(page),
                Ok(Err(gap)) => return Err(io::Error::other(gap)),
                Err(_) => return Ok(0),
            }
        }
    }
}

/// Downloads into `lines`. When the record breaks off, the tables are told to stop before they see its end.
fn fetch(
    settings: &Settings,
    arguments: &PullArgs,
    progress: &Progress,
    lines: SyncSender<Page>,
) -> Result<Streamed, Failure> {
    let fetched = download(settings, arguments, &lines);
    match fetched.as_ref().map(|streamed| streamed.problem.as_ref()) {
        Ok(None) => {}
        // What the server does not have, a further run does not get either.
        Ok(Some(problem)) if problem.kind() == ErrorKind::Incomplete => {
            // Tables that have stopped say why themselves.
            let _ = lines.send(Err(problem.to_string()));
        }
        _ => progress.cancel(),
    }
    drop(lines);
    fetched
}

fn download(
    settings: &Settings,
    arguments: &PullArgs,
    lines: &SyncSender<Page>,
) -> Result<Streamed, Failure> {
    let provider = network::provider(settings, &arguments.server.provider)?;
    let session = Arc::new(network::session(&provider, &arguments.server.http)?);
    let client = Client::new(arguments.server.http.options())?;
    let mut take = |page: &[u8]| {
        lines
            .send(Ok(page.to_vec()))
            .map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the tables have stopped"))
    };
    let mut step = |step: Step<'_>| match step {
        Step::Resumed { page_count } => {
            settings
                .stderr
                .say(&format!("  goes on after {} of an earlier run", counted(page_count, "page", "pages")));
        }
        Step::Restarted => {
            settings.stderr.say("  the server has forgotten where the earlier run stopped: once more")
        }
        _ => {}
    };
    network::run(async {
        let patient = session.grant().await.patient().map(str::to_owned);
        let request = arguments.record.request(&provider, patient)?;
        let tokens: Arc<dyn TokenSource> = session;
        let journal = beside(&arguments.output, ".journal");
        Ok(stream(&client, Some(tokens), &request, &journal, &mut take, &mut step).await?)
    })
}

/// `DIR.journal`, `DIR.receipt.json`.
fn beside(folder: &Path, end: &str) -> PathBuf {
    let mut name = folder.components().as_path().as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// The end of both: the tables stand, so the journal may go; or they do not, and it stays.
fn conclude(
    settings: &Settings,
    arguments: &PullArgs,
    fetched: Result<Streamed, Failure>,
    exported: Result<ExportReport, Failure>,
    (notices, elapsed): (&Notices, Duration),
) -> Result<Exit, Failure> {
    let destination = arguments.output.display().to_string();
    let streamed = match (fetched, &exported) {
        (Err(failure), _) if failure.exit == Exit::Interrupted => {
            eprintln!(
                "interrupted: no tables were written; the same command goes on from the pages that came"
            );
            return Err(failure);
        }
        // The tables failed, and the download for want of them.
        (_, Err(failure)) if failure.exit != Exit::Interrupted => return exported.map(|_| Exit::Clean),
        (Err(failure), _) => return Err(failure),
        (Ok(streamed), _) => streamed,
    };
    let Ok(report) = exported else {
        return Ok(came(settings, &streamed.receipt, streamed.problem.as_ref(), "no tables"));
    };
    let exit = notices.conclude(settings, &report, Severity::Error, &destination, elapsed);
    let exit = exit.and(came(settings, &streamed.receipt, streamed.problem.as_ref(), &destination));
    streamed.receipt.write_to(&beside(&arguments.output, ".receipt.json"))?;
    network::run(async { Ok(streamed.finish().await?) })?;
    Ok(exit)
}
