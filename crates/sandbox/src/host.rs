//! The name under which one asks: a loopback name, else a page of another site could read the sandbox by DNS rebinding.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use url::{Host, Url};

use crate::outcome;

/// Refuses requests for other hosts. HTTP/2 names the host in the URI: it is put where HTTP/1.1 has it.
pub(crate) async fn check(mut request: Request, next: Next) -> Response {
    if let Some(authority) = request.uri().authority()
        && let Ok(value) = HeaderValue::from_str(authority.as_str())
    {
        request.headers_mut().insert(header::HOST, value);
    }
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if host.is_some_and(is_loopback) {
        return next.run(request).await;
    }
    let status = if host.is_some() { StatusCode::MISDIRECTED_REQUEST } else { StatusCode::BAD_REQUEST };
    let text = "the sandbox answers as localhost, 127.0.0.1 or [::1] alone\n";
    outcome::respond(status, "text/plain; charset=utf-8", text)
}

fn is_loopback(host: &str) -> bool {
    let is_plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:[]-".contains(&byte));
    let url = Url::parse(&format!("http://{host}/"));
    is_plain
        && url.is_ok_and(|url| match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_answered() {
        for host in ["localhost:1", "127.0.0.1", "[::1]:8788", "LOCALHOST:1"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in
            ["example.org", "127.0.0.1.example.org", "localhost@example.org", "", "10.0.0.1", "localhost/x"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
