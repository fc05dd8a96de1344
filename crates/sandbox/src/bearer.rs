//! The token of a request: checked on every call (RFC 6750).

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;

use crate::expiring::lock;
use crate::grant::Access;
use crate::outcome;
use crate::state::State;

/// What the token of a request opens, or the answer that says why it opens nothing.
#[expect(clippy::result_large_err, reason = "an answer is the error here, and is sent at once")]
pub(crate) fn check(state: &State, headers: &HeaderMap) -> Result<Access, Response> {
    let Some(token) = token(headers) else {
        let words = "no access token; send the header `Authorization: Bearer …`";
        return Err(unauthorized("Bearer realm=\"fhirkit sandbox\"", words));
    };
    match lock(&state.tokens).get(token) {
        Some(access) => Ok(access.clone()),
        None => Err(invalid_token()),
    }
}

/// The token that a request brings.
pub(crate) fn token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The token has ended, was revoked, or never was.
pub(crate) fn invalid_token() -> Response {
    let challenge = "Bearer realm=\"fhirkit sandbox\", error=\"invalid_token\", \
                     error_description=\"the access token is expired, revoked or unknown\"";
    unauthorized(challenge, "the access token is expired, revoked or unknown")
}

/// The token is good, but not for this.
pub(crate) fn insufficient_scope(scope: &str) -> Response {
    let words = format!("the access token was issued without the scope `{scope}`");
    let mut response = outcome::answer(StatusCode::FORBIDDEN, "forbidden", &words);
    let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
    outcome::set(&mut response, header::WWW_AUTHENTICATE, &challenge);
    response
}

fn unauthorized(challenge: &str, words: &str) -> Response {
    let mut response = outcome::answer(StatusCode::UNAUTHORIZED, "login", words);
    outcome::set(&mut response, header::WWW_AUTHENTICATE, challenge);
    response
}
