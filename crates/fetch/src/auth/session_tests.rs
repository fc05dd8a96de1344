use std::collections::HashMap;
use std::sync::Mutex as StdMutex;
use std::time::Duration;

use oauth2::http::Response;
use url::{Url, form_urlencoded};

use super::*;
use crate::auth::HttpRequest;
use crate::auth::grant::tests::grant;

fn provider() -> Provider {
    let mut provider = Provider::new("x", Url::parse("https://f.example/fhir").unwrap());
    provider.client_id = Some("me".to_owned());
    provider
}

/// A store that holds a grant with `reply`.
fn store(reply: &str) -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().join("tokens"));
    store.save(&grant(&provider(), reply)).unwrap();
    (folder, store)
}

/// A server that rotates: each refresh token is good once. It counts what it gave.
fn rotating(count: &Arc<StdMutex<u32>>) -> Arc<dyn Transport> {
    let count = Arc::clone(count);
    Arc::new(move |request: HttpRequest| {
        let form: HashMap<String, String> = form_urlencoded::parse(request.body()).into_owned().collect();
        let mut given = count.lock().unwrap();
        let is_good = form["refresh_token"] == format!("r{given}");
        let answer = if is_good {
            *given += 1;
            let body =
                format!(r#"{{"access_token":"a{given}","refresh_token":"r{given}","expires_in":3600}}"#);
            Response::new(body.into_bytes())
        } else {
            Response::builder().status(400).body(br#"{"error":"invalid_grant"}"#.to_vec()).unwrap()
        };
        async move {
            tokio::time::sleep(Duration::from_millis(30)).await;
            Ok(answer)
        }
    })
}

const OLD: &str = r#"{"access_token":"a0","refresh_token":"r0","expires_in":30,"patient":"1"}"#;

#[tokio::test]
async fn a_rotated_refresh_token_is_used_once_by_all_sessions() {
    let (_folder, store) = store(OLD);
    let count = Arc::new(StdMutex::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        // Each is as another process: its own memory, its own handles.
        let session = Session::open(&provider(), store.clone(), rotating(&count)).unwrap();
        tasks.spawn(async move { session.access_token().await.unwrap().reveal().to_owned() });
    }
    assert!(tasks.join_all().await.iter().all(|token| token == "a1"));
    assert_eq!(*count.lock().unwrap(), 1);
    let kept = store.load("x").unwrap().unwrap();
    assert_eq!((kept.refresh_token().unwrap().reveal(), kept.patient()), ("r1", Some("1")));
}

#[tokio::test]
async fn a_token_that_the_server_refuses_is_renewed_although_it_seems_fresh() {
    let (_folder, store) = store(r#"{"access_token":"a0","refresh_token":"r0","expires_in":3600}"#);
    let count = Arc::new(StdMutex::new(0));
    let session = Session::open(&provider(), store.clone(), rotating(&count)).unwrap();
    let other = Session::open(&provider(), store, rotating(&count)).unwrap();
    let stale = session.token().await.unwrap();
    assert_eq!(stale.reveal(), "a0");
    assert_eq!(session.refresh(&stale).await.unwrap().unwrap().reveal(), "a1");
    assert_eq!(other.refresh(&stale).await.unwrap().unwrap().reveal(), "a1");
    assert_eq!(*count.lock().unwrap(), 1);
}

#[tokio::test]
async fn without_a_refresh_token_the_end_is_the_end() {
    let (_folder, store) = store(r#"{"access_token":"a0","expires_in":0}"#);
    let session = Session::open(&provider(), store, rotating(&Arc::default())).unwrap();
    let error = session.access_token().await.unwrap_err();
    assert_eq!((error.kind(), error.help()), (ErrorKind::Expired, Some("fhirkit login x")));
    let stale = BearerToken::new("a0", &provider().fhir_base).unwrap();
    assert!(session.refresh(&stale).await.unwrap().is_none());
}

#[tokio::test]
async fn a_refresh_token_that_is_refused_is_forgotten() {
    let (_folder, store) = store(r#"{"access_token":"a0","refresh_token":"old","expires_in":0}"#);
    let session = Session::open(&provider(), store.clone(), rotating(&Arc::default())).unwrap();
    let error = session.access_token().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Expired);
    assert!(!format!("{error:?}").contains("old"));
    assert!(!store.load("x").unwrap().unwrap().is_renewable());
}

#[tokio::test]
async fn another_patient_is_not_mixed_in() {
    let (_folder, store) = store(OLD);
    let session = Session::open(&provider(), store.clone(), rotating(&Arc::default())).unwrap();
    store.save(&grant(&provider(), r#"{"access_token":"b","patient":"2"}"#)).unwrap();
    assert_eq!(session.access_token().await.unwrap_err().kind(), ErrorKind::Mismatch);
    store.remove("x").unwrap();
    assert_eq!(session.access_token().await.unwrap_err().kind(), ErrorKind::NotSignedIn);
    let nobody = Session::open(&provider(), store, rotating(&Arc::default()));
    assert_eq!(nobody.err().unwrap().kind(), ErrorKind::NotSignedIn);
}

/// How the processes of the race below learn the folder of the store and the port of the server.
const RACE: &str = "FHIRKIT_TEST_RACE";

#[test]
fn a_rotated_refresh_token_is_used_once_by_all_processes() {
    if let Ok(race) = std::env::var(RACE) {
        return take_part(&race);
    }
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().join("tokens"));
    store.save(&grant(&provider_at(port), OLD)).unwrap();
    let serving = std::thread::spawn(move || answer_once(&server));
    let name = "auth::session::tests::a_rotated_refresh_token_is_used_once_by_all_processes";
    let start = |_| {
        std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name])
            .env(RACE, format!("{port} {}", folder.path().join("tokens").display()))
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    let children: Vec<std::process::Child> = (0..4).map(start).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    serving.join().unwrap();
    assert_eq!(store.load("x").unwrap().unwrap().refresh_token().unwrap().reveal(), "r1");
}

fn provider_at(port: u16) -> Provider {
    let mut provider = provider();
    provider.fhir_base = Url::parse(&format!("http://127.0.0.1:{port}/fhir")).unwrap();
    provider.token_url = Some(Url::parse(&format!("http://127.0.0.1:{port}/token")).unwrap());
    provider
}

/// One process of the race: it must come to the new token, by itself or by another.
fn take_part(race: &str) {
    let (port, folder) = race.split_once(' ').unwrap();
    let transport = crate::auth::Direct::new(crate::http::HttpOptions::default()).unwrap();
    let session =
        Session::open(&provider_at(port.parse().unwrap()), Store::at(folder), Arc::new(transport)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(runtime.block_on(session.access_token()).unwrap().reveal(), "a1");
}

/// A server that takes `r0`, once, slowly; whoever comes after that finds nobody, and fails.
fn answer_once(server: &std::net::TcpListener) {
    use std::io::{Read, Write};
    let (mut stream, _) = server.accept().unwrap();
    let mut request = String::new();
    let mut part = [0; 4096];
    while !request.contains("refresh_token=r0") {
        let length = stream.read(&mut part).unwrap();
        assert!(length > 0, "{request}");
        request.push_str(std::str::from_utf8(&part[..length]).unwrap());
    }
    std::thread::sleep(Duration::from_millis(200));
    let body = r#"{"access_token":"a1","refresh_token":"r1","expires_in":3600}"#;
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
        .unwrap();
}
