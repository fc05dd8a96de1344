//! The pages of a record as they become complete.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc::{self, Receiver};
use tokio::task::JoinHandle;

use super::download::{Download, Message};
use super::journal::Journal;
use super::page::Page;
use super::plan;
use super::request::Request;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Client, TokenSource};

/// What comes from [`EverythingPages::next`].
pub enum Arrival {
    /// The journal of an earlier run was found; its pages come first.
    Resumed {
        /// How many they are.
        page_count: u64,
    },
    /// The server has forgotten where the earlier run stopped: it begins at the first page.
    Restarted,
    /// What the server does not offer; other requests go on without.
    NotOffered {
        /// `$everything`, or the name of a resource type.
        what: String,
        /// The status it said so with.
        status: u16,
    },
    /// A complete page, which lies in the journal.
    Page(Box<Page>),
}

/// A record, page by page. While its reader works on a page, the next one is downloaded.
///
/// Dropping it stops the download; the journal stays, and another run goes on from it.
pub struct EverythingPages {
    arrivals: Receiver<Message>,
    download: JoinHandle<Journal>,
}

impl Drop for EverythingPages {
    fn drop(&mut self) {
        self.download.abort();
    }
}

impl EverythingPages {
    /// Begins to download, or goes on, with the journal in the folder `journal`. Without `tokens` the server is asked
    /// without any. Must be called inside a runtime of tokio.
    ///
    /// # Errors
    /// When the request makes no sense, or the journal cannot be had: it belongs to another request, or another
    /// process has it.
    pub fn open(
        client: &Client,
        tokens: Option<Arc<dyn TokenSource>>,
        request: &Request,
        journal: &Path,
    ) -> Result<EverythingPages> {
        request.check()?;
        let steps = plan::steps(request)?;
        let journal = Journal::open(journal, &request.fingerprint())?;
        let (reader, arrivals) = mpsc::channel(1);
        let (client, request) = (client.clone(), request.clone());
        let download = Download { client, tokens, token: None, request, steps, journal, reader };
        Ok(EverythingPages { arrivals, download: tokio::spawn(download.run()) })
    }

    /// What comes next; `None` after the last page.
    ///
    /// # Errors
    /// When the record could not be read to its end. What came before is complete, and stays in the journal.
    pub async fn next(&mut self) -> Result<Option<Arrival>> {
        match self.arrivals.recv().await {
            Some(message) => message,
            // Only a download that was ended from outside, or by a fault of ours, leaves without a last word.
            None => Err(Error::new(ErrorKind::Cancelled, "the download has stopped")),
        }
    }

    /// Stops the download and lets the journal go, for another run to take up; one without a page is removed.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub async fn stop(mut self) -> Result<()> {
        self.download.abort();
        match (&mut self.download).await {
            Ok(journal) if journal.page_count() == 0 => journal.remove(),
            _ => Ok(()),
        }
    }

    /// Removes the journal, after the last page has been put where it belongs.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub async fn finish(mut self) -> Result<()> {
        self.arrivals.close();
        match (&mut self.download).await {
            Ok(journal) => journal.remove(),
            Err(_) => Err(Error::new(ErrorKind::Cancelled, "the download has stopped")),
        }
    }
}
