//! The key that signs `id_token`s, made when first needed, and the public keys of the Backend Services client.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use tokio::sync::OnceCell;

use crate::{Error, ErrorKind, certificate};

/// The RSA key of the sandbox. Making it takes a while, so that a sandbox starts without it.
#[derive(Default)]
pub(crate) struct SigningKey(OnceCell<Option<Made>>);

/// The key and its public half.
pub(crate) struct Made {
    pub(crate) private: EncodingKey,
    pub(crate) public: Jwk,
}

/// The `kid` of the key.
pub(crate) const KEY_ID: &str = "sandbox-1";

impl SigningKey {
    /// The key; `None` if the system could not make one.
    pub(crate) async fn get(&self) -> Option<&Made> {
        let make = || async { tokio::task::spawn_blocking(make).await.ok().flatten() };
        self.0.get_or_init(make).await.as_ref()
    }
}

fn make() -> Option<Made> {
    let pair = KeyPair::generate(KeySize::Rsa2048).ok()?;
    let pem = certificate::pem("PRIVATE KEY", pair.as_der().ok()?.as_ref());
    let private = EncodingKey::from_rsa_pem(pem.as_bytes()).ok()?;
    let mut public = Jwk::from_encoding_key(&private, Algorithm::RS256).ok()?;
    public.common.key_id = Some(KEY_ID.to_owned());
    public.common.public_key_use = Some(jsonwebtoken::jwk::PublicKeyUse::Signature);
    Some(Made { private, public })
}

/// A public key of the Backend Services client.
struct BackendKey {
    key_id: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

/// The public keys of the Backend Services client.
pub(crate) struct BackendKeys(Vec<BackendKey>);

impl BackendKeys {
    /// Reads keys, each PEM, a JWK, or a JWKS.
    pub(crate) fn parse(texts: &[String]) -> Result<BackendKeys, Error> {
        let mut keys = Vec::new();
        for text in texts {
            let found = if text.contains("-----BEGIN") { from_pem(text) } else { from_json(text) };
            let found = found.filter(|found| !found.is_empty()).ok_or_else(|| {
                Error::new(ErrorKind::Options, "a key of the backend client is no public RSA or P-384 key")
                    .with_help("give it as PEM (`BEGIN PUBLIC KEY`), JWK or JWKS")
            })?;
            keys.extend(found);
        }
        Ok(BackendKeys(keys))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys that may have signed, by algorithm, and by id where both sides name one.
    pub(crate) fn candidates(
        &self,
        algorithm: Algorithm,
        key_id: Option<&str>,
    ) -> impl Iterator<Item = &DecodingKey> {
        self.0
            .iter()
            .filter(move |key| key.algorithm == algorithm)
            .filter(move |key| key.key_id.is_none() || key_id.is_none() || key.key_id.as_deref() == key_id)
            .map(|key| &key.key)
    }
}

fn from_pem(text: &str) -> Option<Vec<BackendKey>> {
    let bytes = text.as_bytes();
    let rsa = DecodingKey::from_rsa_pem(bytes).map(|key| (Algorithm::RS384, key));
    let (algorithm, key) =
        rsa.or_else(|_| DecodingKey::from_ec_pem(bytes).map(|key| (Algorithm::ES384, key))).ok()?;
    Some(vec![BackendKey { key_id: None, algorithm, key }])
}

fn from_json(text: &str) -> Option<Vec<BackendKey>> {
    let keys = match serde_json::from_str::<JwkSet>(text) {
        Ok(set) => set.keys,
        Err(_) => vec![serde_json::from_str::<Jwk>(text).ok()?],
    };
    let mut found = Vec::new();
    for jwk in keys {
        let algorithm = match jwk.algorithm {
            jsonwebtoken::jwk::AlgorithmParameters::RSA(_) => Algorithm::RS384,
            jsonwebtoken::jwk::AlgorithmParameters::EllipticCurve(_) => Algorithm::ES384,
            _ => continue,
        };
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        found.push(BackendKey { key_id: jwk.common.key_id, algorithm, key });
    }
    Some(found)
}
