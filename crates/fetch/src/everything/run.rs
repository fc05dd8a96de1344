//! From the first page of a record to its last, whoever takes it.

use jiff::Timestamp;

use super::page::{Entry, Page};
use super::pages::{Arrival, EverythingPages};
use super::plan;
use super::receipt::Receipt;
use super::request::Request;
use super::tally::Tally;
use crate::error::{Error, ErrorKind, Result};
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

/// Who takes a record.
pub(super) trait Taker: Send {
    /// Takes a page, of whose entries `new` have not come before.
    fn page(&mut self, page: &Page, new: &[Entry<'_>]) -> Result<()>;
}

/// A record on its way.
pub(super) struct Run {
    tally: Tally,
    resumed_pages: u64,
    started: Timestamp,
}

impl Run {
    pub(super) fn begin() -> Run {
        Run { tally: Tally::default(), resumed_pages: 0, started: Timestamp::now() }
    }

    /// Hands all pages to `taker`. Returns why they are not the whole record, and lets the journal go where the same
    /// request could go on from it.
    ///
    /// # Errors
    /// When nothing came at all, or `taker` fails.
    pub(super) async fn all(
        &mut self,
        mut pages: EverythingPages,
        taker: &mut dyn Taker,
        progress: &mut (dyn FnMut(Progress<'_>) + Send),
    ) -> Result<End> {
        loop {
            match pages.next().await {
                Ok(Some(arrival)) => self.take(arrival, taker, progress)?,
                Ok(None) => break,
                Err(error) => {
                    pages.stop().await?;
                    if self.tally.page_count == 0 {
                        return Err(error);
                    }
                    return Ok(End { problem: Some(error), pages: None });
                }
            }
        }
        let problem = self.tally.missing().map(|why| Error::new(ErrorKind::Incomplete, why));
        Ok(End { problem, pages: Some(pages) })
    }

    fn take(
        &mut self,
        arrival: Arrival,
        taker: &mut dyn Taker,
        progress: &mut (dyn FnMut(Progress<'_>) + Send),
    ) -> Result<()> {
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
                self.tally.page(&page);
                let new: Vec<Entry<'_>> = page.entries().filter(|entry| self.tally.takes(*entry)).collect();
                taker.page(&page, &new)?;
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

    /// What came; the output has the hash `sha256`.
    pub(super) fn receipt(
        self,
        request: &Request,
        problem: Option<&Error>,
        sha256: String,
    ) -> Result<Receipt> {
        let tally = self.tally;
        let source = plan::steps(request)?.first().map(|step| redact::url(&step.url)).unwrap_or_default();
        Ok(Receipt {
            source,
            provider: request.provider.clone(),
            started: self.started.to_string(),
            ended: Timestamp::now().to_string(),
            pages: tally.page_count,
            resumed_pages: self.resumed_pages,
            bytes: tally.byte_count,
            resources: tally.resource_count(),
            total: tally.total(),
            entries: tally.types,
            duplicates: tally.duplicate_count,
            empty_entries: tally.empty_count,
            outcomes: tally.outcomes,
            not_offered: tally.not_offered,
            complete: problem.is_none(),
            incomplete_because: problem.map(Error::to_string),
            sha256,
        })
    }
}

/// How the pages ended.
pub(super) struct End {
    /// Why they are not the whole record.
    pub(super) problem: Option<Error>,
    /// All that the server would send has come: what is left is to remove the journal. Absent when it broke off.
    pub(super) pages: Option<EverythingPages>,
}
