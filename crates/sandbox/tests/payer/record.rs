//! `$everything`, and what is asked for beside it.

use std::io::Read;
use std::time::Instant;

use crate::support::*;
use fhirkit_sandbox::Options;
use reqwest::{Method, StatusCode};
use serde_json::Value;

#[tokio::test]
async fn the_record_begins_as_the_page_prints_it() {
    let running = start(Options::default()).await;
    let url = format!("{}/fhir/sb/R4/payer-topayer/Patient/2657/$everything", running.base_url());
    let answer = read(&url, &token(&running).await).await;
    assert_eq!(answer.header("content-type"), "application/fhir+json; charset=utf-8");
    let bundle = answer.json();
    assert_eq!((&bundle["type"], link(&bundle, "self").unwrap()), (&"searchset".into(), url));
    let entries = bundle["entry"].as_array().unwrap();
    assert_eq!(bundle["total"], entries.len());
    let base = "https://apiservicessbext.bcbsnc.com/fhir/sb/R4/payer-to-payer";
    assert_eq!(entries[0]["fullUrl"], format!("{base}/Patient/2657"));
    assert_eq!(entries[1]["fullUrl"], format!("{base}/Provenance/4e44a0f0-e723-3f1b-a6dea3f5023630d0"));
    assert_eq!(entries[1]["resource"]["id"], "4e44a0f0-e723-3f1b-a6de-a3f5023630d0");
    let identifier = &entries[0]["resource"]["identifier"][0];
    assert_eq!(identifier["system"], "http://bluecrossnc.com/fhir/memberidentifier");
    assert!(entries.iter().any(|entry| entry["resource"]["resourceType"] == "ExplanationOfBenefit"));
    assert!(entries.iter().all(|entry| entry["search"]["mode"] == "match"));
}

async fn pages(url: &str, token: &str) -> Vec<Value> {
    let mut pages = vec![read(url, token).await.json()];
    while let Some(next) = link(pages.last().unwrap(), "next") {
        pages.push(read(&next, token).await.json());
    }
    pages
}

fn urls(pages: &[Value]) -> Vec<&str> {
    let entries = pages.iter().flat_map(|page| page["entry"].as_array().unwrap());
    entries.map(|entry| entry["fullUrl"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn pages_hold_together_what_the_whole_holds() {
    let running = start(Options::default()).await;
    let token = token(&running).await;
    let whole = pages(&everything(&running), &token).await;
    assert_eq!(whole.len(), 1);
    let paged = pages(&format!("{}?_count=7", everything(&running)), &token).await;
    assert_eq!(paged.len(), urls(&whole).len().div_ceil(7));
    assert_eq!(urls(&paged), urls(&whole));
    let next = link(&paged[0], "next").unwrap();
    assert!(next.starts_with(&format!("{}?_continue=", everything(&running))), "{next}");
}

#[tokio::test]
async fn types_and_times_choose() {
    let running = start(Options::default()).await;
    let token = token(&running).await;
    let types = pages(&format!("{}?_type=Coverage,Condition&_count=2", everything(&running)), &token).await;
    assert!(urls(&types).iter().all(|url| url.contains("/Coverage/") || url.contains("/Condition/")));
    assert!(urls(&types).len() > 2);
    let all = pages(&everything(&running), &token).await;
    let since = pages(&format!("{}?_since=2025-06-01T00:00:00Z", everything(&running)), &token).await;
    assert!(!urls(&since).is_empty() && urls(&since).len() < urls(&all).len());
    for query in ["_count=0", "_since=x", "_type=x y", "_continue=x"] {
        let answer = read(&format!("{}?{query}", everything(&running)), &token).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(answer.json()["resourceType"], "OperationOutcome");
    }
}

#[tokio::test]
async fn gzip_is_sent_to_who_takes_it() {
    let running = start(Options::default()).await;
    let authorization = format!("Bearer {}", token(&running).await);
    let headers = [("authorization", authorization.as_str()), ("accept-encoding", "br, gzip;q=0.8")];
    let answer = get(&everything(&running), &headers).await;
    assert_eq!(answer.header("content-encoding"), "gzip");
    let mut json = String::new();
    flate2::read::GzDecoder::new(&answer.body[..]).read_to_string(&mut json).unwrap();
    assert!(json.len() > 3 * answer.body.len());
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["resourceType"], "Bundle");
}

#[tokio::test]
async fn what_a_shell_leaves_of_the_url_gets_the_advice() {
    let running = start(Options::default()).await;
    let token = token(&running).await;
    let answer = read(&format!("{}/Patient/2657/", running.fhir_base()), &token).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.diagnostics(), "$everything is missing: put the URL in single quotes");
    let escaped = everything(&running).replace('$', "%24");
    assert_eq!(read(&escaped, &token).await.status, StatusCode::OK);
}

#[tokio::test]
async fn anything_else_is_not_supported_and_another_member_forbidden() {
    let running = start(Options::default()).await;
    let token = token(&running).await;
    for path in ["/Patient/2657", "/Patient", "/ExplanationOfBenefit?patient=2657", "/Patient/2657/$match"] {
        let answer = read(&format!("{}{path}", running.fhir_base()), &token).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert!(answer.diagnostics().contains("only Patient/[id]/$everything is supported"));
    }
    let authorization = format!("Bearer {token}");
    for (method, path) in [(Method::POST, "/Patient/2657/$everything"), (Method::DELETE, "/Patient/2657/")] {
        let headers = [("authorization", authorization.as_str())];
        let answer = send(method, &format!("{}{path}", running.fhir_base()), &headers, String::new()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.diagnostics().contains("by GET"));
    }
    for id in ["m000002", "nobody"] {
        let answer = read(&format!("{}/Patient/{id}/$everything", running.fhir_base()), &token).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{id}");
        assert!(answer.diagnostics().contains("another member"));
    }
    for url in [everything(&running), format!("{}/Patient", running.fhir_base())] {
        let answer = get(&url, &[]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(!answer.header("www-authenticate").contains("error"));
        assert_eq!(answer.json()["resourceType"], "OperationOutcome");
    }
    let answer = get(&format!("{}/nowhere", running.base_url()), &[]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn discovery_needs_no_token() {
    let running = start(Options::default()).await;
    let statement = get(&format!("{}/metadata", running.fhir_base()), &[]).await.json();
    assert_eq!(statement["fhirVersion"], "4.0.1");
    let uris = &statement["rest"][0]["security"]["extension"][0]["extension"];
    assert_eq!(uris[1]["valueUri"], running.token_url());
    for base in [running.base_url(), running.fhir_base()] {
        let facts = get(&format!("{base}/.well-known/smart-configuration"), &[]).await.json();
        assert_eq!(facts["authorization_endpoint"], running.authorize_url());
    }
}

#[tokio::test]
async fn fifty_thousand_resources_come_in_pages_of_a_thousand() {
    let running = start(Options { resources_per_member: Some(50_000), ..Options::default() }).await;
    let token = token(&running).await;
    let begin = Instant::now();
    let (mut url, mut count, mut page_count) = (everything(&running), 0, 0);
    let client = client();
    loop {
        let answer = client.get(&url).bearer_auth(&token).send().await.unwrap().text().await.unwrap();
        count += answer.matches("\"fullUrl\":").count();
        page_count += 1;
        let head = answer.split_once("\"entry\":").unwrap().0;
        let head: Value = serde_json::from_str(&format!("{}}}", head.trim_end_matches(','))).unwrap();
        match link(&head, "next") {
            Some(next) => url = next,
            None => break,
        }
    }
    assert_eq!((count, page_count), (50_000, 50));
    eprintln!("50,000 resources in {} ms", begin.elapsed().as_millis());
}

#[tokio::test]
async fn records_of_files_are_served() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.ndjson");
    let lines = [
        r#"{"resourceType":"Patient","id":"x1","birthDate":"1950-02-01","name":[{"family":"Fa","given":["Ga"]}]}"#,
        r#"{"resourceType":"Claim","id":"c1","patient":{"reference":"Patient/x1"}}"#,
    ];
    std::fs::write(&path, lines.join("\n")).unwrap();
    let data = vec![path.to_string_lossy().into_owned()];
    let running = start(Options { data, ..Options::default() }).await;
    let facts = running.members(9);
    assert_eq!((facts.len(), facts[0].patient_id.as_str()), (1, "x1"));
    assert!(!format!("{facts:?}").contains("Ga"));
    let mut facts = facts.into_iter().next().unwrap();
    // A fact that the record does not have may be anything.
    facts.zip = "27030".to_owned();
    let mut browser = Browser::open(&running, &page_request(&running)).await.ok().unwrap();
    let code = browser.agree(&facts, "all").await.sent("code").unwrap();
    let reply = redeem(&running, &code).await.json();
    let url = format!("{}/Patient/x1/$everything", running.fhir_base());
    let bundle = read(&url, reply["access_token"].as_str().unwrap()).await.json();
    assert_eq!(urls(&[bundle]).len(), 2);
}
