//! OperationOutcome: how the FHIR side says what is wrong.

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde_json::json;

pub(crate) const FHIR_JSON: &str = "application/fhir+json; charset=utf-8";

/// The text of an OperationOutcome with one issue.
pub(crate) fn text(severity: &str, code: &str, diagnostics: &str) -> String {
    let issue = json!([{"severity": severity, "code": code, "diagnostics": diagnostics}]);
    json!({"resourceType": "OperationOutcome", "issue": issue}).to_string()
}

/// An answer with an OperationOutcome of one error.
pub(crate) fn answer(status: StatusCode, code: &str, diagnostics: &str) -> Response {
    respond(status, FHIR_JSON, text("error", code, diagnostics))
}

/// An answer that nobody keeps.
pub(crate) fn respond(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
    response
}

/// Sets a header of an answer; a value that is none leaves it out.
pub(crate) fn set(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = header::HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// An answer that sends the client elsewhere.
pub(crate) fn redirect(status: StatusCode, location: &str) -> Response {
    let mut response = respond(status, "text/plain; charset=utf-8", "");
    set(&mut response, header::LOCATION, location);
    response
}
