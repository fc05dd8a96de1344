//! What is asked of a server.

use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::token::BearerToken;

/// One request. It has no `Debug`: its body may hold a secret.
#[derive(Clone)]
pub struct Request<'t> {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Vec<u8>>,
    pub(super) token: Option<&'t BearerToken>,
    /// Whether its body must not be read by others, as with a token.
    pub(super) is_secret: bool,
    /// Whether it may be sent again when nobody knows if the server has seen it.
    pub(super) is_repeatable: bool,
    /// The largest body of an answer, when less than the client's own limit.
    pub(super) limit: u64,
    /// Whether the client's own limit does not hold.
    pub(super) is_limit_own: bool,
    /// Whether statuses that may pass by themselves are answers.
    pub(super) takes_every_status: bool,
}

impl<'t> Request<'t> {
    fn new(method: Method, url: Url) -> Self {
        let (headers, is_repeatable) = (HeaderMap::new(), method != Method::POST);
        Request {
            method,
            url,
            headers,
            body: None,
            token: None,
            is_secret: false,
            is_repeatable,
            limit: u64::MAX,
            is_limit_own: false,
            takes_every_status: false,
        }
    }

    /// Asks for what is at `url`.
    pub fn get(url: Url) -> Self {
        Request::new(Method::GET, url)
    }

    /// Removes what is at `url`.
    pub fn delete(url: Url) -> Self {
        Request::new(Method::DELETE, url)
    }

    /// Sends a form that may hold secrets: https or loopback only, never redirected, sent again only when the server
    /// cannot have acted on it (a code or a rotated refresh token works once).
    pub fn post_form(url: Url, form: String) -> Self {
        let mut request = Request::new(Method::POST, url);
        request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        request.body = Some(form.into_bytes());
        request.is_secret = true;
        request
    }

    /// Adds the token; it goes to its own origin alone.
    #[must_use]
    pub fn with_token(mut self, token: &'t BearerToken) -> Self {
        self.token = Some(token);
        self
    }

    /// Takes no answer of more than `limit` bytes.
    #[must_use]
    pub fn at_most(mut self, limit: u64) -> Self {
        self.limit = limit;
        self
    }

    /// Takes an answer of up to `limit` bytes, also above the client's own limit: for a file that goes to a disk.
    #[must_use]
    pub fn up_to(mut self, limit: u64) -> Self {
        (self.limit, self.is_limit_own) = (limit, true);
        self
    }

    /// Takes a status that may pass by itself (429, 502, 503, 504) as an answer, instead of another try.
    #[must_use]
    pub fn taking_every_status(mut self) -> Self {
        self.takes_every_status = true;
        self
    }

    /// Adds what is understood as an answer: `application/fhir+json`.
    #[must_use]
    pub fn accepting(self, media_type: &'static str) -> Self {
        self.with_header(ACCEPT, HeaderValue::from_static(media_type))
    }

    /// Adds a header. One that holds a secret should be marked as sensitive, and be sent by [`Request::post_form`].
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}
