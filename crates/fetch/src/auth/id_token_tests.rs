use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use jsonwebtoken::{EncodingKey, Header, encode, get_current_timestamp};
use oauth2::http::Response;
use serde_json::json;

use super::*;
use crate::auth::HttpRequest;

const EXPECTED: Expected<'static> =
    Expected { client_id: "me", issuer: Some("https://i.example"), nonce: Some("n1") };

fn ec_key() -> EncodingKey {
    let document =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &aws_lc_rs::rand::SystemRandom::new());
    EncodingKey::from_ec_der(document.unwrap().as_ref())
}

fn claims() -> Value {
    let now = get_current_timestamp();
    json!({"iss": "https://i.example", "sub": "m1", "aud": "me", "exp": now + 300, "iat": now, "nonce": "n1"})
}

fn jwk(key: &EncodingKey, algorithm: Algorithm, id: &str) -> Jwk {
    let mut jwk = Jwk::from_encoding_key(key, algorithm).unwrap();
    jwk.common.key_id = Some(id.to_owned());
    jwk
}

fn signed(key: &EncodingKey, algorithm: Algorithm, claims: &Value) -> String {
    let mut header = Header::new(algorithm);
    header.kid = Some("k1".to_owned());
    encode(&header, claims, key).unwrap()
}

#[test]
fn a_token_that_fits_is_verified() {
    let key = ec_key();
    let keys = [jwk(&ec_key(), Algorithm::ES256, "k0"), jwk(&key, Algorithm::ES256, "k1")];
    verify(&signed(&key, Algorithm::ES256, &claims()), &keys, &EXPECTED).unwrap();
    let pair = aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der = aws_lc_rs::encoding::AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        base64::prelude::BASE64_STANDARD.encode(der.as_ref())
    );
    let key = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
    let mut keys = [jwk(&key, Algorithm::RS256, "k1")];
    verify(&signed(&key, Algorithm::RS256, &claims()), &keys, &EXPECTED).unwrap();
    keys[0].common.key_algorithm = None;
    verify(&signed(&key, Algorithm::PS384, &claims()), &keys, &EXPECTED).unwrap();
}

#[test]
fn every_claim_that_does_not_fit_is_refused() {
    let key = ec_key();
    let keys = [jwk(&key, Algorithm::ES256, "k1")];
    for (claim, value, wanted) in [
        ("iss", json!("https://evil.example"), "another issuer"),
        ("iss", Value::Null, "`id_token`"),
        ("aud", json!("you"), "another client"),
        ("aud", json!(["me", "you"]), "several clients"),
        ("azp", json!("you"), "`azp`"),
        ("nonce", json!("n2"), "another sign-in"),
        ("nonce", Value::Null, "does not say which sign-in"),
        ("exp", json!(1_000_000), "expired"),
        ("exp", Value::Null, "`id_token`"),
    ] {
        let mut claims = claims();
        claims[claim] = value;
        let error = verify(&signed(&key, Algorithm::ES256, &claims), &keys, &EXPECTED).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Mismatch);
        assert!(error.to_string().contains(wanted), "{claim}: {error}");
    }
}

#[test]
fn a_signature_by_nobody_or_by_anybody_is_refused() {
    let key = ec_key();
    let keys = [jwk(&key, Algorithm::ES256, "k1")];
    let token = signed(&key, Algorithm::ES256, &claims());
    let payload = token.split('.').nth(1).unwrap();
    let none = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none","kid":"k1"}"#);
    let secret = EncodingKey::from_secret(b"-----BEGIN PUBLIC KEY-----");
    for forged in [
        format!("{none}.{payload}."),
        signed(&secret, Algorithm::HS256, &claims()),
        signed(&ec_key(), Algorithm::ES256, &claims()),
        format!("{}x", &token[..token.len() - 1]),
        "eyJraWQiOiJ3QThGR3hrM3pWa1FrYU9qU".to_owned(),
        String::new(),
    ] {
        assert!(verify(&forged, &keys, &EXPECTED).is_err(), "{forged}");
    }
    let other = [jwk(&key, Algorithm::ES256, "k2")];
    assert!(verify(&token, &other, &EXPECTED).unwrap_err().to_string().contains("does not publish"));
}

#[test]
fn a_key_of_an_unknown_kind_does_not_spoil_the_set() {
    let key = serde_json::to_value(jwk(&ec_key(), Algorithm::ES256, "k1")).unwrap();
    let set = json!({"keys": [{"kty": "XY"}, 3, key]}).to_string();
    assert!(keys(set.as_bytes()).unwrap().iter().any(|key| key.common.key_id.as_deref() == Some("k1")));
    assert!(keys(b"[]").is_none());
}

#[tokio::test]
async fn without_keys_a_token_is_unverified_but_must_still_fit() {
    let mut endpoints = Endpoints {
        authorize: None,
        token: "https://o.example/t".parse().unwrap(),
        userinfo: None,
        revocation: None,
        jwks: None,
        issuer: None,
        sends_issuer: false,
    };
    let server = |_: HttpRequest| async { Ok(Response::new(b"{\"keys\":[]}".to_vec())) };
    let key = ec_key();
    let unverified = |identity: Identity| matches!(identity, Identity::Unverified(_));
    // What the payer's page prints is no whole token.
    let page = "eyJraWQiOiJ3QThGR3hrM3pWa1FrYU9qU";
    assert!(unverified(check(page, &EXPECTED, &endpoints, &server).await.unwrap()));
    let token = signed(&key, Algorithm::ES256, &claims());
    assert!(unverified(check(&token, &EXPECTED, &endpoints, &server).await.unwrap()));
    for (claim, value) in [("nonce", "n2"), ("aud", "you"), ("azp", "you")] {
        let mut claims = claims();
        claims[claim] = value.into();
        let token = signed(&key, Algorithm::ES256, &claims);
        assert!(check(&token, &EXPECTED, &endpoints, &server).await.is_err(), "{claim}");
    }
    endpoints.jwks = Some("https://o.example/k".parse().unwrap());
    assert!(check(&token, &EXPECTED, &endpoints, &server).await.is_err());
}
