//! Addresses that a server gives: where the status of an export is, and where its files are.

use url::Url;

use crate::error::{Error, ErrorKind, Result};
use crate::http::{is_loopback, place};

/// Where `text`, found at `from`, leads, if it may be followed. `what` names it in messages. With `needs_token` it must
/// be at the server of `base`, which alone may see the token.
pub(super) fn given(what: &str, text: &str, from: &Url, base: &Url, needs_token: bool) -> Result<Url> {
    let refused = |words: String| Err(Error::new(ErrorKind::Redirect, format!("{what} {words}")));
    let address = if text.is_empty() { None } else { from.join(text).ok() };
    let Some(mut url) = address else { return refused("is no address".to_owned()) };
    url.set_fragment(None);
    let has_password = !url.username().is_empty() || url.password().is_some();
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() || has_password {
        return refused("is no plain web address".to_owned());
    }
    if needs_token && url.origin() != base.origin() {
        let (there, here) = (place(&url), place(base));
        return refused(format!("is at `{there}`, which must not see the token of `{here}`"));
    }
    if is_loopback(&url) && !is_loopback(base) {
        return refused("is an address of this machine".to_owned());
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return refused(format!("is at `{}` over plain http", place(&url)));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn led(text: &str, needs_token: bool) -> std::result::Result<String, String> {
        let base = Url::parse("https://payer.example/fhir").unwrap();
        let from = base.join("/bulk/1").unwrap();
        given("the file", text, &from, &base, needs_token).map(Into::into).map_err(|error| error.to_string())
    }

    #[test]
    fn addresses_may_be_elsewhere_only_without_a_token() {
        for needs_token in [false, true] {
            assert_eq!(led("/f/1#x", needs_token).unwrap(), "https://payer.example/f/1");
            assert!(led("https://payer.example:443/f", needs_token).is_ok());
        }
        assert!(led("https://files.example/1?signature=x", false).is_ok());
        let words = led("https://files.example/1?signature=x", true).unwrap_err();
        assert_eq!(words, "the file is at `files.example`, which must not see the token of `payer.example`");
    }

    #[test]
    fn addresses_that_nobody_should_follow_are_refused() {
        for text in [
            "",
            "http://files.example/1",
            "http://payer.example/1",
            "file:///etc/passwd",
            "data:,x",
            "https://u:p@payer.example/1",
            "http://127.0.0.1:9/admin",
            "https://localhost/admin",
        ] {
            assert!(led(text, false).is_err(), "{text}");
        }
    }
}
