//! Who the member is, for a token with the scope `profile`.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value};

use crate::grant::Subject;
use crate::state::State;
use crate::{bearer, id_token, outcome};

/// Answers with the payer's names of the claims, `prefered_username` included.
pub(crate) async fn userinfo(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    let access = match bearer::check(&state, &headers) {
        Ok(access) => access,
        Err(refusal) => return refusal,
    };
    let Subject::Member { patient_id, shares_demographics } = &access.subject else {
        return bearer::insufficient_scope("profile");
    };
    if !access.scopes.has("profile") {
        return bearer::insufficient_scope("profile");
    }
    let subject = id_token::subject(patient_id);
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), subject.clone().into());
    if *shares_demographics {
        claims.insert("prefered_username".to_owned(), subject.clone().into());
        claims.extend(id_token::names(&state, patient_id, true));
        claims.insert("email".to_owned(), format!("{subject}@example.com").into());
    }
    claims.insert("created".to_owned(), "2017-11-28".into());
    claims.insert("patient".to_owned(), patient_id.clone().into());
    outcome::respond(StatusCode::OK, "application/json", Value::from(claims).to_string())
}
