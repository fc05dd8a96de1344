//! Backend Services and bulk `$export`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::support::*;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair};
use base64::Engine;
use fhirkit_sandbox::{ErrorKind, Options, Running, Sandbox};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

fn p384() -> (EncodingKey, String) {
    let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).unwrap();
    let key = EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref());
    let mut public = Jwk::from_encoding_key(&key, Algorithm::ES384).unwrap();
    public.common.key_id = Some("k1".to_owned());
    (key, json!({"keys": [public]}).to_string())
}

async fn with_key(options: Options) -> (Running, EncodingKey) {
    let (key, public) = p384();
    let backend_keys = vec![public];
    (start(Options { backend_keys, export_retry_after: 0, ..options }).await, key)
}

fn assertion(
    running: &Running,
    key: &EncodingKey,
    algorithm: Algorithm,
    jti: &str,
    change: &Value,
) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let client = running.backend_client_id();
    let mut claims =
        json!({"iss": client, "sub": client, "aud": running.token_url(), "exp": now + 240, "jti": jti});
    for (name, value) in change.as_object().into_iter().flatten() {
        claims[name] = value.clone();
    }
    let header = Header { kid: Some("k1".to_owned()), ..Header::new(algorithm) };
    jsonwebtoken::encode(&header, &claims, key).unwrap()
}

async fn ask(running: &Running, assertion: &str, scope: &str) -> Answer {
    let fields = [
        ("grant_type", "client_credentials"),
        ("scope", scope),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
    ];
    post_token(running, &fields).await
}

async fn system_token(running: &Running, key: &EncodingKey) -> String {
    let assertion = assertion(running, key, Algorithm::ES384, "first", &json!({}));
    let reply = ask(running, &assertion, "system/*.read").await.json();
    assert_eq!((&reply["token_type"], &reply["expires_in"]), (&"bearer".into(), &300.into()));
    reply["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_assertion_is_checked_and_good_once() {
    let (running, key) = with_key(Options::default()).await;
    let refused = async |jti: &str, change: Value| {
        let answer = ask(&running, &assertion(&running, &key, Algorithm::ES384, jti, &change), "").await;
        assert_eq!(
            (answer.status, &answer.json()["error"]),
            (StatusCode::UNAUTHORIZED, &"invalid_client".into())
        );
    };
    refused("a", json!({"iss": "another"})).await;
    refused("b", json!({"aud": "https://other.example.org/token"})).await;
    refused("c", json!({"exp": 1_000})).await;
    refused("d", json!({"exp": 9_999_999_999_u64})).await;
    refused("", json!({})).await;
    let (other, _) = p384();
    let answer = ask(&running, &assertion(&running, &other, Algorithm::ES384, "e", &json!({})), "").await;
    assert_eq!(answer.json()["error"], "invalid_client");
    system_token(&running, &key).await;
    refused("first", json!({})).await;
    let answer =
        ask(&running, &assertion(&running, &key, Algorithm::ES384, "f", &json!({})), "clinical").await;
    assert_eq!(answer.json()["error"], "invalid_scope");
}

#[tokio::test]
async fn an_rsa_key_may_be_given_as_pem() {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let pem = |label: &str, der: &[u8]| {
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        let lines: Vec<&str> =
            text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    };
    let private =
        EncodingKey::from_rsa_pem(pem("PRIVATE KEY", pair.as_der().unwrap().as_ref()).as_bytes()).unwrap();
    let public = aws_lc_rs::signature::KeyPair::public_key(&pair).as_der().unwrap();
    let backend_keys = vec![pem("PUBLIC KEY", public.as_ref())];
    let running = start(Options { backend_keys, ..Options::default() }).await;
    let answer = ask(&running, &assertion(&running, &private, Algorithm::RS384, "x", &json!({})), "").await;
    assert_eq!(answer.status, StatusCode::OK);
    let options = Options { port: 0, backend_keys: vec!["no key".to_owned()], ..Options::default() };
    assert_eq!(Sandbox::start(options).await.err().unwrap().kind(), ErrorKind::Options);
}

/// Kicks off and polls to the end.
async fn export(running: &Running, token: &str, path: &str) -> (String, Value) {
    let authorization = format!("Bearer {token}");
    let headers = [("authorization", authorization.as_str()), ("prefer", "respond-async")];
    let kicked = get(&format!("{}{path}", running.fhir_base()), &headers).await;
    assert_eq!(kicked.status, StatusCode::ACCEPTED, "{}", kicked.text());
    let status = kicked.header("content-location").to_owned();
    for poll in 0.. {
        let answer = read(&status, token).await;
        if answer.status == StatusCode::OK {
            assert!(poll >= 2);
            return (status, answer.json());
        }
        assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::ACCEPTED, "0"));
        assert!(answer.header("x-progress").contains("of 3 steps"));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    unreachable!()
}

#[tokio::test]
async fn an_export_ends_in_a_manifest_whose_files_hold_what_it_says() {
    let (running, key) = with_key(Options::default()).await;
    let token = system_token(&running, &key).await;
    for path in ["/$export", "/Patient/$export", "/Group/all/$export?_type=Patient,Organization"] {
        let (status, manifest) = export(&running, &token, path).await;
        assert_eq!(manifest["request"], format!("{}{path}", running.fhir_base()));
        assert_eq!((&manifest["requiresAccessToken"], &manifest["error"]), (&true.into(), &json!([])));
        for file in manifest["output"].as_array().unwrap() {
            let answer = read(file["url"].as_str().unwrap(), &token).await;
            assert_eq!(answer.header("content-type"), "application/fhir+ndjson");
            let text = answer.text();
            assert_eq!(text.lines().count() as u64, file["count"].as_u64().unwrap());
            let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
            assert_eq!(first["resourceType"], file["type"]);
        }
        let authorization = format!("Bearer {token}");
        let headers = [("authorization", authorization.as_str())];
        let answer = send(Method::DELETE, &status, &headers, String::new()).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED);
        assert_eq!(read(&status, &token).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn an_export_tells_what_was_deleted_and_what_failed() {
    let faults = vec!["export-error-file".parse().unwrap()];
    let (running, key) = with_key(Options { faults, ..Options::default() }).await;
    let token = system_token(&running, &key).await;
    let (_, manifest) = export(&running, &token, "/Patient/$export?_since=2025-01-01T00:00:00Z").await;
    let deleted = read(manifest["deleted"][0]["url"].as_str().unwrap(), &token).await.json();
    assert_eq!(deleted["entry"][0]["request"]["method"], "DELETE");
    let error = read(manifest["error"][0]["url"].as_str().unwrap(), &token).await.json();
    assert_eq!(error["resourceType"], "OperationOutcome");
}

#[tokio::test]
async fn a_kick_off_is_refused_with_words() {
    let (running, key) = with_key(Options::default()).await;
    let system = format!("Bearer {}", system_token(&running, &key).await);
    let member = format!("Bearer {}", token(&running).await);
    let base = running.fhir_base();
    for (path, token, prefer, status) in [
        ("/$export", member.as_str(), "respond-async", 403),
        ("/$export", system.as_str(), "", 400),
        ("/$export?_typeFilter=x", system.as_str(), "respond-async", 400),
        ("/$export?_typeFilter=x", system.as_str(), "respond-async, handling=lenient", 202),
        ("/$export?_outputFormat=csv", system.as_str(), "respond-async", 400),
        ("/$export?_outputFormat=application/fhir%2Bndjson", system.as_str(), "respond-async", 202),
        ("/Group/none/$export", system.as_str(), "respond-async", 404),
        ("/$export", "", "respond-async", 401),
    ] {
        let answer = get(&format!("{base}{path}"), &[("authorization", token), ("prefer", prefer)]).await;
        assert_eq!(answer.status.as_u16(), status, "{path} {prefer}");
    }
    let parameters =
        json!({"resourceType": "Parameters", "parameter": [{"name": "_type", "valueString": "Patient"}]});
    let headers = [("authorization", system.as_str()), ("prefer", "respond-async")];
    let answer = send(Method::POST, &format!("{base}/$export"), &headers, parameters.to_string()).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn an_export_goes_wrong_on_request() {
    let (running, key) = with_key(Options { export_polls: 0, ..Options::default() }).await;
    let token = system_token(&running, &key).await;
    let authorization = format!("Bearer {token}");
    let headers = [("authorization", authorization.as_str()), ("prefer", "respond-async")];
    let kicked = get(&format!("{}/$export?_type=Patient", running.fhir_base()), &headers).await;
    let status = kicked.header("content-location").to_owned();
    let fault = |fault| [("authorization", authorization.as_str()), ("x-sandbox-fault", fault)];
    let answer = get(&status, &fault("export-failed")).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = read(&status, &token).await;
    while answer.status == StatusCode::ACCEPTED {
        answer = read(&status, &token).await;
    }
    let file = answer.json()["output"][0]["url"].as_str().unwrap().to_owned();
    assert_eq!(get(&file, &fault("503")).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(get(&file, &fault("503@2")).await.status, StatusCode::OK);
    let request = client().get(&file).bearer_auth(&token).header("x-sandbox-fault", "truncated-body");
    assert!(request.send().await.unwrap().bytes().await.is_err());
}
