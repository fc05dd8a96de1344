use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use oauth2::http::Response;
use url::form_urlencoded;

use super::*;
use crate::auth::{HttpRequest, HttpResponse};
use crate::discovery::Endpoints;

const REPLY: &str = r#"{"access_token":"access-1","token_type":"Bearer","expires_in":10,"patient":"2657"}"#;

fn provider() -> Provider {
    let mut provider = Provider::new("x", Url::parse("https://f.example/fhir").unwrap());
    provider.client_id = Some("me".to_owned());
    provider.authorize_url = Some(Url::parse("https://o.example/a").unwrap());
    provider.token_url = Some(Url::parse("https://o.example/t").unwrap());
    provider
}

fn question(provider: &Provider) -> Question {
    let endpoints = Endpoints {
        authorize: provider.authorize_url.clone(),
        token: Url::parse("https://o.example/t").unwrap(),
        userinfo: None,
        revocation: None,
        jwks: None,
        issuer: None,
        sends_issuer: false,
    };
    Question::new(provider, &endpoints, Url::parse("https://l.example/cb").unwrap()).unwrap()
}

/// Redeems `very-secret-code` at a server that answers so; gives the form and the `Authorization` it got as well.
async fn redeem(
    provider: &Provider,
    status: u16,
    body: &str,
) -> (Result<TokenReply>, HashMap<String, String>, Option<String>) {
    let seen = Arc::new(Mutex::new(None));
    let kept = Arc::clone(&seen);
    let answer =
        Response::builder().status(status).header("content-type", "text/plain").body(body.into()).unwrap();
    let server = move |request: HttpRequest| {
        *kept.lock().unwrap() = Some(request);
        let answer: HttpResponse = answer.clone();
        async move { Ok(answer) }
    };
    let url = provider.token_url.clone().unwrap();
    let endpoint = TokenEndpoint { provider, url: &url, transport: &server };
    let reply = endpoint.redeem(&Secret::new("very-secret-code"), question(provider)).await;
    let request = seen.lock().unwrap().take().unwrap();
    let form = form_urlencoded::parse(request.body()).into_owned().collect();
    let header = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
    (reply, form, header)
}

fn with_secret(change: ClientAuth) -> (Provider, tempfile::NamedTempFile) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "hun:ter 2").unwrap();
    let mut provider = provider();
    provider.client_secret = Some(crate::SecretSource::File(file.path().to_owned()));
    provider.client_auth = change;
    (provider, file)
}

#[tokio::test]
async fn a_public_client_shows_its_verifier() {
    let (reply, form, header) = redeem(&provider(), 200, REPLY).await;
    assert_eq!(reply.unwrap().patient.as_deref(), Some("2657"));
    assert_eq!(form["grant_type"], "authorization_code");
    assert_eq!(form["code"], "very-secret-code");
    assert_eq!(form["redirect_uri"], "https://l.example/cb");
    assert_eq!(form["client_id"], "me");
    assert!(form["code_verifier"].len() >= 43);
    assert!(!form.contains_key("client_secret") && header.is_none());
}

#[tokio::test]
async fn a_confidential_client_shows_its_secret_in_the_form_or_the_header() {
    let (provider, _file) = with_secret(ClientAuth::Body);
    let (_, form, header) = redeem(&provider, 200, REPLY).await;
    assert_eq!((form["client_secret"].as_str(), header), ("hun:ter 2", None));
    let (provider, _file) = with_secret(ClientAuth::Basic);
    let (_, form, header) = redeem(&provider, 200, REPLY).await;
    assert!(!form.contains_key("client_secret") && form.contains_key("code_verifier"));
    // me:hun%3Ater+2
    assert_eq!(header.as_deref(), Some("Basic bWU6aHVuJTNBdGVyKzI="));
}

#[tokio::test]
async fn refusals_are_told_without_what_is_secret() {
    let (provider, _file) = with_secret(ClientAuth::Body);
    for (status, body, kind, wanted) in [
        (
            400,
            r#"{"error":"invalid_grant","error_description":"very-secret-code used"}"#,
            ErrorKind::Denied,
            "the code (`invalid_grant`: [redacted] used)",
        ),
        (
            401,
            r#"{"error":"invalid_client","error_description":"not hun:ter 2"}"#,
            ErrorKind::Denied,
            "the client (`invalid_client`: not [redacted])",
        ),
        (200, r#"{"error":"invalid_request"}"#, ErrorKind::Denied, "refuses (`invalid_request`)"),
        (302, "", ErrorKind::Redirect, "redirects"),
        (502, "<html>very-secret-code</html>", ErrorKind::Status, "answers 502"),
        (404, "{}", ErrorKind::Status, "answers 404"),
        (200, "<html>very-secret-code</html>", ErrorKind::NotFhir, "HTML or XML"),
        (
            200,
            r#"{"access_token":"tok","token_type":"mac"}"#,
            ErrorKind::Mismatch,
            "no token that can be used",
        ),
        (200, r#"{"id_token":"tok"}"#, ErrorKind::Mismatch, "no token"),
        (200, "", ErrorKind::NotFhir, "empty"),
    ] {
        let error = redeem(&provider, status, body).await.0.unwrap_err();
        assert_eq!(error.kind(), kind, "{body}");
        let words = format!("{error} {error:?}");
        assert!(words.contains(wanted), "{words}");
        assert!(["very-secret", "hun:ter", "tok\""].iter().all(|secret| !words.contains(secret)), "{words}");
    }
}
