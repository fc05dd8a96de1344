//! Bulk Data Access 2.0: kick-off, status, files, cancel.

use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::body::{Body, Bytes};
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::expiring::lock;
use crate::fault::{Fault, Happening};
use crate::grant::Subject;
use crate::job::{self, File, Job};
use crate::parameters::Parameters;
use crate::record::Filter;
use crate::routes::Id;
use crate::state::State;
use crate::{bearer, continuation, outcome, spoil};

const NDJSON: &str = "application/fhir+ndjson";
/// The groups that can be exported.
const GROUPS: [&str; 2] = ["all", "sandbox"];
/// The parameters that are understood.
const KNOWN: [&str; 3] = ["_type", "_since", "_outputFormat"];
const ERRORS: &str = "errors.ndjson";
const DELETED: &str = "deleted.ndjson";

/// Kicks an export off.
pub(crate) async fn export(
    Shared(state): Shared<Arc<State>>,
    group: Option<Id>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let client_id = match client(&state, &headers) {
        Ok(client_id) => client_id,
        Err(refusal) => return refusal,
    };
    if group.is_some_and(|Path(group)| !GROUPS.contains(&group.as_str())) {
        let words = "there is no such Group; `all` holds everyone";
        return outcome::answer(StatusCode::NOT_FOUND, "not-found", words);
    }
    let query = if body.is_empty() { uri.query().unwrap_or_default().to_owned() } else { as_query(&body) };
    let filter = match check(&headers, &Parameters::parse(query.as_bytes())) {
        Ok(filter) => filter,
        Err(words) => return outcome::answer(StatusCode::BAD_REQUEST, "invalid", &words),
    };
    let faults = state.faults(&headers, 1, &spoil::FAULTS[..4]);
    if let Some(response) = spoil::instead(&faults, &uri) {
        return response;
    }
    let origin = state.origin(&headers);
    let request = format!("{origin}{}", uri.path_and_query().map_or(uri.path(), |path| path.as_str()));
    let begun = jiff::Timestamp::now();
    let job = Job { client_id, request, begun, filter: filter.clone(), polls: 0, files: None };
    let name = lock(&state.jobs).add(job);
    let mut response = outcome::respond(StatusCode::ACCEPTED, outcome::FHIR_JSON, "");
    outcome::set(&mut response, header::CONTENT_LOCATION, &format!("{origin}/bulk/{name}"));
    tokio::task::spawn_blocking(move || {
        let files = job::files(&state.people, &filter);
        if let Some(job) = lock(&state.jobs).get(&name) {
            job.files = Some(files);
        }
    });
    response
}

/// Only a server may export.
#[expect(clippy::result_large_err, reason = "an answer is the error here, and is sent at once")]
fn client(state: &State, headers: &HeaderMap) -> Result<String, Response> {
    let access = bearer::check(state, headers)?;
    match access.subject {
        Subject::System => Ok(access.client_id),
        Subject::Member { .. } => Err(bearer::insufficient_scope("system/*.read")),
    }
}

fn check(headers: &HeaderMap, query: &Parameters) -> Result<Filter, String> {
    let prefer = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    let prefer: Vec<&str> = prefer.flat_map(|value| value.split([',', ';'])).map(str::trim).collect();
    if !prefer.contains(&"respond-async") {
        return Err("an export needs the header `Prefer: respond-async`".to_owned());
    }
    let unknown = query.names().find(|name| !KNOWN.contains(name));
    if let Some(name) = unknown.filter(|_| !prefer.contains(&"handling=lenient")) {
        return Err(format!("the parameter `{name}` is not supported"));
    }
    let format = query.get("_outputFormat").unwrap_or("ndjson").replace(' ', "+");
    if !["ndjson", "application/ndjson", NDJSON].contains(&format.as_str()) {
        return Err("`_outputFormat` is application/fhir+ndjson".to_owned());
    }
    continuation::filter(query)
}

/// The Parameters of a kick-off by POST, as a query. What is none has no parameters.
fn as_query(body: &[u8]) -> String {
    let parameters: Value = serde_json::from_slice(body).unwrap_or_default();
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for parameter in parameters["parameter"].as_array().into_iter().flatten() {
        let value =
            ["valueString", "valueInstant", "valueCode"].iter().find_map(|key| parameter[key].as_str());
        if let (Some(name), Some(value)) = (parameter["name"].as_str(), value) {
            query.append_pair(name, value);
        }
    }
    query.finish()
}

/// How far an export is; its manifest at the end.
pub(crate) async fn status(
    Shared(state): Shared<Arc<State>>,
    Path(name): Id,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let (job, _) = match find(&state, &headers, &name, true) {
        Ok(found) => found,
        Err(refusal) => return refusal,
    };
    let wanted = [spoil::FAULTS.as_slice(), &[Fault::ExportFailed, Fault::ExportErrorFile]].concat();
    let faults = state.faults(&headers, job.polls, &wanted);
    if faults.has(Fault::ExportFailed) {
        return outcome::answer(StatusCode::INTERNAL_SERVER_ERROR, "exception", "the export has failed");
    }
    if let Some(response) = spoil::instead(&faults, &uri) {
        return response;
    }
    let Some(files) = job.files.as_ref().filter(|_| job.polls > state.options.export_polls) else {
        let mut response = outcome::respond(StatusCode::ACCEPTED, outcome::FHIR_JSON, "");
        let progress = format!("{} of {} steps", job.polls, state.options.export_polls + 1);
        outcome::set(&mut response, header::HeaderName::from_static("x-progress"), &progress);
        outcome::set(&mut response, header::RETRY_AFTER, &state.options.export_retry_after.to_string());
        return response;
    };
    let url = format!("{}/bulk/{name}", state.origin(&headers));
    let manifest = manifest(&job, files, &url, faults.has(Fault::ExportErrorFile)).to_string();
    let body = spoil::json(manifest.into_bytes(), &headers, &faults);
    let mut response = spoil::respond(body, "application/json", &faults);
    let expires = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(3_600));
    outcome::set(&mut response, header::EXPIRES, &expires);
    response
}

fn manifest(job: &Job, files: &[File], url: &str, has_errors: bool) -> Value {
    let output = |file: &File| json!({"type": file.resource_type, "url": format!("{url}/{}", file.name()), "count": file.count});
    let outcomes = json!([{"type": "OperationOutcome", "url": format!("{url}/{ERRORS}"), "count": 1}]);
    // What was deleted is told to those who ask what changed.
    let deleted = json!([{"type": "Bundle", "url": format!("{url}/{DELETED}"), "count": 1}]);
    json!({
        "transactionTime": job.begun.to_string(),
        "request": job.request,
        "requiresAccessToken": true,
        "output": files.iter().map(output).collect::<Vec<_>>(),
        "deleted": if job.filter.since.is_some() { deleted } else { json!([]) },
        "error": if has_errors { outcomes } else { json!([]) },
    })
}

/// The job of this client under this name, with its files by number.
#[expect(clippy::result_large_err, reason = "an answer is the error here, and is sent at once")]
fn find(state: &State, headers: &HeaderMap, name: &str, is_poll: bool) -> Result<(Job, u32), Response> {
    let client_id = client(state, headers)?;
    let mut jobs = lock(&state.jobs);
    match jobs.get(name).filter(|job| job.client_id == client_id) {
        Some(job) => {
            job.polls += u32::from(is_poll);
            Ok((job.clone(), job.polls))
        }
        None => {
            Err(outcome::answer(StatusCode::NOT_FOUND, "not-found", "there is no such export, or no longer"))
        }
    }
}

/// Ends an export and forgets its files.
pub(crate) async fn cancel(
    Shared(state): Shared<Arc<State>>,
    Path(name): Id,
    headers: HeaderMap,
) -> Response {
    match find(&state, &headers, &name, false) {
        Ok(_) => {
            lock(&state.jobs).remove(&name);
            outcome::respond(StatusCode::ACCEPTED, outcome::FHIR_JSON, "")
        }
        Err(refusal) => refusal,
    }
}

/// A file of an export.
pub(crate) async fn file(
    Shared(state): Shared<Arc<State>>,
    Path((name, file_name)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let (job, _) = match find(&state, &headers, &name, false) {
        Ok(found) => found,
        Err(refusal) => return refusal,
    };
    match file_name.as_str() {
        ERRORS => {
            let text = outcome::text("error", "exception", "one resource could not be exported");
            return outcome::respond(StatusCode::OK, NDJSON, format!("{text}\n"));
        }
        DELETED => {
            let request = json!([{"request": {"method": "DELETE", "url": "Observation/removed-1"}}]);
            let text = json!({"resourceType": "Bundle", "type": "transaction", "entry": request});
            return outcome::respond(StatusCode::OK, NDJSON, format!("{text}\n"));
        }
        _ => {}
    }
    let files = job.files.unwrap_or_default();
    let Some(index) = files.iter().position(|file| file.name() == file_name) else {
        return outcome::answer(StatusCode::NOT_FOUND, "not-found", "there is no such file");
    };
    let page = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
    let faults = state.faults(&headers, page, &spoil::FAULTS);
    if let Some(response) = spoil::instead(&faults, &uri) {
        return response;
    }
    match files.into_iter().nth(index) {
        Some(file) if spoil::touches_body(&faults) => spoilt(state, job.filter, file, headers, faults).await,
        Some(file) => streamed(state, job.filter, file, spoil::takes_gzip(&headers)),
        None => outcome::answer(StatusCode::NOT_FOUND, "not-found", "there is no such file"),
    }
}

async fn spoilt(
    state: Arc<State>,
    filter: Filter,
    file: File,
    headers: HeaderMap,
    faults: Happening,
) -> Response {
    let written = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        // Writing to memory does not fail.
        let _ = job::write(&state.people, &filter, &file, &mut bytes);
        (spoil::json(bytes, &headers, &faults), faults)
    });
    match written.await {
        Ok((body, faults)) => spoil::respond(body, NDJSON, &faults),
        Err(_) => {
            outcome::answer(StatusCode::INTERNAL_SERVER_ERROR, "exception", "the file could not be written")
        }
    }
}

/// Sends a file while it is written; a client that goes away ends the writing.
fn streamed(state: Arc<State>, filter: Filter, file: File, is_gzip: bool) -> Response {
    let (send, mut receive) = mpsc::channel::<Bytes>(4);
    tokio::task::spawn_blocking(move || {
        let mut out = BufWriter::with_capacity(1 << 17, Pieces(send));
        if is_gzip {
            let mut encoder = GzEncoder::new(&mut out, Compression::fast());
            job::write(&state.people, &filter, &file, &mut encoder)?;
            encoder.finish()?;
        } else {
            job::write(&state.people, &filter, &file, &mut out)?;
        }
        out.flush()
    });
    let pieces =
        stream::poll_fn(move |context| receive.poll_recv(context).map(|piece| piece.map(Ok::<_, io::Error>)));
    let mut response = outcome::respond(StatusCode::OK, NDJSON, Body::from_stream(pieces));
    if is_gzip {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Writes pieces of a body.
struct Pieces(mpsc::Sender<Bytes>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        self.0.blocking_send(Bytes::copy_from_slice(bytes)).map_err(gone)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
