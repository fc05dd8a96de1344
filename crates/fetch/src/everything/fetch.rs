//! A record to a file.

use std::path::PathBuf;
use std::sync::Arc;

use super::output::{Output, Writer};
use super::page::{Entry, Page};
use super::pages::EverythingPages;
use super::receipt::Receipt;
use super::request::Request;
use super::run::{Progress, Run, Taker};
use crate::error::{Error, Result};
use crate::http::{Client, TokenSource};

/// How a fetch ended.
#[derive(Debug)]
pub struct Fetched {
    /// What came; it stands in `FILE.receipt.json` as well.
    pub receipt: Receipt,
    /// Where it is: under the name that was asked for, or in `FILE.part` when it is incomplete.
    pub path: PathBuf,
    /// Why it is incomplete. Of kind [`ErrorKind::Incomplete`](crate::ErrorKind::Incomplete) when the server sent all
    /// it would; any other kind broke it off, and the same call goes on from there.
    pub problem: Option<Error>,
}

/// Fetches the record that `request` asks for to `output`, and writes the receipt beside it.
///
/// The journal is `FILE.journal` beside it; it is removed when the last page has come.
///
/// # Errors
/// When nothing came at all, or nothing could be written. A record that came in part is a [`Fetched`] with a problem.
pub async fn fetch(
    client: &Client,
    tokens: Option<Arc<dyn TokenSource>>,
    request: &Request,
    output: &Output,
    progress: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Result<Fetched> {
    output.check()?;
    let mut run = Run::begin();
    let pages = EverythingPages::open(client, tokens, request, &output.beside(".journal"))?;
    let mut file = ToFile { output, writer: None };
    let end = run.all(pages, &mut file, progress).await?;
    let writer = file.writer.map_or_else(|| Writer::begin(output), Ok)?;
    let sha256 = writer.finish(end.problem.is_none())?;
    let receipt = run.receipt(request, end.problem.as_ref(), sha256)?;
    receipt.write_to(&output.beside(".receipt.json"))?;
    if let Some(pages) = end.pages {
        pages.finish().await?;
    }
    let path = if receipt.complete { output.path.clone() } else { output.beside(".part") };
    Ok(Fetched { receipt, path, problem: end.problem })
}

struct ToFile<'o> {
    output: &'o Output,
    /// Begun with the first page: what an earlier run has left is not lost to one that gets nothing.
    writer: Option<Writer>,
}

impl Taker for ToFile<'_> {
    fn page(&mut self, page: &Page, new: &[Entry<'_>]) -> Result<()> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => self.writer.insert(Writer::begin(self.output)?),
        };
        writer.page(page)?;
        new.iter().try_for_each(|entry| writer.entry(*entry))
    }
}
