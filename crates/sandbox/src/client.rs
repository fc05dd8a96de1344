//! The applications that may ask: who they are, and where they may be answered.

use url::{Host, Url};

/// The static client of the developer page.
pub(crate) const CONFIDENTIAL: &str = "AJMP7iHHEfegyn2PMzTj";
/// A native application.
pub(crate) const PUBLIC: &str = "fhirkit";
/// A server that asks for bulk data.
pub(crate) const BACKEND: &str = "fhirkit-backend";

/// An application that is registered.
pub(crate) struct Client {
    pub(crate) id: &'static str,
    /// What the consent page calls it.
    pub(crate) name: &'static str,
    /// Its secret; none if it is public.
    pub(crate) secret: Option<String>,
    redirects: Vec<Redirect>,
}

/// A redirect URI that is registered.
enum Redirect {
    /// This one, letter for letter.
    Exact(&'static str),
    /// `http` on a loopback host and any port, with this path (RFC 8252, section 7.3).
    Loopback(&'static str),
}

impl Client {
    /// The clients of a sandbox that members may be sent from.
    pub(crate) fn all(secret: String) -> Vec<Client> {
        vec![
            Client {
                id: CONFIDENTIAL,
                name: "OpenID Connect Debugger",
                secret: Some(secret),
                redirects: vec![Redirect::Exact("https://oidcdebugger.com/debug")],
            },
            Client {
                id: PUBLIC,
                name: "fhirkit",
                secret: None,
                redirects: vec![Redirect::Loopback("/callback"), Redirect::Exact("org.fhirkit:/callback")],
            },
        ]
    }

    pub(crate) fn is_public(&self) -> bool {
        self.secret.is_none()
    }

    /// The redirect URI that is meant when none is given: there must be only one.
    pub(crate) fn only_redirect(&self) -> Option<&'static str> {
        match self.redirects.as_slice() {
            [Redirect::Exact(uri)] => Some(uri),
            _ => None,
        }
    }

    /// The redirect URI, if it is registered.
    pub(crate) fn redirect(&self, uri: &str) -> Option<Url> {
        let url = Url::parse(uri).ok()?;
        let is_registered = self.redirects.iter().any(|redirect| match redirect {
            Redirect::Exact(registered) => *registered == uri,
            Redirect::Loopback(path) => is_loopback(&url, path),
        });
        is_registered.then_some(url)
    }
}

fn is_loopback(url: &Url, path: &str) -> bool {
    let is_loopback_host = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let has_no_more = url.query().is_none() && url.fragment().is_none();
    let has_no_user = url.username().is_empty() && url.password().is_none();
    url.scheme() == "http" && is_loopback_host && url.path() == path && has_no_more && has_no_user
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loopback_redirect_may_have_any_port() {
        let clients = Client::all("s".to_owned());
        let public = clients.iter().find(|client| client.is_public()).unwrap();
        for uri in [
            "http://127.0.0.1/callback",
            "http://127.0.0.1:49152/callback",
            "http://localhost:7/callback",
            "http://[::1]:7/callback",
            "org.fhirkit:/callback",
        ] {
            assert!(public.redirect(uri).is_some(), "{uri}");
        }
        for uri in [
            "https://127.0.0.1/callback",
            "http://127.0.0.1:7/other",
            "http://127.0.0.1.example.org/callback",
            "http://127.0.0.1@example.org/callback",
            "http://example.org/callback",
            "http://127.0.0.1:7/callback#x",
            "https://oidcdebugger.com/debug",
            "callback",
        ] {
            assert!(public.redirect(uri).is_none(), "{uri}");
        }
    }

    #[test]
    fn any_other_redirect_is_compared_letter_for_letter() {
        let clients = Client::all("s".to_owned());
        let page = clients.iter().find(|client| client.id == CONFIDENTIAL).unwrap();
        assert!(page.redirect("https://oidcdebugger.com/debug").is_some());
        assert!(page.redirect("https://oidcdebugger.com/debug/").is_none());
        assert!(page.redirect("https://oidcdebugger.com/debug?x=1").is_none());
        assert!(page.redirect("http://127.0.0.1:80/callback").is_none());
    }
}
