//! An export from its beginning, or from where it stopped, to its end.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::connection::Connection;
use super::download;
use super::folder::Folder;
use super::job::{self, Stop};
use super::receipt::Receipt;
use super::request::Request;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Client, TokenSource};
use crate::private;

/// What happens on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// The export of an earlier run goes on.
    Resumed {
        /// How many of its files are here.
        finished: usize,
    },
    /// The server has forgotten the export: another one begins.
    Restarted,
    /// The server has taken the export on.
    Begun,
    /// The server has not made its files yet.
    Waiting {
        /// What it says about that: a percentage, or a few words that are safe to show.
        said: Option<&'a str>,
        /// How long it is before it is asked again.
        span: Duration,
        /// Whether it asks for patience: too many questions, or a failure that passes.
        is_busy: bool,
    },
    /// The manifest has come.
    Ready {
        /// How many files it names.
        files: usize,
        /// How many resources they have together, when it says so for all.
        resources: Option<u64>,
        /// Whether another manifest follows (Bulk Data 3), which is not read.
        has_more: bool,
    },
    /// Some of the files has come.
    Bytes {
        /// The bytes of all files so far.
        bytes: u64,
    },
    /// A file is complete.
    File {
        /// Its name in the folder.
        name: &'a str,
        /// How many resources it has.
        resources: u64,
        /// How many of its lines are something else.
        broken_lines: u64,
        /// How many files are complete.
        finished: usize,
        /// How many there are.
        files: usize,
        /// The bytes of all files so far.
        bytes: u64,
    },
}

/// How an export ended.
#[derive(Debug)]
pub struct Exported {
    /// What came; it stands in `FOLDER.receipt.json` as well.
    pub receipt: Receipt,
    /// Where it is: under the name that was asked for, or in `FOLDER.part` when it is incomplete.
    pub path: PathBuf,
    /// Why it is incomplete. Of kind [`ErrorKind::Incomplete`] when the server has no more, and the same call begins
    /// a new export; any other kind broke it off, and the same call goes on from there.
    pub problem: Option<Error>,
}

/// Exports what `request` asks for into a folder, and writes the receipt beside it. Without `tokens` the server is
/// asked without any. Must be called inside a runtime of tokio; dropped, it stops, and the same call goes on later.
///
/// # Errors
/// When no file came at all, or nothing could be written. An export that came in part is an [`Exported`] with a
/// problem.
pub async fn export(
    client: &Client,
    tokens: Option<Arc<dyn TokenSource>>,
    request: &Request,
    progress: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Result<Exported> {
    request.check()?;
    request.output().check()?;
    let started = Timestamp::now();
    let connection = Arc::new(Connection::open(client, tokens, request).await?);
    let mut folder = open(request).await?;
    let mut resumed = folder.state.finished().len();
    if folder.state.status().is_some() {
        progress(Progress::Resumed { finished: resumed });
    }
    let mut came = run(&connection, request, &mut folder, progress).await;
    if let Err(Stop::Gone(_)) = came {
        progress(Progress::Restarted);
        resumed = 0;
        folder.state.restart()?;
        came = run(&connection, request, &mut folder, progress).await;
    }
    let receipt = Receipt::of(request, &folder, started, resumed)?;
    let stop = match came {
        Ok(()) => return end(&connection, folder, receipt).await,
        Err(stop) => stop,
    };
    let (error, is_over) = match stop {
        Stop::Gone(error) | Stop::Over(error) => (error, true),
        Stop::Broken(error) => (error, false),
    };
    let has_nothing = receipt.files.is_empty();
    let receipt = receipt.ended(Some(&error));
    let path = folder.part().to_owned();
    if !has_nothing {
        private::write_json(&folder.receipt(), &receipt)?;
    }
    if is_over {
        forget(&connection, &folder).await;
    }
    if is_over || folder.state.status().is_none() {
        folder.abandon()?;
    }
    if has_nothing {
        return Err(error);
    }
    Ok(Exported { receipt, path, problem: Some(error) })
}

async fn open(request: &Request) -> Result<Folder> {
    let request = request.clone();
    let opened = tokio::task::spawn_blocking(move || Folder::open(&request)).await;
    opened.map_err(|_| Error::new(ErrorKind::Cancelled, "the export has stopped"))?
}

/// From wherever the export is to its last file.
async fn run(
    connection: &Arc<Connection>,
    request: &Request,
    folder: &mut Folder,
    progress: &mut (dyn FnMut(Progress<'_>) + Send),
) -> std::result::Result<(), Stop> {
    let manifest = match folder.state.manifest() {
        Some(manifest) => manifest.clone(),
        None => {
            let status = match folder.state.status() {
                Some(status) => status.clone(),
                None => {
                    let status = job::kick_off(connection, request).await?;
                    folder.state.set_status(&status)?;
                    progress(Progress::Begun);
                    status
                }
            };
            let manifest = job::wait(connection, &status, &request.limits, progress).await?;
            // Not before: what an earlier export has left is not lost to one that gets nothing.
            folder.clear()?;
            folder.state.set_manifest(&manifest)?;
            manifest
        }
    };
    progress(Progress::Ready {
        files: manifest.files.len(),
        resources: manifest.resource_count(),
        has_more: manifest.has_more,
    });
    download::all(connection, request, &manifest, folder, progress).await
}

/// All files have come.
async fn end(connection: &Connection, folder: Folder, receipt: Receipt) -> Result<Exported> {
    let has_more = folder.state.manifest().is_some_and(|manifest| manifest.has_more);
    let problem = receipt.missing(has_more);
    let receipt = receipt.ended(problem.as_ref());
    let path = if receipt.complete { folder.name() } else { folder.part() }.to_owned();
    if receipt.complete {
        folder.rename()?;
    }
    private::write_json(&folder.receipt(), &receipt)?;
    forget(connection, &folder).await;
    folder.close()?;
    Ok(Exported { receipt, path, problem })
}

/// Lets the server forget an export that has ended. If it cannot be told, it will forget it by itself.
async fn forget(connection: &Connection, folder: &Folder) {
    if let Some(status) = folder.state.status() {
        let _ = job::delete(connection, status).await;
    }
}

/// Gives the export that `request` has begun up, and tells the server so. What has come stays in `FOLDER.part`, until
/// the next export into it. Returns whether there was one; the call of [`export`] must have ended or been dropped.
///
/// # Errors
/// When the server cannot be told; the export can still go on then.
pub async fn cancel(
    client: &Client,
    tokens: Option<Arc<dyn TokenSource>>,
    request: &Request,
) -> Result<bool> {
    request.check()?;
    if !Folder::is_there(request) {
        return Ok(false);
    }
    let folder = open(request).await?;
    let Some(status) = folder.state.status().cloned() else {
        folder.abandon()?;
        return Ok(false);
    };
    let connection = Connection::open(client, tokens, request).await?;
    job::delete(&connection, &status).await?;
    folder.abandon()?;
    Ok(true)
}
