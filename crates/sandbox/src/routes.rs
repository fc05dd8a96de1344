//! Every path of the sandbox: those of the real hosts under one origin, and a few beside them.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, any, delete, get, post};

use crate::state::State;
use crate::{bulk, everything, host, html, logging, metadata, outcome, sign_in, token, userinfo};

/// Where a member signs in; a slash at the end is accepted.
pub(crate) const AUTHORIZE: &str = "/CMSP2PMemberSB/sps/oauth/oauth20/authorize";
/// Where a code becomes a token.
pub(crate) const TOKEN: &str = "/CMSP2PMemberSB/sps/oauth/oauth20/token";
/// The keys of the `id_token`s.
pub(crate) const JWKS: &str = "/CMSP2PMemberSB/sps/oauth/oauth20/jwks";
/// Who the member is.
pub(crate) const USERINFO: &str = "/v1/connect/userinfo";
/// The two spellings of the base of the FHIR API.
pub(crate) const FHIR_BASES: [&str; 2] = ["/fhir/sb/R4/payer-to-payer", "/fhir/sb/R4/payer-topayer"];

pub(crate) fn router(state: Arc<State>) -> Router {
    let mut router = Router::new()
        .route("/", get(start))
        .route(AUTHORIZE, get(sign_in::authorize).post(sign_in::authorize_by_form))
        .route(&format!("{AUTHORIZE}/"), get(sign_in::authorize).post(sign_in::authorize_by_form))
        .route(TOKEN, post(token::token).fallback(token::wrong_method))
        .route(JWKS, get(metadata::jwks))
        .route("/member/style.css", get(style))
        .route("/member/{page}", get(sign_in::show).post(sign_in::submit))
        .route(USERINFO, get(userinfo::userinfo).post(userinfo::userinfo))
        .route("/connect/userinfo", get(userinfo::userinfo).post(userinfo::userinfo))
        .route("/.well-known/openid-configuration", get(metadata::openid_configuration))
        .route("/.well-known/smart-configuration", get(metadata::smart_configuration))
        .route("/bulk/{job}", get(bulk::status))
        .route("/bulk/{job}", delete(bulk::cancel))
        .route("/bulk/{job}/{file}", get(bulk::file));
    for base in FHIR_BASES {
        router = fhir(router, base);
    }
    router
        .fallback(no_such_path)
        .layer(from_fn(host::check))
        .layer(from_fn_with_state(Arc::clone(&state), logging::log))
        .with_state(state)
}

/// The paths of the FHIR API in one of its spellings.
fn fhir(router: Router<Arc<State>>, base: &str) -> Router<Arc<State>> {
    router
        .route(&format!("{base}/metadata"), get(metadata::capabilities))
        .route(&format!("{base}/.well-known/smart-configuration"), get(metadata::smart_configuration))
        .route(&format!("{base}/UserInfo"), get(userinfo::userinfo).post(userinfo::userinfo))
        .route(&format!("{base}/$export"), get(bulk::export).post(bulk::export))
        .route(&format!("{base}/Patient/$export"), get(bulk::export).post(bulk::export))
        .route(&format!("{base}/Group/{{group}}/$export"), get(bulk::export).post(bulk::export))
        .route(&format!("{base}/Patient/{{id}}/"), only_get(get(everything::without_operation)))
        .route(&format!("{base}/Patient/{{id}}/{{operation}}"), only_get(get(everything::everything)))
        .route(&format!("{base}/{{*rest}}"), any(everything::not_supported))
}

/// Other methods are interactions that are not supported, which FHIR says in an OperationOutcome.
fn only_get(get: MethodRouter<Arc<State>>) -> MethodRouter<Arc<State>> {
    get.fallback(everything::not_supported)
}

/// What a browser that is sent to the origin sees.
async fn start() -> Response {
    html::message(
        StatusCode::OK,
        "fhirkit sandbox",
        "This test server stands in for a health plan. An application sends a member here to sign in; \
         there is nothing to do on this page.",
    )
}

async fn style() -> Response {
    let mut response = outcome::respond(StatusCode::OK, "text/css; charset=utf-8", html::STYLE);
    outcome::set(&mut response, header::CACHE_CONTROL, "max-age=3600");
    response
}

async fn no_such_path() -> Response {
    let words = "nothing is here; the FHIR API is under /fhir/sb/R4/payer-to-payer";
    outcome::answer(StatusCode::NOT_FOUND, "not-found", words)
}

/// What a path holds besides its template.
pub(crate) type Id = Path<String>;
