//! One request to its answer: redirects, tries, waits.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::BoxFuture;
use reqwest::Response;
use reqwest::header::{ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use url::Url;

use super::body::{self, Body, Broken};
use super::options::HttpOptions;
use super::origin::{check, is_loopback, redirected};
use super::request::Request;
use super::retry;
use super::words::{failed, place, time};
use crate::error::{Error, ErrorKind, Result};

/// How many redirects are followed.
const REDIRECTS: usize = 5;

/// The most of an answer that is no success.
const REFUSAL_LIMIT: u64 = 1 << 20;

/// How a client waits; tests put one here that does not.
pub type Sleep = Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;

/// Sends requests. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Client {
    far: reqwest::Client,
    /// For this machine: never through a proxy, which would be another one.
    near: reqwest::Client,
    options: Arc<HttpOptions>,
    sleep: Sleep,
}

/// What a server answered. Its `Debug` shows neither headers nor body, which may hold tokens and patients.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Where it came from, after redirects.
    pub url: Url,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed; of a [`Client::download`] only that of an answer that is no success.
    pub body: Vec<u8>,
    /// The length of the body, in bytes after decompression.
    pub bytes: u64,
}

impl fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Answer({}, {} bytes)", self.status, self.bytes)
    }
}

/// A try that failed.
struct Failure {
    error: Error,
    again: Again,
}

enum Again {
    Never,
    /// Only when the request may be repeated.
    Perhaps,
    /// The server has not acted on it; with how long it asks to wait.
    Surely(Option<Duration>),
}

impl Failure {
    fn lasting(error: Error) -> Failure {
        Failure { error, again: Again::Never }
    }
}

impl Client {
    /// A client with `options`.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when a certificate or key cannot be read.
    pub fn new(options: HttpOptions) -> Result<Client> {
        let sleep: Sleep = Arc::new(|span| Box::pin(tokio::time::sleep(span)));
        let (far, near) = (options.build(true)?, options.build(false)?);
        Ok(Client { far, near, options: Arc::new(options), sleep })
    }

    /// This client, waiting by `sleep` between tries.
    #[must_use]
    pub fn with_sleep(mut self, sleep: Sleep) -> Client {
        self.sleep = sleep;
        self
    }

    /// The options it was made with.
    pub fn options(&self) -> &HttpOptions {
        &self.options
    }

    /// Waits as between tries, for a server that asks for it by other means than a status.
    pub async fn wait(&self, span: Duration) {
        (self.sleep)(span).await;
    }

    /// Sends `request`; the body of the answer comes into memory, whatever its status.
    ///
    /// # Errors
    /// When no answer came after all tries, the last one had a status that should have passed (429, 502, 503, 504),
    /// a redirect may not be followed, or the body is above the limit.
    pub async fn send(&self, request: Request<'_>) -> Result<Answer> {
        let mut body = Vec::new();
        let mut answer = self.download(request, &mut body).await?;
        if (200..300).contains(&answer.status) {
            answer.body = body;
        }
        Ok(answer)
    }

    /// Sends `request`; the body of a success goes to `body`, piece by piece.
    ///
    /// # Errors
    /// As [`Client::send`], and [`ErrorKind::Output`] when `body` cannot be written.
    pub async fn download(&self, request: Request<'_>, body: &mut dyn Body) -> Result<Answer> {
        check(&request)?;
        let began = Instant::now();
        let mut tried = 0;
        loop {
            tried += 1;
            body.clear().map_err(|error| {
                Error::new(ErrorKind::Output, "the answer could not be written").with_source(error)
            })?;
            let Failure { error, again } = match self.attempt(request.clone(), body).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let wished = match again {
                Again::Never => return Err(error),
                Again::Perhaps if !request.is_repeatable => return Err(error),
                Again::Perhaps => None,
                Again::Surely(wished) => wished,
            };
            if tried >= self.options.tries {
                return Err(after(error, tried, began.elapsed()));
            }
            if let Some(span) = wished.filter(|span| *span > self.options.longest_wait) {
                let message = format!("{error} and asks to wait {}", time(span));
                return Err(Error::new(ErrorKind::Status, message).with_help("run it again then"));
            }
            self.wait(wished.unwrap_or_else(|| retry::backoff(tried, retry::random()))).await;
        }
    }

    /// One try, through all its redirects.
    async fn attempt(
        &self,
        mut request: Request<'_>,
        body: &mut dyn Body,
    ) -> std::result::Result<Answer, Failure> {
        for _ in 0..=REDIRECTS {
            let response = self.exchange(&request).await?;
            let status = response.status().as_u16();
            if !matches!(status, 301 | 302 | 303 | 307 | 308) {
                return self.answer(request, response, body).await;
            }
            let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            let Some(location) = location else {
                let message = format!("{} answers {status} without saying where to go", place(&request.url));
                return Err(Failure::lasting(Error::new(ErrorKind::Redirect, message)));
            };
            request.url = redirected(&request, location).map_err(Failure::lasting)?;
        }
        let message = format!("{} redirects more than {REDIRECTS} times", place(&request.url));
        Err(Failure::lasting(Error::new(ErrorKind::Redirect, message)))
    }

    /// Sends it as it is.
    async fn exchange(&self, request: &Request<'_>) -> std::result::Result<Response, Failure> {
        let client = if is_loopback(&request.url) { &self.near } else { &self.far };
        let mut builder = client
            .request(request.method.clone(), request.url.clone())
            .headers(request.headers.clone())
            .header(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        if let Some(token) = request.token {
            builder = builder.header(AUTHORIZATION, token.header().map_err(Failure::lasting)?);
        }
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        builder.send().await.map_err(|error| {
            let again = if error.is_connect() { Again::Surely(None) } else { Again::Perhaps };
            let error = failed(error, &request.url);
            // What a certificate is, it remains.
            let again = if error.kind() == ErrorKind::Tls { Again::Never } else { again };
            Failure { error, again }
        })
    }

    async fn answer(
        &self,
        request: Request<'_>,
        response: Response,
        body: &mut dyn Body,
    ) -> std::result::Result<Answer, Failure> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let most = if request.is_limit_own { u64::MAX } else { self.options.body_limit };
        let (url, limit) = (request.url, request.limit.min(most));
        if retry::is_passing(status) && !request.takes_every_status {
            let wished = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let wished = wished.and_then(|value| retry::retry_after(value, SystemTime::now()));
            let error = Error::new(ErrorKind::Status, format!("{} answers {status}", place(&url)));
            // A gateway's own words (502, 504) do not say what happened behind it.
            let again = if matches!(status, 429 | 503) { Again::Surely(wished) } else { Again::Perhaps };
            return Err(Failure { error, again });
        }
        let mut refusal = Vec::new();
        let read = match status {
            200..300 => body::read(response, &url, limit, body).await,
            _ => body::read(response, &url, REFUSAL_LIMIT.min(limit), &mut refusal).await,
        };
        match read {
            Ok(bytes) => Ok(Answer { status, url, headers, body: refusal, bytes }),
            Err(Broken::Passing(error)) => Err(Failure { error, again: Again::Perhaps }),
            Err(Broken::Lasting(error)) => Err(Failure::lasting(error)),
        }
    }
}

/// `error`, with how often and how long it was tried.
fn after(error: Error, tried: u32, elapsed: Duration) -> Error {
    if tried < 2 {
        return error;
    }
    let again = Error::new(error.kind(), format!("{error} ({tried} tries in {})", time(elapsed)));
    let again = match error.help() {
        Some(help) => again.with_help(help.to_owned()),
        None => again,
    };
    again.with_source(error)
}
