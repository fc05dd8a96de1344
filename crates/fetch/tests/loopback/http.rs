//! What the client sends, follows, repeats and refuses, against servers on loopback.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use crate::server::{Reply, Server};
use fhirkit_fetch::ErrorKind;
use fhirkit_fetch::http::{BearerToken, Body, Client, HttpOptions, Request};
use url::Url;

/// A client that does not wait, and the waits it would have had.
fn client(options: HttpOptions) -> (Client, Arc<Mutex<Vec<Duration>>>) {
    let waits = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&waits);
    let client = Client::new(options).unwrap().with_sleep(Arc::new(move |span| {
        log.lock().unwrap().push(span);
        Box::pin(std::future::ready(()))
    }));
    (client, waits)
}

fn plain() -> (Client, Arc<Mutex<Vec<Duration>>>) {
    client(HttpOptions::default())
}

#[tokio::test]
async fn redirects_stay_at_home_or_the_token_does() {
    let thief = Server::start(|_| Reply::new(200, "stolen")).await;
    let elsewhere = thief.at("/take").to_string();
    let home = Server::start(move |asked| match asked.target.as_str() {
        "/out" => Reply::new(302, "").with("Location", &elsewhere),
        "/in" => Reply::new(307, "").with("Location", "/here"),
        _ => Reply::new(200, "ok"),
    })
    .await;
    let token = BearerToken::new("very-secret", &home.url).unwrap();
    let (client, _) = plain();
    let answer = client.send(Request::get(home.at("/in")).with_token(&token)).await.unwrap();
    assert_eq!((answer.body.as_slice(), answer.url.path()), (b"ok".as_slice(), "/here"));
    assert_eq!(home.asked()[1].headers["authorization"], "Bearer very-secret");
    let error = client.send(Request::get(home.at("/out")).with_token(&token)).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Redirect);
    assert!(error.to_string().contains(&thief.url.port().unwrap().to_string()), "{error}");
    assert!(!error.to_string().contains("very-secret"));
    assert!(thief.asked().is_empty());
    // Asked directly, the other server does not get it either.
    let error = client.send(Request::get(thief.at("/x")).with_token(&token)).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Redirect);
    assert!(thief.asked().is_empty());
    // Without a token the redirect is followed.
    let answer = client.send(Request::get(home.at("/out"))).await.unwrap();
    assert_eq!(answer.body, b"stolen");
    assert!(!thief.asked()[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_circle_of_redirects_ends() {
    let server = Server::start(|_| Reply::new(301, "").with("Location", "/again")).await;
    let (client, waits) = plain();
    let error = client.send(Request::get(server.at("/"))).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Redirect);
    assert_eq!(server.asked().len(), 6);
    assert!(waits.lock().unwrap().is_empty());
}

#[tokio::test]
async fn three_tries_and_their_waits() {
    let server = Server::start(|asked| Reply::new(if asked.before < 2 { 503 } else { 200 }, "ok")).await;
    let (client, waits) = plain();
    assert_eq!(client.send(Request::get(server.at("/"))).await.unwrap().body, b"ok");
    let waits = waits.lock().unwrap().clone();
    assert_eq!(waits.len(), 2);
    assert!(waits[0] >= Duration::from_millis(1500) && waits[1] >= Duration::from_millis(3000), "{waits:?}");

    let server = Server::start(|_| Reply::new(502, "")).await;
    let (client, _) = plain();
    let error = client.send(Request::get(server.at("/"))).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Status);
    assert!(error.to_string().ends_with("answers 502 (3 tries in 0 s)"), "{error}");
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn other_refusals_are_not_repeated() {
    for status in [400, 401, 403, 404, 410, 500, 501] {
        let server = Server::start(move |_| Reply::new(status, "why")).await;
        let (client, _) = plain();
        let answer = client.send(Request::get(server.at("/"))).await.unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (status, b"why".as_slice()));
        assert_eq!(server.asked().len(), 1);
    }
}

#[tokio::test]
async fn the_servers_wish_to_wait_is_heard() {
    let server = Server::start(|asked| {
        let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
        match asked.before {
            0 => Reply::new(429, "").with("Retry-After", "7"),
            1 => Reply::new(503, "").with("Retry-After", &date),
            _ => Reply::new(200, ""),
        }
    })
    .await;
    let (client, waits) = plain();
    client.send(Request::get(server.at("/"))).await.unwrap();
    let waits = waits.lock().unwrap().clone();
    assert_eq!(waits[0], Duration::from_secs(7));
    assert!((98..=100).contains(&waits[1].as_secs()), "{waits:?}");
}

#[tokio::test]
async fn a_wish_to_wait_too_long_is_told() {
    let server = Server::start(|_| Reply::new(429, "").with("Retry-After", "7200")).await;
    let (client, _) = plain();
    let error = client.send(Request::get(server.at("/"))).await.err().unwrap();
    assert!(error.to_string().ends_with("answers 429 and asks to wait 2 h"), "{error}");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_refused_connection_is_told_with_its_tries() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (client, _) = plain();
    let url = Url::parse(&format!("http://{free}/Patient/2657")).unwrap();
    let error = client.send(Request::get(url)).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert_eq!(error.to_string(), format!("{free} refused (3 tries in 0 s)"));
    assert!(!format!("{error:?}").contains("2657"), "{error:?}");
}

#[tokio::test]
async fn a_silent_server_runs_into_the_timeout() {
    let server = Server::start(|_| Reply::new(200, "half").announcing(8).hanging()).await;
    let (client, _) =
        client(HttpOptions { read_timeout: Duration::from_millis(50), tries: 2, ..HttpOptions::default() });
    let error = client.send(Request::get(server.at("/"))).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_broken_body_is_asked_for_again_and_never_mixed() {
    let server = Server::start(|asked| match asked.before {
        0 => Reply::new(200, "old half").announcing(100),
        1 => Reply::new(200, "gzip that ends too early".repeat(100)).gzipped().cut(9),
        _ => Reply::fhir("whole").gzipped(),
    })
    .await;
    let (client, _) = plain();
    let answer = client.send(Request::get(server.at("/"))).await.unwrap();
    assert_eq!((answer.body.as_slice(), answer.bytes), (b"whole".as_slice(), 5));
    let mut file = tempfile::tempfile().unwrap();
    let answer = client.download(Request::get(server.at("/")), &mut file).await.unwrap();
    assert_eq!((answer.bytes, file.metadata().unwrap().len()), (5, 5));
}

#[tokio::test]
async fn a_form_is_sent_once_unless_the_server_has_not_seen_it() {
    let server = Server::start(|_| Reply::new(200, "half").announcing(100)).await;
    let (client, _) = plain();
    let form = || "code=very-secret".to_owned();
    client.send(Request::post_form(server.at("/"), form())).await.err().unwrap();
    assert_eq!(server.asked().len(), 1);
    let busy = Server::start(|asked| Reply::new(if asked.before == 0 { 503 } else { 200 }, "")).await;
    client.send(Request::post_form(busy.at("/"), form())).await.unwrap();
    assert_eq!(busy.asked().len(), 2);
    assert_eq!(busy.asked()[1].method, "POST");
}

#[tokio::test]
async fn a_huge_body_is_refused_before_it_is_read() {
    let server = Server::start(|_| Reply::new(200, "x").announcing(10_000_000_000).hanging()).await;
    let (client, _) = plain();
    let error = client.send(Request::get(server.at("/"))).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.to_string().ends_with("announces 10.0 GB, the limit is 268.4 MB"), "{error}");
}

#[tokio::test]
async fn a_gzip_bomb_is_refused_at_the_limit() {
    let server = Server::start(|_| Reply::new(200, vec![b' '; 8 << 20]).gzipped()).await;
    let (client, _) = client(HttpOptions { body_limit: 1 << 20, ..HttpOptions::default() });
    let mut file = tempfile::tempfile().unwrap();
    let error = client.download(Request::get(server.at("/")), &mut file).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(file.metadata().unwrap().len() <= 1 << 20);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn an_unknown_compression_is_told() {
    let server = Server::start(|_| Reply::new(200, "x").with("Content-Encoding", "gzip, gzip")).await;
    let (client, _) = plain();
    let error = client.send(Request::get(server.at("/"))).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::NotFhir);
}

/// A disk without room.
struct Full;

impl io::Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Body for Full {
    fn clear(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_full_disk_is_no_broken_connection() {
    let server = Server::start(|_| Reply::fhir("whole").gzipped()).await;
    let (client, _) = plain();
    let error = client.download(Request::get(server.at("/")), &mut Full).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Output);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_file_may_be_larger_than_the_usual_limit_and_a_status_may_be_an_answer() {
    let server = Server::start(|asked| match asked.before {
        0 => Reply::new(429, "later"),
        _ => Reply::new(200, vec![b' '; 2 << 10]),
    })
    .await;
    let (client, _) = client(HttpOptions { body_limit: 1 << 10, ..HttpOptions::default() });
    let get = || Request::get(server.at("/"));
    let answer = client.send(get().taking_every_status()).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (429, b"later".as_slice()));
    assert_eq!(client.send(get().up_to(2 << 10)).await.unwrap().bytes, 2 << 10);
    assert_eq!(client.send(get()).await.err().unwrap().kind(), ErrorKind::TooLarge);
    assert_eq!(client.send(get().up_to(2000)).await.err().unwrap().kind(), ErrorKind::TooLarge);
}
