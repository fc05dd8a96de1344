//! Answers that go wrong: instead of the right one, in its JSON, or on their way.

use std::io::Write;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use flate2::{Compress, Compression, FlushCompress, write::GzEncoder};
use futures_util::{StreamExt, stream};

use crate::fault::{Fault, Happening};
use crate::{html, outcome};

/// What can go wrong with any answer that holds data.
pub(crate) const FAULTS: [Fault; 14] = [
    Fault::TooManyRequests,
    Fault::TooManyRequestsDate,
    Fault::Unavailable,
    Fault::ServerError,
    Fault::Html,
    Fault::RedirectOtherHost,
    Fault::HugePage,
    Fault::GzipBomb,
    Fault::InvalidJson,
    Fault::CutJson,
    Fault::WrongContentType,
    Fault::SlowBody,
    Fault::StalledBody,
    Fault::TruncatedBody,
];

const TEN_GIGABYTES: u64 = 10_000_000_000;
const BUNDLE_HEAD: &[u8] = b"{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"entry\":[";
const BLOCK: usize = 1 << 20;

/// Whether one of the faults is about the bytes of a body, so that all of it is needed first.
pub(crate) fn touches_body(faults: &Happening) -> bool {
    FAULTS[8..].iter().any(|fault| faults.has(*fault))
}

/// A body with its encoding.
pub(crate) struct Encoded {
    bytes: Vec<u8>,
    is_gzip: bool,
}

/// The answer that comes instead of the right one.
pub(crate) fn instead(faults: &Happening, uri: &Uri) -> Option<Response> {
    if let Some(rule) = faults.get(Fault::TooManyRequests) {
        return Some(throttled(&rule.number(1).to_string()));
    }
    if let Some(rule) = faults.get(Fault::TooManyRequestsDate) {
        let time = std::time::SystemTime::now() + Duration::from_secs(rule.number(2).min(86_400));
        return Some(throttled(&httpdate::fmt_http_date(time)));
    }
    if let Some(rule) = faults.get(Fault::Unavailable) {
        let mut response =
            outcome::answer(StatusCode::SERVICE_UNAVAILABLE, "transient", "out of service for a while");
        if let Some(seconds) = &rule.value {
            outcome::set(&mut response, header::RETRY_AFTER, seconds);
        }
        return Some(response);
    }
    if faults.has(Fault::ServerError) {
        return Some(outcome::answer(StatusCode::INTERNAL_SERVER_ERROR, "exception", "something went wrong"));
    }
    if faults.has(Fault::Html) {
        return Some(html::message(StatusCode::OK, "Sign in", "Your session has ended. Sign in again."));
    }
    if let Some(rule) = faults.get(Fault::RedirectOtherHost) {
        let host = rule.value.as_deref().unwrap_or_default().trim_end_matches('/');
        let path = uri.path_and_query().map_or(uri.path(), |path| path.as_str());
        return Some(outcome::redirect(StatusCode::FOUND, &format!("{host}{path}")));
    }
    if let Some(rule) = faults.get(Fault::HugePage) {
        return Some(huge_page(rule.number(TEN_GIGABYTES)));
    }
    faults.get(Fault::GzipBomb).map(|rule| gzip_bomb(rule.number(TEN_GIGABYTES)))
}

fn throttled(retry_after: &str) -> Response {
    let mut response = outcome::answer(StatusCode::TOO_MANY_REQUESTS, "throttled", "too many requests");
    outcome::set(&mut response, header::RETRY_AFTER, retry_after);
    response
}

/// A Bundle whose entries never begin; only one block of it is in memory.
fn huge_page(byte_count: u64) -> Response {
    let blank = Bytes::from(vec![b' '; BLOCK]);
    let pieces = stream::unfold((0_u64, blank), move |(sent, blank)| async move {
        let left = byte_count.saturating_sub(sent);
        let piece = if sent == 0 { Bytes::from_static(BUNDLE_HEAD) } else { blank.clone() };
        let piece = piece.slice(..piece.len().min(usize::try_from(left).unwrap_or(usize::MAX)));
        let sent = sent + piece.len() as u64;
        (left > 0).then_some((Ok::<_, std::io::Error>(piece), (sent, blank)))
    });
    let mut response = outcome::respond(StatusCode::OK, outcome::FHIR_JSON, Body::from_stream(pieces));
    outcome::set(&mut response, header::CONTENT_LENGTH, &byte_count.to_string());
    response
}

/// Blanks that shrink to a thousandth. A block is compressed once and sent again and again: it ends in a full flush,
/// so that it stands for itself. The check sum at the end is missing; nobody should get there.
fn gzip_bomb(byte_count: u64) -> Response {
    let mut head = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    head.extend(deflated(BUNDLE_HEAD));
    let block = Bytes::from(deflated(&vec![b' '; BLOCK]));
    let count = usize::try_from(byte_count / BLOCK as u64).unwrap_or(usize::MAX);
    let blocks = stream::iter(std::iter::once(Bytes::from(head)).chain(std::iter::repeat_n(block, count)));
    let body = Body::from_stream(blocks.map(Ok::<_, std::io::Error>));
    let mut response = outcome::respond(StatusCode::OK, outcome::FHIR_JSON, body);
    response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    response
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 100 + 256);
    // What does not fit is left out, and the bomb is a little smaller.
    let _ = Compress::new(Compression::best(), false).compress_vec(bytes, &mut out, FlushCompress::Full);
    out
}

/// Spoils JSON if that is asked for, and compresses it for a client that takes gzip.
pub(crate) fn json(mut bytes: Vec<u8>, headers: &HeaderMap, faults: &Happening) -> Encoded {
    let middle = bytes.len() / 2;
    if faults.has(Fault::CutJson) {
        bytes.truncate(middle);
    }
    if faults.has(Fault::InvalidJson)
        && let Some(at) = bytes.iter().skip(middle).position(|&byte| byte == b',')
    {
        bytes.insert(middle + at, b',');
    }
    if !takes_gzip(headers) {
        return Encoded { bytes, is_gzip: false };
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 6), Compression::fast());
    match encoder.write_all(&bytes).and_then(|()| encoder.finish()) {
        Ok(bytes) => Encoded { bytes, is_gzip: true },
        // Writing to memory does not fail; uncompressed is right too.
        Err(_) => Encoded { bytes, is_gzip: false },
    }
}

pub(crate) fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let is_refused = weight.trim().strip_prefix("q=").and_then(|q| q.parse().ok()) == Some(0.0_f32);
        name.trim().eq_ignore_ascii_case("gzip") && !is_refused
    })
}

/// Sends a body, whole or as the faults want it.
pub(crate) fn respond(body: Encoded, content_type: &'static str, faults: &Happening) -> Response {
    let Encoded { bytes, is_gzip } = body;
    let byte_count = bytes.len();
    let content_type =
        if faults.has(Fault::WrongContentType) { "text/plain; charset=utf-8" } else { content_type };
    let mut response = outcome::respond(StatusCode::OK, content_type, on_its_way(bytes, faults));
    let headers = response.headers_mut();
    if is_gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(byte_count));
    response
}

fn on_its_way(bytes: Vec<u8>, faults: &Happening) -> Body {
    let half = bytes.len() / 2;
    let bytes = Bytes::from(bytes);
    if faults.has(Fault::TruncatedBody) {
        // What was sent must be on its way before the connection ends, else nothing of the answer arrives.
        let broken = stream::once(async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            Err(std::io::Error::other("broken off on request"))
        });
        return Body::from_stream(stream::iter([Ok(bytes.slice(..half))]).chain(broken));
    }
    if faults.has(Fault::StalledBody) {
        let begin = stream::iter([Ok::<_, std::io::Error>(bytes.slice(..half))]);
        return Body::from_stream(begin.chain(stream::pending()));
    }
    let Some(rule) = faults.get(Fault::SlowBody) else { return Body::from(bytes) };
    let pause = Duration::from_millis(rule.number(100));
    let piece = bytes.len().div_ceil(20).max(1);
    Body::from_stream(stream::unfold((bytes, pause, piece), |(mut rest, pause, piece)| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let sent = rest.split_to(piece.min(rest.len()));
        Some((Ok::<_, std::io::Error>(sent), (rest, pause, piece)))
    }))
}
