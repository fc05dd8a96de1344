//! Bearer tokens, and where they come from.

use std::fmt;

use futures_util::future::{self, BoxFuture};
use reqwest::header::HeaderValue;
use url::{Origin, Url};

use crate::error::{Error, ErrorKind, Result};

/// An access token, bound to the origin (scheme, host, port) it may be sent to. Its text is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct BearerToken {
    text: String,
    origin: Origin,
}

impl BearerToken {
    /// A token for the server of `url`.
    ///
    /// # Errors
    /// [`ErrorKind::Mismatch`] when the text is empty or holds what no header can.
    pub fn new(text: impl Into<String>, url: &Url) -> Result<BearerToken> {
        let text = text.into();
        // RFC 6750 allows less; a server that gives more gets it back, as long as it is one word of visible ASCII.
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            let message = "the access token is empty or holds characters that a header cannot";
            return Err(Error::new(ErrorKind::Mismatch, message));
        }
        Ok(BearerToken { text, origin: url.origin() })
    }

    /// The token itself, for `fhirkit token --show` alone.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// Whether it may be sent to the server of `url`.
    pub fn is_for(&self, url: &Url) -> bool {
        self.origin.is_tuple() && self.origin == url.origin()
    }

    /// The value of `Authorization`, marked as sensitive.
    pub(super) fn header(&self) -> Result<HeaderValue> {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", self.text))
            .map_err(|_| Error::new(ErrorKind::Mismatch, "the access token cannot stand in a header"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// Who gives tokens, and a fresh one when the server no longer accepts the last.
pub trait TokenSource: Send + Sync {
    /// The token to begin with.
    ///
    /// # Errors
    /// When nobody is signed in, or the store cannot be read.
    fn token(&self) -> BoxFuture<'_, Result<BearerToken>>;

    /// A token in place of `stale`, which the server answered with 401; `None` when there is no way but to sign in.
    ///
    /// # Errors
    /// When there is a way, and it fails.
    fn refresh<'a>(&'a self, stale: &'a BearerToken) -> BoxFuture<'a, Result<Option<BearerToken>>>;
}

/// A token that was given, and cannot be refreshed.
impl TokenSource for BearerToken {
    fn token(&self) -> BoxFuture<'_, Result<BearerToken>> {
        Box::pin(future::ready(Ok(self.clone())))
    }

    fn refresh<'a>(&'a self, _stale: &'a BearerToken) -> BoxFuture<'a, Result<Option<BearerToken>>> {
        Box::pin(future::ready(Ok(None)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_token_is_for_its_origin_alone() {
        let token = BearerToken::new("abc", &url("https://payer.example/fhir")).unwrap();
        assert!(token.is_for(&url("https://payer.example:443/other?x=1")));
        for other in [
            "http://payer.example/fhir",
            "https://payer.example:8443/fhir",
            "https://sub.payer.example/fhir",
            "https://payer.example.evil.example/fhir",
        ] {
            assert!(!token.is_for(&url(other)), "{other}");
        }
        assert!(!BearerToken::new("abc", &url("data:x")).unwrap().is_for(&url("data:x")));
    }

    #[test]
    fn a_token_is_never_printed() {
        let token = BearerToken::new("very-secret", &url("https://payer.example")).unwrap();
        assert_eq!(format!("{token:?}"), "[redacted]");
        assert!(!format!("{:?}", token.header().unwrap()).contains("very-secret"));
    }

    #[test]
    fn a_token_cannot_carry_further_headers() {
        for text in ["", "a b", "a\r\nX-Evil: 1", "ä"] {
            assert!(BearerToken::new(text, &url("https://payer.example")).is_err(), "{text:?}");
        }
    }
}
