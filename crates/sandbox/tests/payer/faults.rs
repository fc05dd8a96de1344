//! Every fault, as a client sees it.

use std::time::{Duration, Instant};

use crate::support::*;
use fhirkit_sandbox::{ErrorKind, Fault, FaultRule, Options, Sandbox};
use reqwest::StatusCode;

/// A page of five resources, with a fault asked for in the header.
async fn page(running: &fhirkit_sandbox::Running, token: &str, fault: &str) -> Answer {
    let authorization = format!("Bearer {token}");
    let headers = [("authorization", authorization.as_str()), ("x-sandbox-fault", fault)];
    get(&format!("{}?_count=5", everything(running)), &headers).await
}

#[tokio::test]
async fn statuses_and_headers_are_wrong_on_request() {
    let running = start(Options::default()).await;
    let token = token(&running).await;
    for (fault, status, retry_after) in
        [("429", 429, "1"), ("429=7", 429, "7"), ("503", 503, ""), ("503=3", 503, "3"), ("500", 500, "")]
    {
        let answer = page(&running, &token, fault).await;
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (status, retry_after), "{fault}");
        assert_eq!(answer.json()["resourceType"], "OperationOutcome");
    }
    let answer = page(&running, &token, "429-date").await;
    assert!(httpdate::parse_http_date(answer.header("retry-after")).is_ok());
    let answer = page(&running, &token, "html-200").await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    let answer = page(&running, &token, "wrong-content-type").await;
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(answer.json()["resourceType"], "Bundle");
    let answer = page(&running, &token, "redirect-other-host=http://127.0.0.1:9").await;
    assert_eq!(answer.status, StatusCode::FOUND);
    let location = answer.header("location");
    assert_eq!(location, "http://127.0.0.1:9/fhir/sb/R4/payer-to-payer/Patient/2657/$everything?_count=5");
}

#[tokio::test]
async fn bundles_are_wrong_on_request() {
    let running = start(Options::default()).await;
    let token = token(&running).await;
    let right = page(&running, &token, "").await.json();
    assert_eq!(right["entry"].as_array().unwrap().len(), 5);
    let bundle = page(&running, &token, "duplicate-entries").await.json();
    assert_eq!(bundle["entry"].as_array().unwrap().len(), 10);
    let bundle = page(&running, &token, "total-too-large").await.json();
    assert_eq!(bundle["total"].as_u64(), right["total"].as_u64().map(|total| total + 7));
    let bundle = page(&running, &token, "empty-page").await.json();
    assert_eq!(bundle["entry"].as_array().unwrap().len(), 0);
    assert_eq!(link(&bundle, "next"), link(&right, "next"));
    let bundle = page(&running, &token, "outcome-entry").await.json();
    assert_eq!(bundle["entry"][5]["resource"]["issue"][0]["severity"], "fatal");
    let outcome = page(&running, &token, "fatal-outcome-200").await;
    assert_eq!((outcome.status, &outcome.json()["issue"][0]["severity"]), (StatusCode::OK, &"fatal".into()));
    let bundle = page(&running, &token, "next-other-host=http://127.0.0.1:9/").await.json();
    assert!(
        link(&bundle, "next")
            .unwrap()
            .starts_with("http://127.0.0.1:9/fhir/sb/R4/payer-to-payer/Patient/2657/")
    );
    for fault in ["invalid-json", "cut-json"] {
        let answer = page(&running, &token, fault).await;
        assert!(serde_json::from_slice::<serde_json::Value>(&answer.body).is_err(), "{fault}");
    }
}

#[tokio::test]
async fn later_pages_are_wrong_on_request() {
    let running = start(Options::default()).await;
    let token = token(&running).await;
    let authorization = format!("Bearer {token}");
    let first = page(&running, &token, "lost-page-410,paging-loop,expire-mid-paging").await.json();
    let second = link(&first, "next").unwrap();
    let fault = |fault| [("authorization", authorization.as_str()), ("x-sandbox-fault", fault)];
    assert_eq!(get(&second, &fault("lost-page-410")).await.status, StatusCode::GONE);
    let looped = get(&second, &fault("paging-loop")).await.json();
    let again = read(&link(&looped, "next").unwrap(), &token).await.json();
    assert_eq!(again["entry"], first["entry"]);
    assert_eq!(get(&second, &fault("expire-mid-paging")).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(read(&second, &token).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn bodies_break_off_stall_and_crawl_on_request() {
    let running = start(Options::default()).await;
    let token = token(&running).await;
    let right = page(&running, &token, "").await.body.len();
    let body = async |fault: &str| {
        let url = format!("{}?_count=5", everything(&running));
        let request = client().get(url).bearer_auth(&token).header("x-sandbox-fault", fault);
        let response = request.send().await.unwrap();
        let length = response.content_length().unwrap() as usize;
        assert!(length.abs_diff(right) < 9, "{fault} announces {length}, not {right}");
        response
    };
    assert!(body("truncated-body").await.bytes().await.is_err());
    let stalled = body("stalled-body").await;
    assert!(tokio::time::timeout(Duration::from_millis(200), stalled.bytes()).await.is_err());
    let begin = Instant::now();
    assert!(body("slow-body=10").await.bytes().await.is_ok());
    assert!(begin.elapsed() >= Duration::from_millis(190));
}

#[tokio::test]
async fn a_huge_page_streams_what_it_announces() {
    let running = start(Options::default()).await;
    let token = token(&running).await;
    let answer = page(&running, &token, "huge-page=3000000").await;
    assert_eq!(answer.body.len(), 3_000_000);
    let request =
        client().get(everything(&running)).bearer_auth(&token).header("x-sandbox-fault", "huge-page");
    let mut response = request.send().await.unwrap();
    assert_eq!(response.content_length(), Some(10_000_000_000));
    for _ in 0..20 {
        assert!(response.chunk().await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_gzip_bomb_is_small_on_the_wire() {
    let running = start(Options::default()).await;
    let answer = page(&running, &token(&running).await, "gzip-bomb=50000000").await;
    assert_eq!(answer.header("content-encoding"), "gzip");
    assert!(answer.body.len() < 100_000, "{}", answer.body.len());
    let mut unpacked = Vec::new();
    let mut decoder = flate2::read::GzDecoder::new(&answer.body[..]);
    assert!(std::io::Read::read_to_end(&mut decoder, &mut unpacked).is_err());
    assert!(unpacked.starts_with(b"{\"resourceType\":\"Bundle\"") && unpacked.len() > 49_000_000);
}

#[tokio::test]
async fn faults_of_the_start_happen_as_often_as_they_say() {
    let faults = vec!["429:2@1".parse().unwrap(), "503:1@2".parse().unwrap()];
    let running = start(Options { faults, ..Options::default() }).await;
    let token = token(&running).await;
    let mut statuses = Vec::new();
    let mut url = format!("{}?_count=20", everything(&running));
    for _ in 0..5 {
        let answer = read(&url, &token).await;
        statuses.push(answer.status.as_u16());
        if answer.status == StatusCode::OK {
            url = link(&answer.json(), "next").unwrap();
        }
    }
    assert_eq!(statuses, [429, 429, 200, 503, 200]);
}

#[tokio::test]
async fn the_redirect_is_wrong_on_request() {
    for (fault, name, value) in [
        (Fault::WrongState, "state", Some("a-state-that-nobody-sent")),
        (Fault::NoState, "state", None),
        (Fault::WrongIssuer, "iss", Some("https://another-issuer.example.org")),
    ] {
        let running = start(Options { faults: vec![fault.into()], ..Options::default() }).await;
        let mut browser = Browser::open(&running, &page_request(&running)).await.ok().unwrap();
        let answer = browser.agree(&running.members(1)[0], "all").await;
        assert_eq!(answer.sent(name).as_deref(), value);
        assert!(answer.sent("code").is_some());
    }
}

#[tokio::test]
async fn a_fault_without_its_url_keeps_the_sandbox_from_starting() {
    let faults = vec![FaultRule::from(Fault::NextOtherHost)];
    let error = Sandbox::start(Options { port: 0, faults, ..Options::default() }).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Options);
}
