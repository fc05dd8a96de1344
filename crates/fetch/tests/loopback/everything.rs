//! `$everything` to its end, and every way in which it does not get there.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use fhirkit_fetch::everything::{Arrival, EverythingPages, Format, Limits, Progress};
use fhirkit_fetch::http::{BearerToken, TokenSource};
use fhirkit_fetch::{Error, ErrorKind};

use crate::record::{Place, Tokens, client, page, page_asked, request, server_of};
use crate::server::{Reply, Server};

#[tokio::test]
async fn every_page_arrives_as_written() {
    let server = server_of(3).await;
    let place = Place::new(Format::Ndjson);
    let fetched = place.fetch(&server).await.unwrap();
    assert!(fetched.problem.is_none());
    let text = place.text("");
    assert_eq!(text.lines().count(), 9);
    assert_eq!(
        text.lines().next().unwrap(),
        r#"{"resourceType":"Observation","id":"o1-1","valueQuantity":{"value":1.10},"note":[{"text":"Jane  Doe \" x"}]}"#
    );
    assert_eq!(server.asked()[0].target, "/fhir/Patient/2657/$everything");
    assert_eq!(server.asked()[2].target, "/fhir/Patient/2657/$everything?page=3");
    assert!(!place.path(".part").exists() && !place.path(".journal").exists());
    let receipt = place.receipt();
    assert_eq!(receipt["entries"]["Observation"], 9);
    assert_eq!((&receipt["pages"], &receipt["complete"]), (&3.into(), &true.into()));
    assert!(receipt["source"].as_str().unwrap().ends_with("/fhir/Patient/[id]/$everything"));
    for secret in ["2657", "Jane", "o1-1"] {
        assert!(!place.text(".receipt.json").contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn bundles_keep_full_urls_and_pages_their_bytes() {
    let server = server_of(2).await;
    let place = Place::new(Format::Bundle);
    place.fetch(&server).await.unwrap();
    let bundle: serde_json::Value = serde_json::from_str(&place.text("")).unwrap();
    assert_eq!((&bundle["type"], bundle["entry"].as_array().unwrap().len()), (&"collection".into(), 6));
    assert_eq!(bundle["entry"][5]["fullUrl"], "urn:x:2-3");
    assert!(place.text("").contains(r#""value":1.30"#));
    let place = Place::new(Format::Pages);
    place.fetch(&server).await.unwrap();
    assert_eq!(place.text(""), page(1, 2, None) + &page(2, 2, None));
}

#[tokio::test]
async fn the_next_page_is_downloaded_while_nobody_has_read_the_first() {
    let server = server_of(5).await;
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let mut pages = EverythingPages::open(&client(), None, &request(&server), &journal).unwrap();
    let wait = async {
        while server.asked().len() < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait).await.unwrap();
    let mut numbers = Vec::new();
    while let Some(arrival) = pages.next().await.unwrap() {
        if let Arrival::Page(page) = arrival {
            numbers.push(page.number());
        }
    }
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    pages.finish().await.unwrap();
    assert!(!journal.exists());
}

#[tokio::test]
async fn a_fresh_token_is_asked_for_once_in_mid_paging() {
    let server = Server::start(|asked| {
        let wanted = if page_asked(asked) < 3 { "Bearer token-0" } else { "Bearer token-1" };
        match asked.headers["authorization"] == wanted {
            true => Reply::fhir(page(page_asked(asked), 4, None)),
            false => Reply::new(401, ""),
        }
    })
    .await;
    let (place, tokens) = (Place::new(Format::Ndjson), Tokens::of(&server));
    let source: Arc<dyn TokenSource> = tokens.clone();
    let fetched = place.fetch_with(&server, Some(source), |_| {}, &mut |_| {}).await.unwrap();
    assert!(fetched.problem.is_none());
    assert_eq!((place.text("").lines().count(), tokens.refreshed.load(Ordering::SeqCst)), (12, 1));
}

#[tokio::test]
async fn an_expired_token_breaks_off_and_another_run_goes_on() {
    let server = Server::start(|asked| {
        let is_old = asked.headers["authorization"] == "Bearer old";
        match is_old && page_asked(asked) > 2 {
            true => Reply::new(401, ""),
            false => Reply::fhir(page(page_asked(asked), 3, None)),
        }
    })
    .await;
    let token = |text: &str| -> Option<Arc<dyn TokenSource>> {
        Some(Arc::new(BearerToken::new(text, &server.url).unwrap()))
    };
    let place = Place::new(Format::Ndjson);
    let fetched = place.fetch_with(&server, token("old"), |_| {}, &mut |_| {}).await.unwrap();
    let problem = fetched.problem.unwrap();
    assert_eq!((problem.kind(), problem.help()), (ErrorKind::Expired, Some("fhirkit login payer")));
    assert_eq!(fetched.path, place.path(".part"));
    assert_eq!(place.text(".part").lines().count(), 6);
    assert!(!place.path("").exists() && place.path(".journal").exists());
    assert_eq!(place.receipt()["complete"], false);
    let before = server.asked().len();
    place.fetch_with(&server, token("new"), |_| {}, &mut |_| {}).await.unwrap();
    assert_eq!(place.text("").lines().count(), 9);
    assert_eq!(server.asked().len(), before + 1);
    assert_eq!(place.receipt()["resumed_pages"], 2);
}

/// Fetches from a server whose second page is `second`, sent with `status` and `media_type`.
async fn with_second(second: &'static str, status: u16, media_type: &'static str) -> (Error, Place) {
    let server = Server::start(move |asked| match page_asked(asked) {
        1 => Reply::fhir(page(1, 2, None)),
        _ => Reply::new(status, second).with("Content-Type", media_type),
    })
    .await;
    let place = Place::new(Format::Ndjson);
    let fetched = place.fetch(&server).await.unwrap();
    assert!(!place.path("").exists());
    assert_eq!(place.text(".part").lines().count(), 3);
    assert_eq!(place.receipt()["complete"], false);
    (fetched.problem.unwrap(), place)
}

#[tokio::test]
async fn a_page_that_is_none_ends_with_words() {
    let fhir = "application/fhir+json";
    for (second, status, media_type, kind, words) in [
        (
            "<!DOCTYPE html>Jane",
            200,
            "text/html",
            ErrorKind::NotFhir,
            "page 2 is HTML, not JSON (begins \"<!DOCTYPE html\")",
        ),
        (
            r#"{"resourceType":"Bundle","entry":[{"#,
            200,
            fhir,
            ErrorKind::Incomplete,
            "page 2 breaks off at byte 35",
        ),
        (
            r#"{"resourceType":"Bundle"}"#,
            200,
            "text/plain",
            ErrorKind::NotFhir,
            "page 2 is sent as `text/plain`, not as FHIR JSON",
        ),
        (
            r#"{"resourceType":"OperationOutcome","issue":[{"severity":"fatal","code":"timeout"}]}"#,
            200,
            fhir,
            ErrorKind::Incomplete,
            "page 2 is an OperationOutcome (fatal: timeout), not a Bundle",
        ),
        ("", 410, fhir, ErrorKind::Incomplete, "page 2 is gone (410): the server no longer holds it"),
        (
            r#"{"resourceType":"Bundle","link":[{"relation":"next","url":"?page=2"}]}"#,
            200,
            fhir,
            ErrorKind::Loop,
            "page 2 leads back to a page that came before: paging goes in a circle",
        ),
    ] {
        let (error, _place) = with_second(second, status, media_type).await;
        assert_eq!((error.kind(), error.to_string()), (kind, words.to_owned()));
    }
}

#[tokio::test]
async fn a_page_without_its_end_is_asked_for_again() {
    let server = Server::start(|asked| {
        let whole = page(page_asked(asked), 2, None);
        Reply::fhir(if asked.before == 1 { whole[..whole.len() / 2].to_owned() } else { whole })
    })
    .await;
    let place = Place::new(Format::Ndjson);
    assert!(place.fetch(&server).await.unwrap().problem.is_none());
    assert_eq!((place.text("").lines().count(), server.asked().len()), (6, 3));
}

#[tokio::test]
async fn a_link_to_another_server_is_not_followed() {
    let thief = server_of(1).await;
    let away = thief.at("/fhir?page=2").to_string();
    let server = Server::start(move |_| Reply::fhir(page(1, 2, Some(&away)))).await;
    let token: Arc<dyn TokenSource> = Arc::new(BearerToken::new("very-secret", &server.url).unwrap());
    let place = Place::new(Format::Ndjson);
    let error = place.fetch_with(&server, Some(token), |_| {}, &mut |_| {}).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Redirect);
    assert!(thief.asked().is_empty());
    // Nothing came, and nothing is left behind.
    for end in ["", ".part", ".journal", ".receipt.json"] {
        assert!(!place.path(end).exists(), "{end}");
    }
}

#[tokio::test]
async fn what_the_server_says_is_missing_makes_it_incomplete() {
    let with = |more: &'static str| async move {
        let server =
            Server::start(move |_| Reply::fhir(page(1, 1, None).replacen(r#""entry":["#, more, 1))).await;
        let place = Place::new(Format::Ndjson);
        let problem = place.fetch(&server).await.unwrap().problem;
        assert_eq!(place.path("").exists(), problem.is_none());
        assert!(!place.path(".journal").exists());
        (problem.map(|error| error.to_string()), place.receipt())
    };
    let (problem, receipt) = with(r#""total":3,"entry":["#).await;
    assert_eq!((problem, &receipt["total"]), (None, &3.into()));
    let (problem, _) = with(r#""total":4,"entry":["#).await;
    assert_eq!(problem.as_deref(), Some("the server says there are 4 resources, and sent 3"));
    let outcome = r#""entry":[{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"informational"}]}},"#;
    let (problem, receipt) = with(outcome).await;
    assert_eq!((problem, &receipt["outcomes"][0]["count"]), (None, &1.into()));
    assert_eq!(receipt["resources"], 3);
    let outcome = r#""entry":[{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"incomplete"}]}},"#;
    let (problem, _) = with(outcome).await;
    assert_eq!(problem.as_deref(), Some("the server reports that something is missing (error: incomplete)"));
}

#[tokio::test]
async fn what_comes_twice_is_written_once() {
    let server = Server::start(|asked| {
        Reply::fhir(
            page(page_asked(asked), 3, None)
                .replace("o2-", "o1-")
                .replace(r#""id""#, r#""meta":{"versionId":"1"},"id""#),
        )
    })
    .await;
    let place = Place::new(Format::Ndjson);
    let receipt = place.fetch(&server).await.unwrap().receipt;
    assert_eq!((receipt.duplicates, receipt.resources), (3, 6));
}

#[tokio::test]
async fn records_without_an_end_meet_a_limit() {
    let server = server_of(usize::MAX).await;
    for limits in [Limits { pages: 4, ..Limits::default() }, Limits { bytes: 4_000, ..Limits::default() }] {
        let place = Place::new(Format::Ndjson);
        let fetched = place.fetch_with(&server, None, |request| request.limits = limits, &mut |_| {}).await;
        assert_eq!(fetched.unwrap().problem.unwrap().kind(), ErrorKind::TooLarge);
    }
}

#[tokio::test]
async fn a_record_that_is_there_is_not_replaced() {
    let server = server_of(1).await;
    let place = Place::new(Format::Ndjson);
    place.fetch(&server).await.unwrap();
    let error = place.fetch(&server).await.unwrap_err();
    assert_eq!((error.kind(), server.asked().len()), (ErrorKind::Exists, 1));
}

#[tokio::test]
async fn a_server_without_everything_is_searched_type_by_type() {
    let server = Server::start(|asked| {
        let bundle = |entries: &str| Reply::fhir(format!(r#"{{"resourceType":"Bundle","entry":[{entries}]}}"#));
        let coverage = |id| format!(r#"{{"resource":{{"resourceType":"Coverage","id":"{id}"}}}}"#);
        match asked.target.as_str() {
            "/fhir/Patient/2657" => Reply::fhir(r#"{"resourceType":"Patient","id":"2657"}"#),
            "/fhir/Coverage?patient=2657" => Reply::fhir(format!(
                r#"{{"resourceType":"Bundle","link":[{{"relation":"next","url":"/fhir/Coverage?p=2"}}],"entry":[{}]}}"#,
                coverage("a")
            )),
            "/fhir/Coverage?p=2" => bundle(&coverage("b")),
            target if target.contains("$everything") || target.contains("/Flag?") => Reply::new(404, ""),
            _ => bundle(""),
        }
    })
    .await;
    let place = Place::new(Format::Ndjson);
    let mut events = Vec::new();
    let change = |request: &mut fhirkit_fetch::everything::Request| request.falls_back_to_search = true;
    let fetched = place
        .fetch_with(&server, None, change, &mut |event| {
            if let Progress::NotOffered { what, status } = event {
                events.push((what.to_owned(), status));
            }
        })
        .await
        .unwrap();
    assert!(fetched.problem.is_none());
    assert_eq!(events, [("$everything".to_owned(), 404), ("Flag".to_owned(), 404)]);
    let lines: Vec<String> = place.text("").lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[2], r#"{"resourceType":"Coverage","id":"b"}"#);
    let plain = Place::new(Format::Ndjson).fetch(&server).await.unwrap_err();
    assert_eq!(plain.kind(), ErrorKind::Status);
    assert!(!plain.to_string().contains("2657"), "{plain}");
}
