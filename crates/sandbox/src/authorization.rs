//! An authorization request: what an application asks for, checked before a member sees anything of it.

use axum::http::HeaderMap;
use url::{Host, Url};

use crate::client::Client;
use crate::parameters::Parameters;
use crate::routes::FHIR_BASES;
use crate::scope::{Scopes, Unknown};
use crate::state::State;

/// A request that may be put to a member.
#[derive(Clone)]
pub(crate) struct Authorization {
    pub(crate) client_id: &'static str,
    pub(crate) client_name: &'static str,
    pub(crate) redirect_uri: Url,
    /// As it was written; absent where the only registered one was assumed.
    pub(crate) written_redirect_uri: Option<String>,
    pub(crate) scopes: Scopes,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<Challenge>,
    /// The origin under which the request came: the issuer of what comes of it.
    pub(crate) issuer: String,
}

/// What the `code_verifier` must fit (RFC 7636).
#[derive(Clone)]
pub(crate) struct Challenge {
    pub(crate) text: String,
    pub(crate) is_plain: bool,
}

/// Why a request is not put to a member.
pub(crate) enum Refusal {
    /// Nothing may be sent to the redirect URI: the member is told on a page.
    Page(&'static str),
    /// The application is told at its redirect URI.
    Redirect(Box<Redirect>),
}

/// An `error` of RFC 6749, section 4.1.2.1, and where it goes.
pub(crate) struct Redirect {
    pub(crate) uri: Url,
    pub(crate) state: Option<String>,
    pub(crate) error: &'static str,
    pub(crate) description: String,
}

/// Parameters that may come once.
const SINGLE: [&str; 11] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "response_mode",
    "prompt",
    "aud",
];

impl Authorization {
    /// Checks a request: first who asks and where the answer goes, then the rest.
    pub(crate) fn check(
        state: &State,
        headers: &HeaderMap,
        query: &Parameters,
    ) -> Result<Authorization, Refusal> {
        if query.all("client_id").count() > 1 || query.all("redirect_uri").count() > 1 {
            return Err(Refusal::Page("The request names its application or its return address twice."));
        }
        let Some(id) = query.get("client_id") else {
            return Err(Refusal::Page("The request does not say which application sent it."));
        };
        let Some(client) = state.client(id) else {
            return Err(Refusal::Page("The application that sent you here is not registered."));
        };
        let redirect_uri = redirect_uri(client, query).map_err(Refusal::Page)?;
        let error = |(error, description): Fault| {
            let state = query.get("state").map(str::to_owned);
            Refusal::Redirect(Box::new(Redirect { uri: redirect_uri.clone(), state, error, description }))
        };
        check_form(query).map_err(error)?;
        check_audience(query).map_err(error)?;
        let scopes = Scopes::of_member(query.get("scope"));
        let scopes = scopes.map_err(|Unknown| {
            error((
                "invalid_scope",
                "a scope is not known; openid, profile, clinical and read are".to_owned(),
            ))
        })?;
        warn_of_case(state, query);
        Ok(Authorization {
            client_id: client.id,
            client_name: client.name,
            written_redirect_uri: query.get("redirect_uri").map(str::to_owned),
            scopes,
            state: query.get("state").map(str::to_owned),
            nonce: query.get("nonce").map(str::to_owned),
            challenge: challenge(client, query).map_err(error)?,
            issuer: state.origin(headers),
            redirect_uri,
        })
    }

    /// Where the member goes with an answer; `answer` holds its parameters but for `state`.
    pub(crate) fn answer(&self, answer: &[(&str, &str)], state: Option<&str>) -> Url {
        answer_at(&self.redirect_uri, answer, state)
    }
}

/// `error` and what it means.
type Fault = (&'static str, String);

impl Redirect {
    /// Where the member goes; errors tell the issuer as well (RFC 9207, section 2).
    pub(crate) fn url(&self, issuer: Option<&str>) -> Url {
        let mut answer = vec![("error", self.error), ("error_description", self.description.as_str())];
        answer.extend(issuer.map(|issuer| ("iss", issuer)));
        answer_at(&self.uri, &answer, self.state.as_deref())
    }
}

fn answer_at(uri: &Url, answer: &[(&str, &str)], state: Option<&str>) -> Url {
    let mut uri = uri.clone();
    uri.query_pairs_mut().extend_pairs(answer).extend_pairs(state.map(|state| ("state", state)));
    uri
}

fn redirect_uri(client: &Client, query: &Parameters) -> Result<Url, &'static str> {
    match query.get("redirect_uri") {
        Some(uri) => client
            .redirect(uri)
            .ok_or("The address to return to is not registered for the application that sent you here."),
        None => client
            .only_redirect()
            .and_then(|uri| Url::parse(uri).ok())
            .ok_or("The request does not say where to return to."),
    }
}

/// The form of the request: one value a parameter, a response type and mode that exist.
fn check_form(query: &Parameters) -> Result<(), Fault> {
    if query.repeats_any(&SINGLE) {
        return Err(("invalid_request", "a parameter comes twice".to_owned()));
    }
    match query.get("response_type") {
        Some("code") => {}
        Some(_) => {
            return Err(("unsupported_response_type", "only response_type=code is supported".to_owned()));
        }
        // The page also documents `authorize/?client_id=…` alone.
        None if query.names().all(|name| name == "client_id") => {}
        None => return Err(("invalid_request", "response_type is missing".to_owned())),
    }
    if query.get("response_mode").is_some_and(|mode| mode != "query") {
        return Err(("invalid_request", "only response_mode=query is supported".to_owned()));
    }
    if query.get("request").is_some() {
        return Err(("request_not_supported", "request objects are not supported".to_owned()));
    }
    if query.get("request_uri").is_some() {
        return Err(("request_uri_not_supported", "request objects are not supported".to_owned()));
    }
    if query.get("prompt").is_some_and(|prompt| prompt.split(' ').any(|word| word == "none")) {
        return Err(("login_required", "members sign in every time".to_owned()));
    }
    Ok(())
}

/// SMART's `aud` is the base of the FHIR API, so that a token is not asked for on behalf of another server.
fn check_audience(query: &Parameters) -> Result<(), Fault> {
    let Some(audience) = query.get("aud") else { return Ok(()) };
    let is_ours = Url::parse(audience).is_ok_and(|url| {
        let is_here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        is_here && FHIR_BASES.contains(&url.path().trim_end_matches('/'))
    });
    if is_ours { Ok(()) } else { Err(("invalid_request", "aud is not the base of this FHIR API".to_owned())) }
}

fn challenge(client: &Client, query: &Parameters) -> Result<Option<Challenge>, Fault> {
    let Some(text) = query.get("code_challenge") else {
        if client.is_public() {
            return Err(("invalid_request", "a public client needs a code_challenge".to_owned()));
        }
        return Ok(None);
    };
    let is_plain = match query.get("code_challenge_method") {
        None | Some("plain") => true,
        Some("S256") => false,
        Some(_) => return Err(("invalid_request", "code_challenge_method is S256 or plain".to_owned())),
    };
    let wanted = if is_plain { 43..=128 } else { 43..=43 };
    if !wanted.contains(&text.len()) || !text.bytes().all(is_unreserved) {
        return Err(("invalid_request", "code_challenge is not one of RFC 7636".to_owned()));
    }
    Ok(Some(Challenge { text: text.to_owned(), is_plain }))
}

pub(crate) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// The payer's prose writes `openID`, its URL `openid`; the standard knows only the latter.
fn warn_of_case(state: &State, query: &Parameters) {
    let is_other = |word: &str| word != "openid" && word.eq_ignore_ascii_case("openid");
    if query.text("scope").split(' ').any(is_other) {
        state.log("warning: scope openid is written in another case; read as openid");
    }
}
