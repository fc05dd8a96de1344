//! The frame of every page that a person sees, and the header fields that go with it.

use std::borrow::Cow;

use axum::http::{StatusCode, header};
use axum::response::Response;
use url::{Host, Url};

use crate::outcome;

pub(crate) const STYLE: &str = include_str!("style.css");

/// Text as it stands in HTML, attributes included.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}

/// A page: `title` is text, `main` is HTML. `goes_to` is where a form's answer may redirect to.
pub(crate) fn page(status: StatusCode, title: &str, main: &str, goes_to: Option<&Url>) -> Response {
    let title = escape(title);
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} – fhirkit sandbox</title>\n<link rel=\"icon\" href=\"data:,\">\n\
         <link rel=\"stylesheet\" href=\"/member/style.css\">\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the content</a>\n\
         <header><p>fhirkit sandbox <small>A test server that stands in for a health plan</small></p></header>\n\
         <main id=\"main\" tabindex=\"-1\">\n{main}\n</main>\n\
         <footer>This server runs on your own computer. Nothing that you enter leaves it.</footer>\n\
         </body>\n</html>\n"
    );
    let mut response = outcome::respond(status, "text/html; charset=utf-8", html);
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; \
         form-action 'self'{}",
        goes_to.and_then(source_of).map(|source| format!(" {source}")).unwrap_or_default()
    );
    outcome::set(&mut response, header::CONTENT_SECURITY_POLICY, &policy);
    outcome::set(&mut response, header::REFERRER_POLICY, "no-referrer");
    outcome::set(&mut response, header::X_FRAME_OPTIONS, "DENY");
    response
}

/// A page with a heading and a paragraph.
pub(crate) fn message(status: StatusCode, title: &str, text: &str) -> Response {
    page(status, title, &format!("<h1>{}</h1>\n<p>{}</p>", escape(title), escape(text)), None)
}

/// The source of a Content Security Policy that covers a redirect URI. Browsers hold redirects after a form to
/// `form-action`; an IPv6 address cannot be named there, so its scheme stands for it.
fn source_of(uri: &Url) -> Option<String> {
    match uri.host() {
        Some(Host::Ipv6(_)) | None => Some(format!("{}:", uri.scheme())),
        Some(host) => {
            let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
            Some(format!("{}://{host}{port}", uri.scheme()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_typed_stays_text() {
        assert_eq!(escape("<b a='1' c=\"&\">"), "&lt;b a=&#39;1&#39; c=&quot;&amp;&quot;&gt;");
    }

    #[test]
    fn a_form_may_lead_to_the_redirect_uri() {
        let source = |uri| source_of(&Url::parse(uri).unwrap()).unwrap();
        assert_eq!(source("https://oidcdebugger.com/debug"), "https://oidcdebugger.com");
        assert_eq!(source("http://127.0.0.1:7/callback"), "http://127.0.0.1:7");
        assert_eq!(source("http://[::1]:7/callback"), "http:");
        assert_eq!(source("org.fhirkit:/callback"), "org.fhirkit:");
    }
}
