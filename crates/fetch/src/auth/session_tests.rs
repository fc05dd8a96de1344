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
