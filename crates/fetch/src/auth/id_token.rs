//! Whether an `id_token` is what it says (OpenID Connect Core 1.0, section 3.1.3.7).

use jsonwebtoken::errors::ErrorKind as JwtErrorKind;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;

use super::grant::Identity;
use super::transport::{LARGEST_REPLY, Transport, get, shape};
use crate::discovery::Endpoints;
use crate::error::{Error, ErrorKind, Result};

/// Signatures by a key pair. Neither `none` nor HS*: who knows the public key, or the client's secret, could sign so.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// How many keys are tried for a token that does not name its own.
const MOST_KEYS: usize = 16;

/// What the token must say.
pub(crate) struct Expected<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) issuer: Option<&'a str>,
    pub(crate) nonce: Option<&'a str>,
}

#[derive(Deserialize)]
struct Claims {
    nonce: Option<String>,
    azp: Option<String>,
    aud: Option<Value>,
}

/// Checks `token`: with the server's keys where it has a place for them, else only what it says of itself.
pub(crate) async fn check(
    token: &str,
    expected: &Expected<'_>,
    endpoints: &Endpoints,
    transport: &dyn Transport,
) -> Result<Identity> {
    let Some(url) = &endpoints.jwks else { return unsigned(token, expected) };
    let response = transport.send(get(url, None)?).await?;
    let status = response.status();
    if !status.is_success() || response.body().len() > LARGEST_REPLY {
        let message =
            format!("the keys of the `id_token` cannot be had: the server answers {}", status.as_u16());
        return Err(Error::new(ErrorKind::Mismatch, message));
    }
    let keys = keys(response.body()).ok_or_else(|| {
        let message = format!("the keys of the `id_token` cannot be had: the answer is {}", shape(&response));
        Error::new(ErrorKind::Mismatch, message)
    })?;
    verify(token, &keys, expected).map(|()| Identity::Verified)
}

/// The keys of a JWK set that can be used. One of a kind that nobody knows does not spoil the others.
fn keys(body: &[u8]) -> Option<Vec<Jwk>> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    let set: Set = serde_json::from_slice(body).ok()?;
    Some(set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect())
}

/// Signature and claims by `keys`.
fn verify(token: &str, keys: &[Jwk], expected: &Expected<'_>) -> Result<()> {
    // `none` is no algorithm for this parser: it ends here as well.
    let header = decode_header(token).map_err(|_| refused("is not signed in a way that is accepted"))?;
    if !ALGORITHMS.contains(&header.alg) || header.crit.is_some() {
        return Err(refused("is not signed in a way that is accepted"));
    }
    let fits = |key: &&Jwk| {
        let names = header.kid.is_none() || key.common.key_id == header.kid;
        let signs = !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
        let algorithm = key.common.key_algorithm.map(|algorithm| algorithm.to_string());
        names && signs && algorithm.is_none_or(|algorithm| algorithm == format!("{:?}", header.alg))
    };
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&[expected.client_id]);
    let mut required = vec!["exp", "aud", "iss", "sub"];
    match expected.issuer {
        Some(issuer) => validation.set_issuer(&[issuer]),
        None => required.retain(|claim| *claim != "iss"),
    }
    validation.set_required_spec_claims(&required);
    let mut failure = None;
    for key in keys.iter().filter(fits).take(MOST_KEYS) {
        let Ok(key) = DecodingKey::from_jwk(key) else { continue };
        match decode::<Claims>(token, &key, &validation) {
            Ok(token) => return check_claims(&token.claims, expected, true),
            Err(error) => failure = Some(error),
        }
    }
    Err(match failure.as_ref().map(jsonwebtoken::errors::Error::kind) {
        None => refused("is signed with a key that the server does not publish"),
        Some(JwtErrorKind::ExpiredSignature) => {
            refused("has expired").with_help("check the clock of this machine")
        }
        Some(JwtErrorKind::InvalidIssuer) => refused("comes from another issuer"),
        Some(JwtErrorKind::InvalidAudience) => refused("is for another client"),
        Some(JwtErrorKind::MissingRequiredClaim(claim)) => refused(&format!("has no `{claim}`")),
        Some(JwtErrorKind::InvalidSignature) => refused("has a signature that does not fit"),
        Some(_) => refused("cannot be read"),
    })
}

/// Without keys, TLS vouches for the issuer (section 3.1.3.7, number 6); what the token says must fit all the same.
fn unsigned(token: &str, expected: &Expected<'_>) -> Result<Identity> {
    let unverified = |why: &str| Ok(Identity::Unverified(why.to_owned()));
    // Unchecked on purpose: there is no key, and the caller is told so.
    let Ok(claims) = jsonwebtoken::dangerous::insecure_decode::<Claims>(token) else {
        return unverified("it is no signed token that can be read");
    };
    check_claims(&claims.claims, expected, false)?;
    if let Some(audience) = &claims.claims.aud
        && !audiences(audience).contains(&expected.client_id)
    {
        return Err(refused("is for another client"));
    }
    unverified("the server publishes no keys")
}

fn check_claims(claims: &Claims, expected: &Expected<'_>, is_signed: bool) -> Result<()> {
    match (claims.nonce.as_deref(), expected.nonce) {
        (Some(nonce), Some(wanted)) if nonce != wanted => {
            return Err(refused("answers another sign-in (`nonce`)"));
        }
        (None, Some(_)) if is_signed => {
            return Err(refused("does not say which sign-in it answers (`nonce`)"));
        }
        _ => {}
    }
    let is_shared = claims.aud.as_ref().is_some_and(|audience| audiences(audience).len() > 1);
    match claims.azp.as_deref() {
        Some(party) if party != expected.client_id => Err(refused("is for another client (`azp`)")),
        None if is_shared && is_signed => {
            Err(refused("is for several clients and does not say for which (`azp`)"))
        }
        _ => Ok(()),
    }
}

fn audiences(audience: &Value) -> Vec<&str> {
    match audience {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().into_iter().collect(),
    }
}

fn refused(why: &str) -> Error {
    Error::new(ErrorKind::Mismatch, format!("the `id_token` {why}"))
}

#[cfg(test)]
#[path = "id_token_tests.rs"]
mod tests;
