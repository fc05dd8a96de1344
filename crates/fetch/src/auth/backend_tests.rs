use std::collections::HashMap;
use std::sync::Mutex as StdMutex;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair};
use base64::prelude::{BASE64_STANDARD, Engine};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, Validation, decode};
use oauth2::http::Response;
use serde_json::Value;
use url::form_urlencoded;

use super::*;
use crate::auth::HttpRequest;
use crate::provider::Backend;

fn pem(der: &[u8]) -> String {
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", BASE64_STANDARD.encode(der))
}

fn key(algorithm: BackendAlgorithm) -> String {
    match algorithm {
        BackendAlgorithm::Rs384 => {
            let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
            pem(AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap().as_ref())
        }
        BackendAlgorithm::Es384 => {
            let random = aws_lc_rs::rand::SystemRandom::new();
            pem(EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &random).unwrap().as_ref())
        }
    }
}

fn provider(algorithm: BackendAlgorithm, pem: &str) -> (tempfile::NamedTempFile, Provider) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pem).unwrap();
    let mut provider = Provider::new("b", "https://f.example/fhir".parse().unwrap());
    provider.client_id = Some("backend".to_owned());
    provider.backend = Some(Backend {
        key_file: file.path().to_owned(),
        key_id: Some("k1".to_owned()),
        algorithm,
        scopes: vec!["system/*.read".to_owned()],
    });
    (file, provider)
}

/// A server that gives `t1`, `t2`, … and keeps the forms it was sent.
fn server(forms: &Arc<StdMutex<Vec<HashMap<String, String>>>>) -> Arc<dyn Transport> {
    let forms = Arc::clone(forms);
    Arc::new(move |request: HttpRequest| {
        let mut forms = forms.lock().unwrap();
        forms.push(form_urlencoded::parse(request.body()).into_owned().collect());
        let body = format!(r#"{{"access_token":"t{}","token_type":"bearer","expires_in":300}}"#, forms.len());
        async move { Ok(Response::new(body.into_bytes())) }
    })
}

fn url() -> Url {
    "https://o.example/token".parse().unwrap()
}

#[tokio::test]
async fn an_assertion_is_signed_short_lived_and_never_the_same() {
    for (ours, algorithm) in
        [(BackendAlgorithm::Rs384, Algorithm::RS384), (BackendAlgorithm::Es384, Algorithm::ES384)]
    {
        let pem = key(ours);
        let (_file, provider) = provider(ours, &pem);
        let forms = Arc::default();
        let session = BackendSession::new(&provider, url(), server(&forms)).unwrap();
        let token = session.token().await.unwrap();
        assert_eq!(session.token().await.unwrap().reveal(), "t1");
        assert_eq!(session.refresh(&token).await.unwrap().unwrap().reveal(), "t2");
        assert_eq!(session.refresh(&token).await.unwrap().unwrap().reveal(), "t2");
        let forms = forms.lock().unwrap();
        assert_eq!(forms.len(), 2);
        assert_eq!(forms[0]["grant_type"], "client_credentials");
        assert_eq!(forms[0]["scope"], "system/*.read");
        assert_eq!(
            forms[0]["client_assertion_type"],
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        );
        let signing = match ours {
            BackendAlgorithm::Rs384 => EncodingKey::from_rsa_pem(pem.as_bytes()),
            BackendAlgorithm::Es384 => EncodingKey::from_ec_pem(pem.as_bytes()),
        };
        let public = Jwk::from_encoding_key(&signing.unwrap(), algorithm).unwrap();
        let mut validation = Validation::new(algorithm);
        validation.set_audience(&["https://o.example/token"]);
        validation.set_issuer(&["backend"]);
        let read = |form: &HashMap<String, String>| {
            decode::<Value>(&form["client_assertion"], &DecodingKey::from_jwk(&public).unwrap(), &validation)
                .unwrap()
        };
        let (one, two) = (read(&forms[0]), read(&forms[1]));
        assert_eq!(one.header.kid.as_deref(), Some("k1"));
        assert_eq!(one.claims["sub"], "backend");
        assert!(one.claims["exp"].as_i64().unwrap() - now() <= 300);
        assert_ne!(one.claims["jti"], two.claims["jti"]);
    }
}

#[test]
fn a_key_of_the_wrong_kind_is_named_and_not_shown() {
    let pem = key(BackendAlgorithm::Es384);
    for (algorithm, text) in [(BackendAlgorithm::Rs384, pem.as_str()), (BackendAlgorithm::Es384, "hunter2")] {
        let (file, provider) = provider(algorithm, text);
        let error = BackendSession::new(&provider, url(), server(&Arc::default())).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        let words = format!("{error:?}");
        assert!(words.contains(&*file.path().to_string_lossy()) && !words.contains("hunter2"), "{words}");
    }
}
