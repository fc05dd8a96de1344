//! The token endpoint (RFC 6749, section 5): a code, a refresh token or an assertion becomes an access token.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::authorization::{Authorization, Challenge, is_unreserved};
use crate::client::Client;
use crate::client_authentication;
use crate::expiring::{are_equal, lock, random_name};
use crate::fault::{Fault, Happening};
use crate::grant::{Access, Grant, Refresh, Subject, revoke};
use crate::id_token;
use crate::outcome;
use crate::parameters::Parameters;
use crate::scope::Scopes;
use crate::state::State;

/// A token for a server is good for five minutes by its reply (SMART App Launch 2.2, "Backend Services").
const SYSTEM_SECONDS: u64 = 300;

/// Why there is no token.
pub(crate) struct Refused {
    error: &'static str,
    description: &'static str,
    status: StatusCode,
    is_basic: bool,
}

impl Refused {
    pub(crate) fn new(error: &'static str, description: &'static str) -> Refused {
        Refused { error, description, status: StatusCode::BAD_REQUEST, is_basic: false }
    }

    /// The client is not known, or not the one that it says.
    pub(crate) fn client(description: &'static str, is_basic: bool) -> Refused {
        Refused { error: "invalid_client", description, status: StatusCode::UNAUTHORIZED, is_basic }
    }

    fn grant(description: &'static str) -> Refused {
        Refused::new("invalid_grant", description)
    }

    fn response(&self) -> Response {
        let body = json!({"error": self.error, "error_description": self.description});
        let mut response = reply(self.status, &body);
        if self.is_basic {
            outcome::set(&mut response, header::WWW_AUTHENTICATE, "Basic realm=\"fhirkit sandbox\"");
        }
        response
    }
}

fn reply(status: StatusCode, body: &Value) -> Response {
    let mut response = outcome::respond(status, "application/json", body.to_string());
    outcome::set(&mut response, header::PRAGMA, "no-cache");
    response
}

/// The endpoint. The body is a form whatever the content type says: the page's own command misspells it.
pub(crate) async fn token(Shared(state): Shared<Arc<State>>, headers: HeaderMap, body: Bytes) -> Response {
    let wanted = [
        Fault::TooManyRequests,
        Fault::TooManyRequestsDate,
        Fault::Unavailable,
        Fault::WrongNonce,
        Fault::BadSignature,
    ];
    // Faults of the start are about data; here only the header asks for a busy server.
    let is_asked = headers.contains_key("x-sandbox-fault");
    let faults = state.faults(&headers, 1, if is_asked { &wanted } else { &wanted[3..] });
    if let Some(response) = crate::spoil::instead(&faults, &axum::http::Uri::default()) {
        return response;
    }
    let form = Parameters::parse(&body);
    match issue(&state, &headers, &form, &faults).await {
        Ok(body) => reply(StatusCode::OK, &body),
        Err(refused) => refused.response(),
    }
}

/// The endpoint takes POST alone, so that no code or secret stands in a URL.
pub(crate) async fn wrong_method() -> Response {
    let refused = Refused {
        status: StatusCode::METHOD_NOT_ALLOWED,
        ..Refused::new("invalid_request", "the token endpoint takes POST with a form as its body")
    };
    let mut response = refused.response();
    outcome::set(&mut response, header::ALLOW, "POST");
    response
}

async fn issue(
    state: &State,
    headers: &HeaderMap,
    form: &Parameters,
    faults: &Happening,
) -> Result<Value, Refused> {
    let names =
        ["grant_type", "code", "redirect_uri", "client_id", "client_secret", "code_verifier", "scope"];
    if form.repeats_any(&names) {
        return Err(Refused::new("invalid_request", "a parameter comes twice"));
    }
    match form.get("grant_type") {
        Some("authorization_code") => {
            let client = client_authentication::client(state, headers, form)?;
            let (grant, family) = redeem(state, client, form)?;
            Ok(member_reply(state, grant, family, None, faults).await)
        }
        Some("refresh_token") if state.options.refresh_tokens => {
            let client = client_authentication::client(state, headers, form)?;
            let refresh = rotate(state, client, form)?;
            let scopes = narrowed(&refresh.grant.authorization.scopes, form)?;
            Ok(member_reply(state, refresh.grant, refresh.family, Some(scopes), faults).await)
        }
        Some("client_credentials") => {
            let client_id = client_authentication::backend(state, form)?;
            let scopes = Scopes::of_system(form.get("scope"));
            let scopes =
                scopes.map_err(|_| Refused::new("invalid_scope", "only system scopes are granted"))?;
            Ok(system_reply(state, client_id, scopes))
        }
        Some(_) => Err(Refused::new("unsupported_grant_type", "this grant type is not supported")),
        None => Err(Refused::new("invalid_request", "grant_type is missing")),
    }
}

/// A code becomes a grant, once; a second time ends what came of the first (RFC 6749, section 4.1.2).
fn redeem(state: &State, client: &Client, form: &Parameters) -> Result<(Grant, String), Refused> {
    let text = form.get("code").ok_or(Refused::new("invalid_request", "code is missing"))?;
    let mut codes = lock(&state.codes);
    let unknown = Refused::grant("the code is unknown, was used, or has expired");
    let Some(code) = codes.get(text) else { return Err(unknown) };
    if code.grant.authorization.client_id != client.id {
        return Err(unknown);
    }
    if let Some(family) = &code.family {
        revoke(state, family);
        return Err(Refused::grant("the code was used before; the tokens that came of it are revoked"));
    }
    check_redirect(&code.grant.authorization, form)?;
    check_verifier(code.grant.authorization.challenge.as_ref(), form.get("code_verifier"))?;
    let family = random_name();
    code.family = Some(family.clone());
    Ok((code.grant.clone(), family))
}

fn check_redirect(authorization: &Authorization, form: &Parameters) -> Result<(), Refused> {
    let written = authorization.written_redirect_uri.as_deref();
    match (written, form.get("redirect_uri")) {
        (Some(_), None) => Err(Refused::new("invalid_request", "redirect_uri is missing")),
        (Some(written), Some(given)) if written != given => {
            Err(Refused::grant("redirect_uri is another than that of the authorization request"))
        }
        (None, Some(given)) if given != authorization.redirect_uri.as_str() => {
            Err(Refused::grant("redirect_uri is not the one that is registered"))
        }
        _ => Ok(()),
    }
}

/// RFC 7636, section 4.6.
fn check_verifier(challenge: Option<&Challenge>, verifier: Option<&str>) -> Result<(), Refused> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        // A verifier that nothing is compared with: the challenge was taken away on its way (RFC 9700, 4.8.2).
        (None, Some(_)) => Err(Refused::grant("code_verifier is given, but there was no code_challenge")),
        (Some(_), None) => Err(Refused::new("invalid_request", "code_verifier is missing")),
        (Some(challenge), Some(verifier)) => {
            let is_one = (43..=128).contains(&verifier.len()) && verifier.bytes().all(is_unreserved);
            let made = if challenge.is_plain {
                verifier.to_owned()
            } else {
                URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
            };
            if is_one && are_equal(&made, &challenge.text) {
                Ok(())
            } else {
                Err(Refused::grant("code_verifier does not fit the code_challenge"))
            }
        }
    }
}

/// A refresh token is good once; used again it was stolen, and all that came of the code ends (RFC 9700, 4.14.2).
fn rotate(state: &State, client: &Client, form: &Parameters) -> Result<Refresh, Refused> {
    let text =
        form.get("refresh_token").ok_or(Refused::new("invalid_request", "refresh_token is missing"))?;
    let mut tokens = lock(&state.refresh);
    let found = tokens.get(text).filter(|token| token.grant.authorization.client_id == client.id);
    let Some(token) = found else {
        return Err(Refused::grant("the refresh token is unknown or has expired"));
    };
    if token.is_used {
        let family = token.family.clone();
        drop(tokens);
        revoke(state, &family);
        return Err(Refused::grant(
            "the refresh token was used before; all tokens of this sign-in are revoked",
        ));
    }
    token.is_used = true;
    Ok(token.clone())
}

/// A refresh may ask for less, never for more.
fn narrowed(granted: &Scopes, form: &Parameters) -> Result<Scopes, Refused> {
    let Some(text) = form.get("scope") else { return Ok(granted.clone()) };
    let asked = Scopes::of_member(Some(text)).ok().filter(|asked| granted.includes(asked));
    asked.ok_or(Refused::new("invalid_scope", "more is asked for than was granted"))
}

async fn member_reply(
    state: &State,
    grant: Grant,
    family: String,
    scopes: Option<Scopes>,
    faults: &Happening,
) -> Value {
    let scopes = scopes.unwrap_or_else(|| grant.authorization.scopes.clone());
    let access = Access {
        subject: Subject::Member {
            patient_id: grant.patient_id.clone(),
            shares_demographics: grant.shares_demographics,
        },
        client_id: grant.authorization.client_id.to_owned(),
        scopes: scopes.clone(),
        family: family.clone(),
    };
    let mut body = json!({
        "access_token": lock(&state.tokens).add(access),
        "patient": grant.patient_id,
        "scope": scopes.text(),
    });
    if scopes.has("openid")
        && let Some(token) = id_token::issue(state, &grant, &grant.authorization.issuer, faults).await
    {
        body["id_token"] = token.into();
    }
    body["token_type"] = "bearer".into();
    body["expires_in"] = state.options.token_lifetime.as_secs().into();
    if state.options.refresh_tokens {
        let refresh = Refresh { grant, family, is_used: false };
        body["refresh_token"] = lock(&state.refresh).add(refresh).into();
    }
    body
}

fn system_reply(state: &State, client_id: &str, scopes: Scopes) -> Value {
    let scope = scopes.text();
    let access =
        Access { subject: Subject::System, client_id: client_id.to_owned(), scopes, family: random_name() };
    json!({
        "access_token": lock(&state.tokens).add(access),
        "token_type": "bearer",
        "expires_in": state.options.token_lifetime.as_secs().min(SYSTEM_SECONDS),
        "scope": scope,
    })
}
