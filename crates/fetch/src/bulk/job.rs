//! An export at the server: kicked off, waited for, given up.

use std::time::{Duration, SystemTime};

use reqwest::header::{CONTENT_LOCATION, HeaderName, HeaderValue, RETRY_AFTER};
use url::Url;

use super::address;
use super::connection::Connection;
use super::export::Progress;
use super::manifest::Manifest;
use super::request::{Limits, Request};
use super::said;
use crate::error::{Error, ErrorKind};
use crate::http::{self, Answer, backoff, outcome_code, random, retry_after, time};

/// Why an export cannot go on.
pub(super) enum Stop {
    /// The server no longer knows it: another one may be begun.
    Gone(Error),
    /// The server has given it up.
    Over(Error),
    /// Anything else; the same export may go on later.
    Broken(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Broken(error)
    }
}

type Result<T> = std::result::Result<T, Stop>;

/// No manifest is larger.
const MANIFEST_LIMIT: u64 = 64 << 20;

/// The shortest wait between two questions, and the shortest after a server that has had too many.
const SHORTEST: Duration = Duration::from_secs(1);
const SHORTEST_WHEN_BUSY: Duration = Duration::from_secs(5);

/// The longest wait, whatever the server asks for.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// So many times in a row a gateway or server may say that it is not there.
const FAILURES: u32 = 10;

/// Asks for an export. Returns where its status is.
pub(super) async fn kick_off(connection: &Connection, request: &Request) -> Result<Url> {
    let question = http::Request::get(request.kick_off()?)
        .accepting("application/fhir+json")
        .with_header(HeaderName::from_static("prefer"), HeaderValue::from_static("respond-async"));
    let answer = connection.send(question).await?;
    if answer.status != 202 {
        let offers = !matches!(answer.status, 404 | 405 | 501);
        let error = match answer.success(&connection.provider) {
            Ok(answer) => {
                let message = format!("{}, where 202 begins an export", answer.words());
                Error::new(ErrorKind::NotFhir, message)
            }
            Err(error) if offers => error,
            Err(error) => error.with_help("the server may offer `$export` at another level, or not at all"),
        };
        return Err(error.into());
    }
    let Some(text) = answer.headers.get(CONTENT_LOCATION).and_then(|value| value.to_str().ok()) else {
        let message = format!("{} and does not say where (`Content-Location`)", answer.words());
        return Err(Error::new(ErrorKind::NotFhir, message).into());
    };
    // Asked with the token: never elsewhere.
    Ok(address::given("the status of the export", text, &answer.url, &connection.base, true)?)
}

/// Waits until the export at `status` is ready.
pub(super) async fn wait(
    connection: &Connection,
    status: &Url,
    limits: &Limits,
    progress: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Result<Manifest> {
    let (mut waited, mut asked, mut failures) = (Duration::ZERO, 0_u32, 0);
    loop {
        let question = http::Request::get(status.clone())
            .accepting("application/json, application/fhir+json;q=0.9")
            .at_most(MANIFEST_LIMIT)
            .taking_every_status();
        let answer = connection.send(question).await?;
        if answer.status == 200 {
            return Manifest::read(&answer, &connection.base, limits.files).map_err(Stop::Over);
        }
        let answer = match answer.status {
            401 | 403 => answer.success(&connection.provider)?,
            _ => answer,
        };
        let is_busy = not_ready(&answer)?;
        failures = if answer.status < 500 { 0 } else { failures + 1 };
        if failures > FAILURES {
            return Err(Error::new(ErrorKind::Status, answer.words()).into());
        }
        asked = asked.saturating_add(1);
        let span = pause(&answer, asked, is_busy);
        waited += span;
        if waited > limits.patience {
            let message = format!("the export is not ready after {}", time(limits.patience));
            let help = "run it again: it goes on waiting";
            return Err(Error::new(ErrorKind::Timeout, message).with_help(help).into());
        }
        let said = answer.headers.get("x-progress").and_then(|value| value.to_str().ok());
        let said = said.and_then(said::progress);
        progress(Progress::Waiting { said: said.as_deref(), span, is_busy });
        connection.client.wait(span).await;
    }
}

/// Whether an answer that is no manifest asks for more patience than usual; an error when waiting does not help.
fn not_ready(answer: &Answer) -> Result<bool> {
    match answer.status {
        202 => Ok(false),
        429 | 502 | 503 | 504 => Ok(true),
        500.. if outcome_code(&answer.body).as_deref() == Some("transient") => Ok(true),
        404 | 410 => {
            let message = format!("the server no longer knows the export ({})", answer.status);
            Err(Stop::Gone(Error::new(ErrorKind::Incomplete, message)))
        }
        _ => {
            let message = format!("the export has failed: {}", answer.words());
            let help = "run it again: it begins a new export";
            Err(Stop::Over(Error::new(ErrorKind::Status, message).with_help(help)))
        }
    }
}

/// How long to wait before the next question.
fn pause(answer: &Answer, asked: u32, is_busy: bool) -> Duration {
    let wished = answer.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let wished = wished.and_then(|value| retry_after(value, SystemTime::now()));
    let usual = backoff(asked, random());
    let (span, shortest) = match is_busy {
        true => (wished.unwrap_or(usual * 2), SHORTEST_WHEN_BUSY),
        false => (wished.unwrap_or(usual), SHORTEST),
    };
    span.clamp(shortest, LONGEST)
}

/// Tells the server that the export, or what is left of it, is no longer needed.
pub(super) async fn delete(connection: &Connection, status: &Url) -> crate::error::Result<()> {
    let question = http::Request::delete(status.clone()).taking_every_status();
    let answer = connection.send(question).await?;
    // It has forgotten it already: as wished.
    if matches!(answer.status, 404 | 410) {
        return Ok(());
    }
    answer.success(&connection.provider).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderMap;

    fn answer(status: u16, wished: Option<&'static str>) -> Answer {
        let url = Url::parse("https://payer.example/bulk/1").unwrap();
        let mut headers = HeaderMap::new();
        if let Some(wished) = wished {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(wished));
        }
        Answer { status, url, headers, body: Vec::new(), bytes: 0 }
    }

    #[test]
    fn waits_are_what_the_server_asks_for_within_reason() {
        let seconds = |wished, is_busy| pause(&answer(202, wished), 1, is_busy).as_secs();
        assert_eq!(seconds(Some("120"), false), 120);
        assert_eq!((seconds(Some("0"), false), seconds(Some("0"), true)), (1, 5));
        assert_eq!(seconds(Some("99999999"), false), 3600);
        assert!((1..=2).contains(&seconds(None, false)) && seconds(None, true) == 5);
        assert!((45..=75).contains(&pause(&answer(202, None), 99, false).as_secs()));
    }

    #[test]
    fn a_transient_failure_is_waited_out_and_another_is_the_end() {
        let transient =
            r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"transient"}]}"#;
        let mut failed = answer(500, None);
        assert!(matches!(not_ready(&failed), Err(Stop::Over(_))));
        failed.body = transient.as_bytes().to_vec();
        assert!(matches!(not_ready(&failed), Ok(true)));
        assert!(matches!(not_ready(&answer(410, None)), Err(Stop::Gone(_))));
    }
}
