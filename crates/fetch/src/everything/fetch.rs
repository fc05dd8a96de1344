//! A record to a file.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::output::{Output, Writer};
use super::page::Page;
use super::pages::{Arrival, EverythingPages};
use super::plan;
use super::receipt::Receipt;
use super::request::Request;
use super::tally::Tally;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Client, TokenSource};
use crate::redact;

/// What happens on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// The journal of an earlier run was found.
    Resumed {
        /// Its pages.
        page_count: u64,
    },
    /// The server has forgotten where the earlier run stopped: it begins at the first page.
    Restarted,
    /// The server does not offer this.
    NotOffered {
        /// `$everything`, or the name of a resource type.
        what: &'a str,
        /// The status it said so with.
        status: u16,
    },
    /// A page was written.
    Page {
        /// Its number.
        number: u64,
        /// The bytes of all pages so far.
        bytes: u64,
        /// The resources written so far.
        resources: u64,
        /// How many the server says there are.
        total: Option<u64>,
    },
}

/// How a fetch ended.
#[derive(Debug)]
pub struct Fetched {
    /// What came; it stands in `FILE.receipt.json` as well.
    pub receipt: Receipt,
    /// Where it is: under the name that was asked for, or in `FILE.part` when it is incomplete.
    pub path: PathBuf,
    /// Why it is incomplete. Of kind [`ErrorKind::Incomplete`] when the server sent all it would; any other kind
    /// broke it off, and the same call goes on from there.
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
    let started = Timestamp::now();
    let mut pages = EverythingPages::open(client, tokens, request, &output.beside(".journal"))?;
    let mut run = Run { output: output.clone(), writer: None, tally: Tally::default(), resumed_pages: 0 };
    let broken = loop {
        match pages.next().await {
            Ok(Some(arrival)) => run.take(arrival, progress)?,
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    if let Some(error) = broken {
        pages.stop().await?;
        if run.writer.is_none() {
            return Err(error);
        }
        return run.end(request, started, Some(error));
    }
    let missing = run.tally.missing().map(|why| Error::new(ErrorKind::Incomplete, why));
    let fetched = run.end(request, started, missing)?;
    pages.finish().await?;
    Ok(fetched)
}

struct Run {
    output: Output,
    /// Begun with the first page: what an earlier run has left is not lost to one that gets nothing.
    writer: Option<Writer>,
    tally: Tally,
    resumed_pages: u64,
}

impl Run {
    fn take(&mut self, arrival: Arrival, progress: &mut (dyn FnMut(Progress<'_>) + Send)) -> Result<()> {
        match arrival {
            Arrival::Resumed { page_count } => {
                self.resumed_pages = page_count;
                progress(Progress::Resumed { page_count });
            }
            Arrival::Restarted => progress(Progress::Restarted),
            Arrival::NotOffered { what, status } => {
                progress(Progress::NotOffered { what: &what, status });
                self.tally.not_offered.insert(what, status);
            }
            Arrival::Page(page) => {
                self.page(&page)?;
                progress(Progress::Page {
                    number: page.number(),
                    bytes: self.tally.byte_count,
                    resources: self.tally.resource_count(),
                    total: self.tally.total(),
                });
            }
        }
        Ok(())
    }

    fn page(&mut self, page: &Page) -> Result<()> {
        self.tally.page(page);
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => self.writer.insert(Writer::begin(&self.output)?),
        };
        writer.page(page)?;
        for entry in page.entries() {
            if self.tally.takes(entry) {
                writer.entry(entry)?;
            }
        }
        Ok(())
    }

    fn end(self, request: &Request, started: Timestamp, problem: Option<Error>) -> Result<Fetched> {
        let Run { output, writer, tally, resumed_pages } = self;
        let writer = writer.map_or_else(|| Writer::begin(&output), Ok)?;
        let sha256 = writer.finish(problem.is_none())?;
        let source = plan::steps(request)?.first().map(|step| redact::url(&step.url)).unwrap_or_default();
        let receipt = Receipt {
            source,
            provider: request.provider.clone(),
            started: started.to_string(),
            ended: Timestamp::now().to_string(),
            pages: tally.page_count,
            resumed_pages,
            bytes: tally.byte_count,
            resources: tally.resource_count(),
            total: tally.total(),
            entries: tally.types,
            duplicates: tally.duplicate_count,
            empty_entries: tally.empty_count,
            outcomes: tally.outcomes,
            not_offered: tally.not_offered,
            complete: problem.is_none(),
            incomplete_because: problem.as_ref().map(Error::to_string),
            sha256,
        };
        receipt.write(&output.beside(".receipt.json"))?;
        let path = if receipt.complete { output.path.clone() } else { output.beside(".part") };
        Ok(Fetched { receipt, path, problem })
    }
}
