use oauth2::http::Response;

use super::*;
use crate::auth::{HttpRequest, HttpResponse};

fn provider(base: &str) -> Provider {
    Provider::new("x", Url::parse(base).unwrap())
}

/// A server that answers by the path's end; 404 elsewhere.
fn server(pages: &'static [(&'static str, &'static str)]) -> impl Transport {
    move |request: HttpRequest| {
        let path = request.uri().path().to_owned();
        let page = pages.iter().find(|(end, _)| path.ends_with(end));
        let answer: HttpResponse = match page {
            Some((_, body)) => Response::new(body.as_bytes().to_vec()),
            None => Response::builder().status(404).body(Vec::new()).unwrap(),
        };
        async move { Ok(answer) }
    }
}

const SMART: &str = r#"{"authorization_endpoint":"https://a.example/authorize/","token_endpoint":"https://a.example/token",
    "jwks_uri":"https://a.example/jwks","issuer":"https://a.example","capabilities":["sso-openid-connect"],
    "authorization_response_iss_parameter_supported":true}"#;

#[tokio::test]
async fn a_smart_configuration_gives_the_endpoints_as_they_stand() {
    let server = server(&[("/fhir/.well-known/smart-configuration", SMART)]);
    let endpoints = discover(&provider("https://f.example/fhir"), &server).await.unwrap();
    assert_eq!(endpoints.authorize.unwrap().as_str(), "https://a.example/authorize/");
    assert_eq!(endpoints.jwks.unwrap().as_str(), "https://a.example/jwks");
    assert!(endpoints.sends_issuer);
}

#[tokio::test]
async fn a_capability_statement_stands_in() {
    let server = server(&[(
        "/metadata",
        r#"{"rest":[{"mode":"server","security":{"extension":[
            {"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris","extension":[
            {"url":"token","valueUri":"https://a.example/t"},{"url":"authorize","valueUri":"https://a.example/a"}]}]}}]}"#,
    )]);
    let endpoints = discover(&provider("https://f.example/fhir"), &server).await.unwrap();
    assert_eq!(endpoints.token.as_str(), "https://a.example/t");
    assert_eq!(endpoints.authorize.unwrap().as_str(), "https://a.example/a");
}

#[tokio::test]
async fn what_is_configured_is_not_asked_for() {
    let mut provider = provider("https://f.example/fhir");
    provider.authorize_url = Some(Url::parse("https://o.example/a/").unwrap());
    provider.token_url = Some(Url::parse("https://o.example/t").unwrap());
    let nobody = |_: HttpRequest| async { Err(Error::new(ErrorKind::Connect, "asked")) };
    let endpoints = discover(&provider, &nobody).await.unwrap();
    assert_eq!(endpoints.authorize.unwrap().as_str(), "https://o.example/a/");
    assert_eq!(endpoints.jwks, None);
}

#[tokio::test]
async fn an_endpoint_in_the_open_is_refused() {
    for bad in
        ["http://a.example/token", "http://127.0.0.1/token", "file:///token", "https://u:p@a.example/t"]
    {
        let text = SMART.replace("https://a.example/token", bad);
        let server = move |_: HttpRequest| {
            let answer = Response::new(text.clone().into_bytes());
            async move { Ok(answer) }
        };
        let error = discover(&provider("https://f.example/fhir"), &server).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Mismatch, "{bad}");
    }
}

#[tokio::test]
async fn a_server_without_sign_in_says_what_was_tried() {
    let server = server(&[("/metadata", "<html>secret</html>")]);
    let error = discover(&provider("https://f.example/fhir"), &server).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no sign-in was found at `https://f.example/fhir`: the SMART configuration answers 404; \
         the CapabilityStatement is HTML or XML"
    );
    assert!(error.help().unwrap().contains("[provider.x]"));
}

#[tokio::test]
async fn an_issuer_is_asked_for_its_keys_and_must_be_itself() {
    let smart = r#"{"authorization_endpoint":"https://a.example/a","token_endpoint":"https://a.example/t",
        "issuer":"https://i.example"}"#;
    let mut text = r#"{"issuer":"https://i.example","jwks_uri":"https://i.example/k"}"#.to_owned();
    for good in [true, false] {
        let openid = text.clone();
        let server = move |request: HttpRequest| {
            let is_smart = request.uri().path().contains("smart");
            let answer = Response::new(if is_smart { smart.into() } else { openid.clone().into_bytes() });
            async move { Ok(answer) }
        };
        let found = discover(&provider("https://f.example/fhir"), &server).await;
        assert_eq!(found.is_ok(), good);
        text = text.replace("//i.example\"", "//j.example\"");
    }
}
