//! How sign-in speaks HTTP: one request, one whole answer. In tests it is a closure.

use std::future::Future;
use std::pin::Pin;

use base64::prelude::{BASE64_STANDARD, Engine};
use oauth2::http::{Method, StatusCode, header};
use url::{Url, form_urlencoded};

use crate::error::{Error, ErrorKind, Result};
use crate::http::{BearerToken, Client, HttpOptions, Request};
use crate::provider::ClientAuth;

/// A request with its whole body.
pub type HttpRequest = oauth2::HttpRequest;

/// An answer with its whole body.
pub type HttpResponse = oauth2::HttpResponse;

/// An answer to come.
pub type Answer = Pin<Box<dyn Future<Output = Result<HttpResponse>> + Send>>;

/// Sends one request and gives back the answer, whatever its status.
///
/// Whoever implements it follows no redirect of a `POST` (a code or secret would go with it), lets no token leave its
/// origin, reads no body without a limit, and gives up after a time.
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
const LARGEST: u64 = 16 << 20;

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
            let mut value = header::HeaderValue::try_from(format!("Basic {pair}"))
                .map_err(|_| Error::new(ErrorKind::Configuration, "a client that no header can name"))?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
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

/// The transport over this room's HTTP client.
///
/// ```
/// use fhirkit_fetch::{auth::Direct, http::HttpOptions};
///
/// let transport = Direct::new(HttpOptions::default())?;
/// # Ok::<(), fhirkit_fetch::Error>(())
/// ```
#[derive(Clone)]
pub struct Direct {
    client: Client,
}

impl Direct {
    /// A client with `options`, but for the limit on bodies: nothing that a sign-in needs is large.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when a certificate or key cannot be read.
    pub fn new(options: HttpOptions) -> Result<Direct> {
        let options = HttpOptions { body_limit: LARGEST.min(options.body_limit), ..options };
        Client::new(options).map(|client| Direct { client })
    }
}

impl Transport for Direct {
    fn send(&self, request: HttpRequest) -> Answer {
        let client = self.client.clone();
        Box::pin(async move { answer(&client, request).await })
    }
}

async fn answer(client: &Client, request: HttpRequest) -> Result<HttpResponse> {
    let (parts, body) = request.into_parts();
    let unfit = |_| Error::new(ErrorKind::Configuration, "a URL that cannot be asked for");
    let url = Url::parse(&parts.uri.to_string()).map_err(unfit)?;
    // A token goes as a token, so that the client's rules on origins and redirects hold for it.
    let bearer = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = bearer.and_then(|value| value.strip_prefix("Bearer "));
    let token = bearer.map(|text| BearerToken::new(text, &url)).transpose()?;
    let mut request = match parts.method {
        Method::POST => {
            let form = String::from_utf8(body)
                .map_err(|_| Error::new(ErrorKind::Configuration, "a form that is not UTF-8"))?;
            Request::post_form(url, form)
        }
        _ => Request::get(url),
    };
    for (name, value) in
        parts.headers.iter().filter(|(name, _)| token.is_none() || *name != header::AUTHORIZATION)
    {
        request = request.with_header(name.clone(), value.clone());
    }
    if let Some(token) = &token {
        request = request.with_token(token);
    }
    let answer = client.send(request).await?;
    let mut response = oauth2::http::Response::new(answer.body);
    *response.status_mut() = StatusCode::from_u16(answer.status)
        .map_err(|_| Error::new(ErrorKind::Status, "the server answers with a status that is none"))?;
    *response.headers_mut() = answer.headers;
    Ok(response)
}
