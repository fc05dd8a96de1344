//! How sign-in speaks HTTP: one request, one whole answer. In tests it is a closure.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use oauth2::http::{Method, header};
use url::{Url, form_urlencoded};

use crate::error::{Error, ErrorKind, Result};
use crate::provider::ClientAuth;

/// A request with its whole body.
pub type HttpRequest = oauth2::HttpRequest;

/// An answer with its whole body.
pub type HttpResponse = oauth2::HttpResponse;

/// An answer to come.
pub type Answer = Pin<Box<dyn Future<Output = Result<HttpResponse>> + Send>>;

/// Sends one request and gives back the answer, whatever its status.
///
/// Whoever implements it never follows a redirect (a code or secret would go with it), reads no body above
/// [`LARGEST`], and gives up after a time.
pub trait Transport: Send + Sync {
    /// Sends `request`.
    fn send(&self, request: HttpRequest) -> Answer;
}

impl<F, R> Transport for F
where
    F: Fn(HttpRequest) -> R + Send + Sync,
    R: Future<Output = Result<HttpResponse>> + Send + 'static,
{
    fn send(&self, request: HttpRequest) -> Answer {
        Box::pin(self(request))
    }
}

/// The largest answer that is read: a CapabilityStatement may have some megabytes.
pub(crate) const LARGEST: usize = 16 << 20;

/// The largest of the other answers.
pub(crate) const LARGEST_REPLY: usize = 1 << 20;

/// `GET url`, with a bearer token if one is given.
pub(crate) fn get(url: &Url, bearer: Option<&str>) -> Result<HttpRequest> {
    let mut request = oauth2::http::Request::builder()
        .method(Method::GET)
        .uri(url.as_str())
        .header(header::ACCEPT, "application/json");
    if let Some(token) = bearer {
        let mut value = header::HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| {
            Error::new(ErrorKind::Mismatch, "the token has characters that no header may have")
        })?;
        value.set_sensitive(true);
        request = request.header(header::AUTHORIZATION, value);
    }
    let failed = |_| Error::new(ErrorKind::Configuration, "a URL that cannot be asked for");
    request.body(Vec::new()).map_err(failed)
}

/// `POST url` with a form, as `client` (its id, its secret if it has one, and how that is sent).
pub(crate) fn post(
    url: &Url,
    form: &[(&str, &str)],
    client: (&str, Option<&str>, ClientAuth),
) -> Result<HttpRequest> {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(form);
    let mut request = oauth2::http::Request::builder()
        .method(Method::POST)
        .uri(url.as_str())
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    match client {
        (id, Some(secret), ClientAuth::Basic) => {
            // RFC 6749, section 2.3.1: both are form-encoded first.
            let pair = BASE64_STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)));
            request = request.header(header::AUTHORIZATION, format!("Basic {pair}"));
        }
        (id, secret, _) => {
            body.append_pair("client_id", id);
            if let Some(secret) = secret {
                body.append_pair("client_secret", secret);
            }
        }
    }
    let failed = |_| Error::new(ErrorKind::Configuration, "a URL that cannot be asked for");
    request.body(body.finish().into_bytes()).map_err(failed)
}

/// What an answer looks like that is not the JSON that was wanted; never any of its text.
pub(crate) fn shape(response: &HttpResponse) -> &'static str {
    let body = response.body();
    let start = body.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(body.len());
    match body.get(start) {
        None => "empty",
        Some(b'<') => "HTML or XML",
        Some(b'{' | b'[') => "JSON that breaks off or does not parse",
        Some(_) => "no JSON",
    }
}

/// The transport over a plain reqwest client.
///
/// ```
/// let transport = fhirkit_fetch::auth::Direct::new()?;
/// # Ok::<(), fhirkit_fetch::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Direct {
    client: reqwest::Client,
}

impl Direct {
    /// A client that follows no redirect and waits half a minute for an answer.
    ///
    /// # Errors
    /// [`ErrorKind::Tls`] when TLS cannot be set up.
    pub fn new() -> Result<Direct> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .connect_timeout(Duration::from_secs(10))
            .user_agent(concat!("fhirkit/", env!("CARGO_PKG_VERSION")))
            .build();
        let failed = |error| Error::new(ErrorKind::Tls, "TLS could not be set up").with_source(error);
        client.map(|client| Direct { client }).map_err(failed)
    }
}

impl Transport for Direct {
    fn send(&self, request: HttpRequest) -> Answer {
        let client = self.client.clone();
        Box::pin(async move { answer(&client, request).await })
    }
}

async fn answer(client: &reqwest::Client, request: HttpRequest) -> Result<HttpResponse> {
    let host = request.uri().authority().map_or_else(String::new, ToString::to_string);
    let request = reqwest::Request::try_from(request)
        .map_err(|_| Error::new(ErrorKind::Configuration, "a URL that cannot be asked for"))?;
    let mut response = client.execute(request).await.map_err(|error| unreachable(&host, error))?;
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|error| unreachable(&host, error))? {
        if body.len() + part.len() > LARGEST {
            let message = format!("`{host}` answers with more than {} MiB", LARGEST >> 20);
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        body.extend_from_slice(&part);
    }
    let mut whole = oauth2::http::Response::new(body);
    *whole.status_mut() = response.status();
    *whole.headers_mut() = response.headers().clone();
    Ok(whole)
}

/// The failure without its URL, whose query may hold anything.
fn unreachable(host: &str, error: reqwest::Error) -> Error {
    let error = error.without_url();
    let (kind, what) = if error.is_timeout() {
        (ErrorKind::Timeout, "does not answer in time")
    } else if error.is_connect() {
        (ErrorKind::Connect, "cannot be reached")
    } else {
        (ErrorKind::Connect, "ends the connection too early")
    };
    Error::new(kind, format!("`{host}` {what}")).with_source(error)
}
