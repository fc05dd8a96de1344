//! What a sandbox does not do: answer other hosts, keep secrets in its log, stay when it is told to stop.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::*;
use fhirkit_sandbox::{ErrorKind, Options, Sandbox};
use reqwest::StatusCode;

#[tokio::test]
async fn another_host_name_is_not_answered() {
    let running = start(Options::default()).await;
    for (host, status) in [("rebound.example.org", 421), ("127.0.0.1.example.org", 421), ("localhost", 200)] {
        let answer = get(&format!("{}/", running.base_url()), &[("host", host)]).await;
        assert_eq!(answer.status.as_u16(), status, "{host}");
    }
}

#[tokio::test]
async fn links_and_issuer_are_of_the_origin_that_was_asked() {
    let running = start(Options::default()).await;
    let token = token(&running).await;
    let local = everything(&running).replace("127.0.0.1", "localhost");
    let bundle = read(&format!("{local}?_count=5"), &token).await.json();
    assert!(link(&bundle, "next").unwrap().starts_with(&local));
    let url = format!("http://localhost:{}/.well-known/openid-configuration", running.port());
    assert_eq!(get(&url, &[]).await.json()["issuer"], format!("http://localhost:{}", running.port()));
}

#[tokio::test]
async fn pages_forbid_script_frames_and_being_kept() {
    let running = start(Options::default()).await;
    let browser = Browser::open(&running, &page_request(&running)).await.ok().unwrap();
    let answer = browser.show("/member/disclaimer").await;
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert!(policy.ends_with("form-action 'self' https://oidcdebugger.com"));
    assert_eq!(
        (answer.header("cache-control"), answer.header("referrer-policy")),
        ("no-store", "no-referrer")
    );
    let answer = get(&format!("{}/member/style.css", running.base_url()), &[]).await;
    assert_eq!(answer.header("content-type"), "text/css; charset=utf-8");
}

#[tokio::test]
async fn the_log_has_a_line_a_request_and_nothing_of_anyone() {
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&lines);
    let log: fhirkit_sandbox::Log = Arc::new(move |line: &str| kept.lock().unwrap().push(line.to_owned()));
    let running = start(Options { log: Some(log), ..Options::default() }).await;
    let query =
        page_request(&running).map(|(name, value)| (name, if name == "scope" { "openID" } else { value }));
    let code = code(&running, &query, "all").await;
    let token = redeem(&running, &code).await.json()["access_token"].as_str().unwrap().to_owned();
    read(&everything(&running), &token).await;
    get(&format!("{}/2657/BCNCLASTTHREE", running.base_url()), &[]).await;
    let facts = running.members(1).remove(0);
    let lines = lines.lock().unwrap().join("\n");
    assert!(lines.contains("GET /fhir/sb/R4/payer-to-payer/Patient/{id}/{operation} 200"), "{lines}");
    assert!(lines.contains("warning: scope openid is written in another case"));
    assert!(lines.contains("POST /member/{page} 303") && lines.contains(" ms "));
    for secret in
        [&code, &token, running.client_secret(), "2657", &facts.last_name, &facts.subscriber_id, "test123"]
    {
        assert!(!lines.contains(secret), "{secret} is in the log");
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error_and_a_stopped_sandbox_frees_it() {
    let running = start(Options::default()).await;
    let port = running.port();
    let error = Sandbox::start(Options { port, ..Options::default() }).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Bind);
    let token = token(&running).await;
    // An answer that never ends does not keep it.
    let request =
        client().get(everything(&running)).bearer_auth(token).header("x-sandbox-fault", "stalled-body");
    let stalled = request.send().await.unwrap();
    let begin = Instant::now();
    running.shutdown().await;
    assert!(begin.elapsed() < Duration::from_secs(3));
    drop(stalled);
    let again = Sandbox::start(Options { port, ..Options::default() }).await.unwrap();
    assert_eq!(get(&again.base_url(), &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_sandbox_of_many_members_starts_at_once() {
    let begin = Instant::now();
    let options = Options { port: 0, members: 1_000_000, ..Options::default() };
    let running = Sandbox::start(options).await.unwrap();
    assert_eq!(running.members(50).len(), 50);
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn https_is_trusted_by_the_certificate_that_is_written_out() {
    let running = start(Options { tls: true, ..Options::default() }).await;
    assert!(running.base_url().starts_with("https://127.0.0.1:"));
    assert!(client().get(running.base_url()).send().await.is_err());
    let certificate = reqwest::Certificate::from_pem(running.certificate_pem().unwrap().as_bytes()).unwrap();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([certificate]).build().unwrap();
    for host in ["127.0.0.1", "localhost"] {
        let base = format!("https://{host}:{}", running.port());
        let answer = client.get(format!("{base}/.well-known/openid-configuration")).send().await.unwrap();
        assert_eq!(answer.version(), reqwest::Version::HTTP_2);
        let facts: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(facts["issuer"], base);
    }
    running.shutdown().await;
}
