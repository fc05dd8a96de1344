//! The token endpoint, the `id_token`, user information, discovery.

use std::time::Duration;

use crate::support::*;
use fhirkit_sandbox::{Fault, Options, Running};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use reqwest::{Method, StatusCode};
use serde_json::Value;

async fn keys(running: &Running) -> JwkSet {
    let url = format!("{}/.well-known/openid-configuration", running.base_url());
    let facts = get(&url, &[]).await.json();
    assert_eq!(facts["issuer"], running.base_url());
    assert_eq!(facts["token_endpoint"], running.token_url());
    serde_json::from_slice(&get(facts["jwks_uri"].as_str().unwrap(), &[]).await.body).unwrap()
}

fn claims(reply: &Value, keys: &JwkSet, audience: &str) -> Result<Value, jsonwebtoken::errors::Error> {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[audience]);
    let key = DecodingKey::from_jwk(&keys.keys[0]).unwrap();
    jsonwebtoken::decode(reply["id_token"].as_str().unwrap(), &key, &validation).map(|token| token.claims)
}

#[tokio::test]
async fn the_reply_is_that_of_the_page_and_its_id_token_verifies() {
    let running = start(Options::default()).await;
    let query = [&page_request(&running)[..], &[("nonce", "n-1")]].concat();
    let answer = redeem(&running, &code(&running, &query, "all").await).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let reply = answer.json();
    let names: Vec<&String> = reply.as_object().unwrap().keys().collect();
    assert_eq!(names, ["access_token", "patient", "scope", "id_token", "token_type", "expires_in"]);
    assert_eq!((&reply["patient"], &reply["token_type"]), (&"2657".into(), &"bearer".into()));
    assert_eq!(
        (&reply["scope"], &reply["expires_in"]),
        (&"clinical read openid profile".into(), &86_399.into())
    );
    let claims = claims(&reply, &keys(&running).await, running.client_id()).unwrap();
    assert_eq!((&claims["nonce"], &claims["iss"]), (&"n-1".into(), &running.base_url().into()));
    assert_eq!(claims["given_name"], "BCNCFIRSTTHREE");
}

#[tokio::test]
async fn a_body_without_or_with_a_misspelt_content_type_is_read_as_a_form() {
    let running = start(Options::default()).await;
    let code = code(&running, &page_request(&running), "all").await;
    let body = form(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", PAGE_REDIRECT),
        ("client_id", running.client_id()),
        ("client_secret", running.client_secret()),
    ]);
    let misspelt = [("content-type", "application/x-www-formurlencoded;charset=UTF-8")];
    let answer = send(Method::POST, &running.token_url(), &misspelt, body).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_code_that_is_used_twice_ends_the_token() {
    let running = start(Options::default()).await;
    let code = code(&running, &page_request(&running), "all").await;
    let token = redeem(&running, &code).await.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(read(&everything(&running), &token).await.status, StatusCode::OK);
    let answer = redeem(&running, &code).await;
    assert_eq!((answer.status, &answer.json()["error"]), (StatusCode::BAD_REQUEST, &"invalid_grant".into()));
    let answer = read(&everything(&running), &token).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""));
}

#[tokio::test]
async fn both_methods_of_pkce_bind_the_code_to_the_verifier() {
    let running = start(Options::default()).await;
    let challenge = challenge();
    for (method, challenge) in [("S256", challenge.as_str()), ("plain", VERIFIER)] {
        let query = [
            ("response_type", "code"),
            ("client_id", running.public_client_id()),
            ("redirect_uri", LOOPBACK_REDIRECT),
            ("code_challenge", challenge),
            ("code_challenge_method", method),
        ];
        let code = code(&running, &query, "all").await;
        let base = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", LOOPBACK_REDIRECT),
            ("client_id", running.public_client_id()),
        ];
        let wrong = format!("{VERIFIER}x");
        let answer = post_token(&running, &[&base[..], &[("code_verifier", &wrong)]].concat()).await;
        assert_eq!(answer.json()["error"], "invalid_grant");
        assert_eq!(post_token(&running, &base).await.json()["error"], "invalid_request");
        let answer = post_token(&running, &[&base[..], &[("code_verifier", VERIFIER)]].concat()).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_token_is_refused_by_the_words_of_the_standard() {
    let running = start(Options::default()).await;
    let code = code(&running, &page_request(&running), "all").await;
    let good = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", PAGE_REDIRECT),
        ("client_id", running.client_id()),
        ("client_secret", running.client_secret()),
    ];
    for (name, value, status, error) in [
        ("grant_type", "password", 400, "unsupported_grant_type"),
        ("grant_type", "refresh_token", 400, "unsupported_grant_type"),
        ("code", "unknown", 400, "invalid_grant"),
        ("redirect_uri", "https://oidcdebugger.com/", 400, "invalid_grant"),
        ("redirect_uri", "", 400, "invalid_request"),
        ("client_id", "nobody", 401, "invalid_client"),
        ("client_secret", "wrong", 401, "invalid_client"),
        ("client_secret", "", 401, "invalid_client"),
    ] {
        let fields = good.map(|(key, own)| (key, if key == name { value } else { own }));
        let answer = post_token(&running, &fields).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["error"]),
            (status, &error.into()),
            "{name}={value}"
        );
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let answer = post_token(&running, &[&good[..], &[("code_verifier", VERIFIER)]].concat()).await;
    assert_eq!(answer.json()["error"], "invalid_grant");
    let answer = get(&running.token_url(), &[]).await;
    assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
    let header = reqwest::Client::new()
        .get("http://127.0.0.1/")
        .basic_auth(running.client_id(), Some(running.client_secret()))
        .build()
        .unwrap();
    let header = header.headers()["authorization"].to_str().unwrap().to_owned();
    let answer =
        send(Method::POST, &running.token_url(), &[("authorization", &header)], form(&good[..3])).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn codes_and_tokens_end_after_their_time() {
    let running = start(Options { code_lifetime: Duration::ZERO, ..Options::default() }).await;
    let answer = redeem(&running, &code(&running, &page_request(&running), "all").await).await;
    assert_eq!(answer.json()["error"], "invalid_grant");
    let running = start(Options { token_lifetime: Duration::ZERO, ..Options::default() }).await;
    let answer = read(&everything(&running), &token(&running).await).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_refresh_token_rotates_and_its_second_use_ends_everything() {
    let running = start(Options { refresh_tokens: true, ..Options::default() }).await;
    let first = redeem(&running, &code(&running, &page_request(&running), "all").await).await.json();
    let refresh = async |token: &Value, scope: &str| {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token.as_str().unwrap()),
            ("client_id", running.client_id()),
            ("client_secret", running.client_secret()),
            ("scope", scope),
        ];
        post_token(&running, &fields).await.json()
    };
    let second = refresh(&first["refresh_token"], "").await;
    assert_eq!(second["patient"], "2657");
    let third = refresh(&second["refresh_token"], "clinical openid").await;
    assert_eq!(third["scope"], "clinical openid");
    assert_eq!(refresh(&second["refresh_token"], "").await["error"], "invalid_grant");
    let token = third["access_token"].as_str().unwrap();
    assert_eq!(read(&everything(&running), token).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refresh(&third["refresh_token"], "").await["error"], "invalid_grant");
}

#[tokio::test]
async fn user_information_is_at_every_documented_path() {
    let running = start(Options::default()).await;
    let token = token(&running).await;
    for path in [
        "/v1/connect/userinfo",
        "/connect/userinfo",
        "/fhir/sb/R4/payer-to-payer/UserInfo",
        "/fhir/sb/R4/payer-topayer/UserInfo",
    ] {
        let claims = read(&format!("{}{path}", running.base_url()), &token).await.json();
        let names: Vec<&String> = claims.as_object().unwrap().keys().collect();
        let expected =
            ["sub", "prefered_username", "given_name", "family_name", "name", "email", "created", "patient"];
        assert_eq!(names, expected, "{path}");
        assert_eq!(claims["name"], "BCNCFIRSTTHREE BCNCLASTTHREE");
    }
    let query =
        page_request(&running).map(|(name, value)| (name, if name == "scope" { "openid" } else { value }));
    let reply = redeem(&running, &code(&running, &query, "all").await).await.json();
    let url = format!("{}/v1/connect/userinfo", running.base_url());
    let answer = read(&url, reply["access_token"].as_str().unwrap()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.header("www-authenticate").contains("insufficient_scope"));
}

#[tokio::test]
async fn demographics_that_are_not_shared_are_nowhere() {
    let running = start(Options::default()).await;
    let reply = redeem(&running, &code(&running, &page_request(&running), "none").await).await.json();
    assert_eq!(
        (&reply["patient"], &reply["scope"]),
        (&"2657".into(), &"clinical read openid profile".into())
    );
    let claims = claims(&reply, &keys(&running).await, running.client_id()).unwrap();
    assert!(claims.get("name").is_none() && claims.get("given_name").is_none());
    let token = reply["access_token"].as_str().unwrap();
    let info = read(&format!("{}/v1/connect/userinfo", running.base_url()), token).await.json();
    let names: Vec<&String> = info.as_object().unwrap().keys().collect();
    assert_eq!(names, ["sub", "created", "patient"]);
    let bundle = read(&everything(&running), token).await.json();
    let patient = bundle["entry"][0]["resource"].as_object().unwrap();
    let names: Vec<&String> = patient.keys().collect();
    assert_eq!(names, ["resourceType", "id", "meta", "identifier"]);
}

#[tokio::test]
async fn an_id_token_can_be_wrong_on_request() {
    let faults = vec![Fault::BadSignature.into(), Fault::WrongNonce.into()];
    let running = start(Options { faults, ..Options::default() }).await;
    let reply = redeem(&running, &code(&running, &page_request(&running), "all").await).await.json();
    assert!(claims(&reply, &keys(&running).await, running.client_id()).is_err());
    let claims =
        jsonwebtoken::dangerous::insecure_decode_claims::<Value>(reply["id_token"].as_str().unwrap())
            .unwrap();
    assert_eq!(claims["nonce"], "another-nonce");
}
