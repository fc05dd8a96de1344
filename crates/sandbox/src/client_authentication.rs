//! Which client asks for a token, and whether it is the one: by secret, by nothing, or by a signed assertion.

use std::time::SystemTime;

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;
use url::Url;

use crate::client::{BACKEND, Client};
use crate::expiring::{are_equal, lock};
use crate::id_token::seconds;
use crate::parameters::Parameters;
use crate::routes::TOKEN;
use crate::state::State;
use crate::token::Refused;

/// The one type of assertion (RFC 7523).
pub(crate) const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The client that members are sent from: its secret is right, or it has none.
pub(crate) fn client<'s>(
    state: &'s State,
    headers: &HeaderMap,
    form: &Parameters,
) -> Result<&'s Client, Refused> {
    let basic = basic(headers)?;
    let refuse = |words| Refused::client(words, basic.is_some());
    if basic.is_some() && form.get("client_secret").is_some() {
        return Err(Refused::new("invalid_request", "the client authenticates in two ways"));
    }
    let id = basic.as_ref().map(|(id, _)| id.as_str()).or(form.get("client_id"));
    let Some(id) = id else { return Err(refuse("client_id is missing")) };
    if form.get("client_id").is_some_and(|other| other != id) {
        return Err(Refused::new("invalid_request", "two clients are named"));
    }
    let Some(client) = state.client(id) else { return Err(refuse("the client is unknown")) };
    let secret = basic.as_ref().map(|(_, secret)| secret.as_str()).or(form.get("client_secret"));
    match (&client.secret, secret) {
        (None, None) => Ok(client),
        (None, Some("")) => Ok(client),
        (None, Some(_)) => Err(refuse("a public client has no secret")),
        (Some(_), None) => Err(refuse("client_secret is missing")),
        (Some(own), Some(secret)) if are_equal(own, secret) => Ok(client),
        (Some(_), Some(_)) => Err(refuse("client_secret is wrong")),
    }
}

/// Id and secret of HTTP Basic, each form-encoded (RFC 6749, section 2.3.1).
fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, Refused> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let malformed = || Refused::client("the header Authorization is not of HTTP Basic", true);
    let text = value.to_str().map_err(|_| malformed())?;
    let encoded = text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
    let (_, encoded) = encoded.ok_or_else(malformed)?;
    let decoded = STANDARD.decode(encoded.trim()).map_err(|_| malformed())?;
    let decoded = String::from_utf8(decoded).map_err(|_| malformed())?;
    let (id, secret) = decoded.split_once(':').ok_or_else(malformed)?;
    Ok(Some((form_decoded(id), form_decoded(secret))))
}

fn form_decoded(text: &str) -> String {
    let pair = format!("{text}=");
    url::form_urlencoded::parse(pair.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

#[derive(Deserialize)]
struct Assertion {
    iss: String,
    sub: String,
    aud: Audience,
    exp: u64,
    jti: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// The Backend Services client: the assertion is signed by one of its keys, for this endpoint, for five minutes at
/// most, and comes once (SMART App Launch 2.2, "Client Authentication: Asymmetric").
pub(crate) fn backend(state: &State, form: &Parameters) -> Result<&'static str, Refused> {
    let refuse = |words| Err(Refused::client(words, false));
    if state.backend_keys.is_empty() {
        return refuse("no key of the backend client is registered with this sandbox");
    }
    if form.get("client_assertion_type") != Some(JWT_BEARER) {
        return refuse("client_assertion_type is missing or another than jwt-bearer");
    }
    let Some(text) = form.get("client_assertion") else { return refuse("client_assertion is missing") };
    let Ok(head) = jsonwebtoken::decode_header(text) else { return refuse("client_assertion is no JWT") };
    if !matches!(head.alg, Algorithm::RS384 | Algorithm::ES384) {
        return refuse("client_assertion is signed by another algorithm than RS384 and ES384");
    }
    let mut validation = Validation::new(head.alg);
    validation.validate_aud = false;
    let mut candidates = state.backend_keys.candidates(head.alg, head.kid.as_deref());
    let Some(claims) = candidates
        .find_map(|key| jsonwebtoken::decode::<Assertion>(text, key, &validation).ok())
        .map(|token| token.claims)
    else {
        return refuse("client_assertion is not signed by a registered key, or has expired");
    };
    if claims.iss != BACKEND || claims.sub != BACKEND {
        return refuse("iss and sub of client_assertion are not the client");
    }
    let is_for_us = match &claims.aud {
        Audience::One(audience) => is_token_endpoint(audience),
        Audience::Several(audiences) => audiences.iter().any(|audience| is_token_endpoint(audience)),
    };
    if !is_for_us {
        return refuse("aud of client_assertion is not the token endpoint");
    }
    // A minute for clocks that differ.
    if claims.exp > seconds(SystemTime::now()) + 360 {
        return refuse("exp of client_assertion is more than five minutes ahead");
    }
    let mut assertions = lock(&state.assertions);
    if claims.jti.is_empty() || assertions.get(&claims.jti).is_some() {
        return refuse("jti of client_assertion was used before");
    }
    assertions.insert(claims.jti, ());
    Ok(BACKEND)
}

/// The endpoint under any of its loopback names: the port is not compared, since tests may sit behind a proxy.
fn is_token_endpoint(audience: &str) -> bool {
    Url::parse(audience).is_ok_and(|url| url.path() == TOKEN)
}
