//! The files of an export, several at a time.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use url::Url;

use super::connection::Connection;
use super::export::Progress;
use super::folder::Folder;
use super::job::Stop;
use super::lines::{Budget, Counted, Lines, Over};
use super::manifest::{File, Manifest};
use super::request::{Limits, Request};
use crate::error::{Error, ErrorKind};
use crate::http::{self, size};
use crate::private;

/// How often it is told how much has come.
const TOLD_EVERY: Duration = Duration::from_millis(500);

/// What all downloads share.
struct Downloads {
    connection: Arc<Connection>,
    folder: PathBuf,
    limits: Limits,
    budget: Arc<Budget>,
    needs_token: bool,
}

/// Downloads the files of `manifest` that are not finished.
pub(super) async fn all(
    connection: &Arc<Connection>,
    request: &Request,
    manifest: &Manifest,
    folder: &mut Folder,
    progress: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Result<(), Stop> {
    let budget = Arc::new(Budget::of(request.limits.bytes));
    let before: u64 = folder.state.finished().values().map(|counted| counted.bytes).sum();
    if !budget.take(before) {
        return Err(Stop::Broken(too_large(&request.limits)));
    }
    let downloads = Arc::new(Downloads {
        connection: Arc::clone(connection),
        folder: folder.part().to_owned(),
        limits: request.limits,
        budget: Arc::clone(&budget),
        needs_token: manifest.needs_token,
    });
    let is_left = |file: &&File| !folder.state.finished().contains_key(&file.name);
    let mut left: VecDeque<File> = manifest.files.iter().filter(is_left).cloned().collect();
    // Dropped with this future: nothing goes on behind the back of who has stopped it.
    let mut running: JoinSet<Result<(File, Counted), Stop>> = JoinSet::new();
    loop {
        while running.len() < request.parallel()
            && let Some(file) = left.pop_front()
        {
            running.spawn(Arc::clone(&downloads).one(file));
        }
        let ended = tokio::select! {
            ended = running.join_next() => ended,
            () = tokio::time::sleep(TOLD_EVERY) => {
                progress(Progress::Bytes { bytes: budget.received() });
                continue;
            }
        };
        let Some(ended) = ended else { return Ok(()) };
        let (file, counted) = ended.map_err(stopped)??;
        folder.state.finish(&file.name, counted.clone())?;
        progress(Progress::File {
            name: &file.name,
            resources: counted.resources,
            broken_lines: counted.broken,
            finished: folder.state.finished().len(),
            files: manifest.files.len(),
            bytes: budget.received(),
        });
    }
}

fn stopped(_: JoinError) -> Stop {
    Stop::Broken(Error::new(ErrorKind::Cancelled, "the download has stopped"))
}

fn too_large(limits: &Limits) -> Error {
    let message = format!("the files are larger than the limit of {}", size(limits.bytes));
    Error::new(ErrorKind::TooLarge, message)
}

impl Downloads {
    async fn one(self: Arc<Self>, file: File) -> Result<(File, Counted), Stop> {
        let part = self.folder.join(format!("{}.part", file.name));
        let mut lines = Lines::begin(
            &part,
            file.kind,
            &file.resource_type,
            self.limits.line_bytes,
            Arc::clone(&self.budget),
        )?;
        self.fetch(&file, &mut lines).await?;
        let path = self.folder.join(&file.name);
        // Syncing may take a while.
        let finished = tokio::task::spawn_blocking(move || {
            let counted = lines.finish()?;
            std::fs::rename(&part, &path).map_err(private::failed(&path))?;
            Ok::<_, Error>(counted)
        });
        let counted = finished.await.map_err(stopped)??;
        Ok((file, counted))
    }

    async fn fetch(&self, file: &File, lines: &mut Lines) -> Result<(), Stop> {
        let url = Url::parse(&file.url)
            .map_err(|error| Error::new(ErrorKind::Output, "the state is damaged").with_source(error))?;
        let question = http::Request::get(url)
            .accepting("application/fhir+ndjson")
            .up_to(self.limits.file_bytes.min(self.limits.bytes));
        let answer = self.connection.download(question, self.needs_token, lines).await;
        let answer = answer.map_err(|error| match lines.over() {
            None => error,
            Some(Over::Budget) => too_large(&self.limits),
            Some(Over::Line(number)) => {
                let limit = size(self.limits.line_bytes as u64);
                let message = format!("`{}`: line {number} is longer than the limit of {limit}", file.name);
                Error::new(ErrorKind::TooLarge, message)
            }
        })?;
        if matches!(answer.status, 404 | 410) {
            let message =
                format!("`{}` is gone ({}): the server no longer holds it", file.name, answer.status);
            let help = "run it again: it begins a new export";
            return Err(Stop::Gone(Error::new(ErrorKind::Incomplete, message).with_help(help)));
        }
        answer.success(&self.connection.provider)?;
        Ok(())
    }
}
