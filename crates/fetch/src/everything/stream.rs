//! A record to whoever reads its lines while it comes.

use std::io;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tokio::runtime::{Handle, RuntimeFlavor};

use super::compact;
use super::page::{Entry, Page};
use super::pages::EverythingPages;
use super::receipt::Receipt;
use super::request::Request;
use super::run::{Progress, Run, Taker};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Client, TokenSource};
use crate::private::hex;

/// How a stream ended.
pub struct Streamed {
    /// What came. Nobody has written it anywhere: see [`Receipt::write_to`].
    pub receipt: Receipt,
    /// Why it is incomplete. Of kind [`ErrorKind::Incomplete`] when the server sent all it would; any other kind
    /// broke it off, and the same call begins with what the journal has, and goes on from there.
    pub problem: Option<Error>,
    pages: Option<EverythingPages>,
}

impl Streamed {
    /// Removes the journal, after what came of the lines is where it belongs. Without this call it stays, and the same
    /// request gives the same lines again. The journal of a record that broke off stays in any case.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub async fn finish(self) -> Result<()> {
        match self.pages {
            Some(pages) => pages.finish().await,
            None => Ok(()),
        }
    }
}

/// Hands the record that `request` asks for to `lines`: once a page, all its resources that have not come before, each
/// as JSON on one line. A page without any is passed over.
///
/// `lines` may block, while the next page downloads. It is called on the task of the caller; a runtime of more than
/// one thread moves its other tasks away before. What it fails with is the source of the error.
///
/// # Errors
/// When nothing came at all, or `lines` fails. A record that came in part is a [`Streamed`] with a problem.
pub async fn stream(
    client: &Client,
    tokens: Option<Arc<dyn TokenSource>>,
    request: &Request,
    journal: &Path,
    lines: &mut (dyn FnMut(&[u8]) -> io::Result<()> + Send),
    progress: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Result<Streamed> {
    let mut run = Run::begin();
    let pages = EverythingPages::open(client, tokens, request, journal)?;
    let mut taker = ToLines { lines, hash: Sha256::new(), buffer: Vec::new() };
    let end = run.all(pages, &mut taker, progress).await?;
    let sha256 = hex(&taker.hash.finalize());
    let receipt = run.receipt(request, end.problem.as_ref(), sha256)?;
    Ok(Streamed { receipt, problem: end.problem, pages: end.pages })
}

struct ToLines<'l> {
    lines: &'l mut (dyn FnMut(&[u8]) -> io::Result<()> + Send),
    hash: Sha256,
    buffer: Vec<u8>,
}

impl Taker for ToLines<'_> {
    fn page(&mut self, _page: &Page, new: &[Entry<'_>]) -> Result<()> {
        self.buffer.clear();
        for entry in new {
            compact::append(&mut self.buffer, entry.resource.raw());
            self.buffer.push(b'\n');
        }
        if self.buffer.is_empty() {
            return Ok(());
        }
        self.hash.update(&self.buffer);
        let taken = match Handle::current().runtime_flavor() {
            RuntimeFlavor::MultiThread => tokio::task::block_in_place(|| (self.lines)(&self.buffer)),
            _ => (self.lines)(&self.buffer),
        };
        taken.map_err(|error| {
            let message = format!("what came is not taken: {}", error.kind());
            Error::new(ErrorKind::Output, message).with_source(error)
        })
    }
}
