//! The half that downloads: from one page to the next, each into the journal before it is handed on.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use tokio::sync::mpsc::Sender;
use url::Url;

use super::journal::{Journal, Line};
use super::page::Page;
use super::pages::Arrival;
use super::plan::{Step, Subject};
use super::request::Request;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{self, Answer, BearerToken, Client, TokenSource, size};
use crate::private::hex;

/// What is understood as a page.
const ACCEPTED: &str = "application/fhir+json, application/json;q=0.9";

/// The wait before a page is asked for again whose end was missing.
const BEFORE_ANOTHER: Duration = Duration::from_secs(2);

/// What goes to the reader; `None` is the end.
pub(super) type Message = Result<Option<Arrival>>;

pub(super) struct Download {
    pub(super) client: Client,
    pub(super) tokens: Option<Arc<dyn TokenSource>>,
    pub(super) token: Option<BearerToken>,
    pub(super) request: Request,
    pub(super) steps: Vec<Step>,
    pub(super) journal: Journal,
    pub(super) reader: Sender<Message>,
}

/// Where a page is.
#[derive(Debug, Clone)]
struct Place {
    step: usize,
    url: Url,
    /// Whether a server gave it, and may have forgotten it since.
    is_link: bool,
}

/// What became of a request for a page.
enum Got {
    Page(Box<Page>, Url),
    /// A status that says this is not to be had here.
    Refused(Answer),
}

impl Download {
    /// Downloads to the end, or until nobody reads any more. Gives the journal back.
    pub(super) async fn run(mut self) -> Journal {
        let last = self.download().await.map(|()| None);
        // Nobody left to tell is no failure.
        let _ = self.reader.send(last).await;
        self.journal
    }

    async fn download(&mut self) -> Result<()> {
        if let Some(tokens) = &self.tokens {
            self.token = Some(tokens.token().await?);
        }
        let (mut place, mut ready) = self.resume().await?;
        while let Some(at) = place {
            let got = match ready.take() {
                Some(got) => got,
                None => self.get(&at).await?,
            };
            place = match got {
                Got::Page(page, url) => {
                    let next = self.keep(&at, &page, &url)?;
                    if !self.tell(Arrival::Page(page)).await {
                        return Ok(());
                    }
                    next
                }
                Got::Refused(answer) => self.skip(&at, answer).await?,
            };
        }
        Ok(())
    }

    /// Takes up the journal: hands its pages on, and says where to go on. The next page is asked for before that,
    /// since a server that has forgotten its link means a new beginning, which nobody should notice but by its word.
    async fn resume(&mut self) -> Result<(Option<Place>, Option<Got>)> {
        let Some(last) = self.journal.last().cloned() else { return Ok((self.start_of(0), None)) };
        let place = match &last.next {
            Some(link) => {
                let url = Url::parse(link).map_err(|error| {
                    Error::new(ErrorKind::Output, "the journal is damaged").with_source(error)
                })?;
                Some(Place { step: last.step, url, is_link: true })
            }
            None => self.after(last.step),
        };
        let next = match &place {
            Some(at) => Some(self.get(at).await),
            None => None,
        };
        let is_forgotten = matches!((&place, &next), (Some(at), Some(Ok(Got::Refused(answer))))
            if at.is_link && matches!(answer.status, 404 | 410));
        if is_forgotten {
            self.journal.restart()?;
            self.tell(Arrival::Restarted).await;
            return Ok((self.start_of(0), None));
        }
        let page_count = self.journal.page_count();
        self.tell(Arrival::Resumed { page_count }).await;
        for number in 1..=page_count {
            let bytes = self.journal.page(number)?;
            // What stands in the journal has been a page before; whether it was the Patient alone is not asked again.
            let page =
                Page::read(number, bytes, None, &Subject::Patient).map_err(|unusable| unusable.error)?;
            if !self.tell(Arrival::Page(Box::new(page))).await {
                return Ok((None, None));
            }
        }
        Ok((place, next.transpose()?))
    }

    fn start_of(&self, step: usize) -> Option<Place> {
        let url = self.steps.get(step)?.url.clone();
        Some(Place { step, url, is_link: false })
    }

    /// Where to go when the paging of `step` has ended.
    fn after(&self, step: usize) -> Option<Place> {
        // The searches stand in for `$everything`; they do not follow it.
        if step == 0 { None } else { self.start_of(step + 1) }
    }

    /// Hands on. Returns whether somebody listens.
    async fn tell(&self, arrival: Arrival) -> bool {
        self.reader.send(Ok(Some(arrival))).await.is_ok()
    }

    /// Asks for a page, again when its end is missing.
    async fn get(&mut self, at: &Place) -> Result<Got> {
        let number = self.journal.page_count() + 1;
        let subject = self.steps.get(at.step).map_or(Subject::Everything, |step| step.subject.clone());
        let mut tried = 0;
        loop {
            tried += 1;
            let answer = self.exchange(&at.url).await?;
            if matches!(answer.status, 400 | 404 | 405 | 410 | 501) {
                return Ok(Got::Refused(answer));
            }
            let answer = answer.success(&self.request.provider)?;
            let media_type = answer.headers.get(CONTENT_TYPE).map(|value| value.to_str().unwrap_or("?"));
            match Page::read(number, answer.body, media_type, &subject) {
                Ok(page) => return Ok(Got::Page(Box::new(page), answer.url)),
                Err(unusable) if unusable.is_cut && tried < self.client.options().tries => {
                    self.client.wait(BEFORE_ANOTHER).await;
                }
                Err(unusable) => return Err(unusable.error),
            }
        }
    }

    /// One request; with a fresh token when the server no longer takes the old one.
    async fn exchange(&mut self, url: &Url) -> Result<Answer> {
        let answer = self.send(url).await?;
        let (401, Some(tokens), Some(stale)) = (answer.status, &self.tokens, &self.token) else {
            return Ok(answer);
        };
        match tokens.refresh(stale).await? {
            Some(fresh) => {
                self.token = Some(fresh);
                self.send(url).await
            }
            None => Ok(answer),
        }
    }

    async fn send(&self, url: &Url) -> Result<Answer> {
        let request = http::Request::get(url.clone()).accepting(ACCEPTED);
        self.client
            .send(match &self.token {
                Some(token) => request.with_token(token),
                None => request,
            })
            .await
    }

    /// Puts a page into the journal. Returns where the next one is.
    fn keep(&mut self, at: &Place, page: &Page, url: &Url) -> Result<Option<Place>> {
        let (limits, number) = (self.request.limits, page.number());
        let next = page.next(url)?;
        let hash = hex(page.sha256());
        let again = next.as_ref().is_some_and(|next| *next == at.url || self.journal.has_url(next.as_str()));
        if again || self.journal.has_content(at.step, &hash) {
            let what = if again { "leads back to" } else { "is the same as" };
            let message = format!("page {number} {what} a page that came before: paging goes in a circle");
            return Err(Error::new(ErrorKind::Loop, message));
        }
        if number > limits.pages {
            let message = format!("there are more pages than the limit of {}", limits.pages);
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        let bytes = page.bytes().len() as u64;
        if self.journal.byte_count() + bytes > limits.bytes {
            let message = format!("the pages are larger than the limit of {}", size(limits.bytes));
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        let line = Line {
            page: number,
            step: at.step,
            url: at.url.to_string(),
            next: next.as_ref().map(Url::to_string),
            sha256: hash,
            bytes,
            entries: page.entries().count() as u64,
        };
        self.journal.append(page.bytes(), line)?;
        Ok(match next {
            Some(url) => Some(Place { step: at.step, url, is_link: true }),
            None => self.after(at.step),
        })
    }

    /// Where to go when `at` is not to be had, if that is no reason to stop.
    async fn skip(&mut self, at: &Place, answer: Answer) -> Result<Option<Place>> {
        let subject = self.steps.get(at.step).map(|step| step.subject.clone());
        let number = self.journal.page_count() + 1;
        match subject {
            _ if at.is_link && matches!(answer.status, 404 | 410) => {
                let message =
                    format!("page {number} is gone ({}): the server no longer holds it", answer.status);
                let help = "run it again: it begins at the first page";
                Err(Error::new(ErrorKind::Incomplete, message).with_help(help))
            }
            Some(Subject::Everything) if !at.is_link && self.steps.len() > 1 => {
                self.tell(Arrival::NotOffered { what: "$everything".to_owned(), status: answer.status })
                    .await;
                Ok(self.start_of(1))
            }
            Some(Subject::Search(name)) if !at.is_link => {
                self.tell(Arrival::NotOffered { what: name, status: answer.status }).await;
                Ok(self.start_of(at.step + 1))
            }
            Some(Subject::Everything) => Err(Error::new(ErrorKind::Status, answer.words()).with_help(
                "a server without `$everything` is asked type by type: --everything-fallback search",
            )),
            _ => Err(Error::new(ErrorKind::Status, answer.words())),
        }
    }
}
