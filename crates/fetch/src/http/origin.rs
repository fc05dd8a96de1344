//! Where a request may go: rules on plain http, on tokens, and on redirects.

use url::{Host, Url};

use super::request::Request;
use super::words::place;
use crate::error::{Error, ErrorKind, Result};

/// Whether `url` points to this machine: `localhost`, 127.0.0.0/8, `::1`.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether what goes to `url` is read by nobody else: https, or this machine.
fn is_private(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}

/// Refuses a request that would give a secret away, before anything is sent.
pub(super) fn check(request: &Request<'_>) -> Result<()> {
    let url = &request.url;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        let message = format!("`{}` is no address of a web server", crate::redact::url(url));
        return Err(Error::new(ErrorKind::Configuration, message));
    }
    if (request.token.is_some() || request.is_secret) && !is_private(url) {
        let what = if request.token.is_some() { "a token" } else { "a secret" };
        let message = format!("{what} is not sent to `{}` over plain http", place(url));
        return Err(Error::new(ErrorKind::Configuration, message).with_help("use an https address"));
    }
    if request.token.is_some_and(|token| !token.is_for(url)) {
        let message = format!("the token is not meant for `{}`: it goes only to its own server", place(url));
        return Err(Error::new(ErrorKind::Redirect, message));
    }
    Ok(())
}

/// Where a redirect to `location` leads, if it may be followed.
pub(super) fn redirected(request: &Request<'_>, location: &str) -> Result<Url> {
    let from = &request.url;
    let refused = |why: String| Err(Error::new(ErrorKind::Redirect, why));
    let Ok(mut to) = from.join(location) else {
        return refused(format!("`{}` redirects to what is no address", place(from)));
    };
    to.set_fragment(None);
    if !matches!(to.scheme(), "http" | "https") || !to.username().is_empty() || to.password().is_some() {
        return refused(format!("`{}` redirects to what is no plain web address", place(from)));
    }
    if request.is_secret || request.body.is_some() {
        return refused(format!(
            "`{}` redirects to `{}`; what was sent is not sent elsewhere",
            place(from),
            place(&to)
        ));
    }
    if from.scheme() == "https" && to.scheme() == "http" && !is_loopback(&to) {
        return refused(format!("`{}` redirects to `{}` over plain http", place(from), place(&to)));
    }
    if request.token.is_some_and(|token| !token.is_for(&to)) {
        return refused(format!(
            "`{}` redirects to `{}`, which must not see the token of `{}`",
            place(from),
            place(&to),
            place(from)
        ));
    }
    Ok(to)
}

#[cfg(test)]
mod tests {
    use super::super::token::BearerToken;
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn this_machine_is_known_by_its_names_and_addresses() {
        for here in ["http://localhost:1/", "http://LOCALHOST/", "http://127.9.9.9/", "http://[::1]:8/"] {
            assert!(is_loopback(&url(here)), "{here}");
        }
        for there in
            ["http://localhost.example/", "http://10.0.0.1/", "http://[::2]/", "http://127.0.0.1.nip/"]
        {
            assert!(!is_loopback(&url(there)), "{there}");
        }
    }

    #[test]
    fn a_token_never_goes_over_plain_http_to_another_machine() {
        let far = url("http://payer.example/fhir");
        let token = BearerToken::new("abc", &far).unwrap();
        let error = check(&Request::get(far).with_token(&token)).unwrap_err();
        assert_eq!(error.to_string(), "a token is not sent to `payer.example` over plain http");
        let here = url("http://127.0.0.1:8788/fhir");
        let token = BearerToken::new("abc", &here).unwrap();
        assert!(check(&Request::get(here).with_token(&token)).is_ok());
    }

    #[test]
    fn redirects_that_lose_privacy_are_refused() {
        let from = url("https://payer.example/fhir/a");
        let token = BearerToken::new("abc", &from).unwrap();
        let plain = Request::get(from.clone());
        let with_token = Request::get(from.clone()).with_token(&token);
        assert_eq!(redirected(&with_token, "/b").unwrap().as_str(), "https://payer.example/b");
        assert_eq!(redirected(&plain, "//other.example/b").unwrap().as_str(), "https://other.example/b");
        for (request, to) in [
            (&plain, "http://payer.example/b"),
            (&plain, "file:///etc/passwd"),
            (&plain, "https://user:pw@payer.example/"),
            (&with_token, "https://payer.example:8443/b"),
            (&with_token, "https://other.example/b"),
            (&with_token, "http://127.0.0.1/b"),
        ] {
            assert_eq!(redirected(request, to).unwrap_err().kind(), ErrorKind::Redirect, "{to}");
        }
        let words = redirected(&with_token, "https://other.example/b").unwrap_err().to_string();
        assert!(words.contains("payer.example") && words.contains("other.example"), "{words}");
        let form = Request::post_form(from, "secret=1".to_owned());
        assert_eq!(redirected(&form, "/b").unwrap_err().kind(), ErrorKind::Redirect);
    }
}
