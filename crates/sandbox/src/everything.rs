//! `GET {base}/Patient/{id}/$everything`, the one operation of the API; and what asks for anything else.

use std::sync::Arc;

use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;

use crate::bearer;
use crate::continuation::Wanted;
use crate::expiring::lock;
use crate::fault::{Fault, Happening};
use crate::grant::Access;
use crate::outcome;
use crate::parameters::Parameters;
use crate::routes::{FHIR_BASES, Id};
use crate::searchset::{self, Address};
use crate::spoil;
use crate::state::State;

/// What can go wrong with a page, beside what can go wrong with any answer.
const PAGE_FAULTS: [Fault; 9] = [
    Fault::ExpireMidPaging,
    Fault::LostPage,
    Fault::PagingLoop,
    Fault::NextOtherHost,
    Fault::DuplicateEntries,
    Fault::FatalOutcome,
    Fault::OutcomeEntry,
    Fault::TotalTooLarge,
    Fault::EmptyPage,
];

/// Serves a page of a record.
pub(crate) async fn everything(
    Shared(state): Shared<Arc<State>>,
    Path((id, operation)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let access = match bearer::check(&state, &headers) {
        Ok(access) => access,
        Err(refusal) => return refusal,
    };
    if operation != "$everything" {
        return only_everything();
    }
    if !access.subject.may_read(&id) {
        let words = "the access token was issued for another member";
        return outcome::answer(StatusCode::FORBIDDEN, "forbidden", words);
    }
    let query = Parameters::parse(uri.query().unwrap_or_default().as_bytes());
    let wanted = match Wanted::parse(&query, state.options.page_size.max(1)) {
        Ok(wanted) => wanted,
        Err(words) => return outcome::answer(StatusCode::BAD_REQUEST, "invalid", &words),
    };
    let faults = [PAGE_FAULTS.as_slice(), &spoil::FAULTS].concat();
    let faults = state.faults(&headers, wanted.page(), &faults);
    if let Some(refusal) = refused(&state, &access, &faults).or_else(|| spoil::instead(&faults, &uri)) {
        return refusal;
    }
    let address = address(&state, &headers, &uri, &id);
    let is_minimal = !access.subject.shares_demographics();
    let written = tokio::task::spawn_blocking(move || {
        let record = state.people.record(&id)?;
        let page = searchset::write(&record, &wanted, &address, is_minimal, &faults);
        Some((spoil::json(page, &headers, &faults), faults))
    });
    match written.await {
        Ok(Some((body, faults))) => spoil::respond(body, outcome::FHIR_JSON, &faults),
        Ok(None) => outcome::answer(StatusCode::NOT_FOUND, "not-found", "there is no such Patient"),
        Err(_) => {
            outcome::answer(StatusCode::INTERNAL_SERVER_ERROR, "exception", "the page could not be written")
        }
    }
}

/// The faults that end a record in the middle.
fn refused(state: &State, access: &Access, faults: &Happening) -> Option<Response> {
    if faults.has(Fault::ExpireMidPaging) {
        lock(&state.tokens).retain(|token| token.family != access.family);
        return Some(bearer::invalid_token());
    }
    if faults.has(Fault::LostPage) {
        return Some(outcome::answer(StatusCode::GONE, "not-found", "the search has ended; begin again"));
    }
    faults.has(Fault::FatalOutcome).then(|| {
        let text = outcome::text("fatal", "exception", "the record could not be read");
        outcome::respond(StatusCode::OK, outcome::FHIR_JSON, text)
    })
}

fn address(state: &State, headers: &HeaderMap, uri: &Uri, id: &str) -> Address {
    let origin = state.origin(headers);
    let path = FHIR_BASES.iter().find(|base| uri.path().starts_with(*base)).unwrap_or(&FHIR_BASES[0]);
    let base = format!("{origin}{path}");
    Address {
        operation: format!("{base}/Patient/{id}/$everything"),
        own: format!("{origin}{}", uri.path_and_query().map_or(uri.path(), |path| path.as_str())),
        base,
    }
}

/// `…/Patient/{id}/` is what a shell makes of `"…/Patient/{id}/$everything"`.
pub(crate) async fn without_operation(
    Shared(state): Shared<Arc<State>>,
    Path(_): Id,
    headers: HeaderMap,
) -> Response {
    match bearer::check(&state, &headers) {
        Ok(_) => outcome::answer(
            StatusCode::NOT_FOUND,
            "not-found",
            "$everything is missing: put the URL in single quotes",
        ),
        Err(refusal) => refusal,
    }
}

/// Anything else under the base.
pub(crate) async fn not_supported(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    match bearer::check(&state, &headers) {
        Ok(_) => only_everything(),
        Err(refusal) => refusal,
    }
}

fn only_everything() -> Response {
    let words = "only Patient/[id]/$everything is supported, by GET";
    outcome::answer(StatusCode::FORBIDDEN, "not-supported", words)
}
