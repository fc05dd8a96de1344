use super::*;

fn expected() -> Expected {
    Expected { state: "s1".to_owned(), issuer: None, sends_issuer: false }
}

/// Sends `request` as it stands and gives all that comes back.
async fn say(port: u16, request: &[u8]) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn get(port: u16, target: &str) -> String {
    say(port, format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await
}

async fn listen(redirect: &str) -> (u16, tokio::task::JoinHandle<Result<Secret>>) {
    let listener = Listener::bind(&Url::parse(redirect).unwrap()).await.unwrap();
    let port = listener.redirect().port().unwrap();
    (port, tokio::spawn(listener.wait(expected(), Duration::from_secs(20))))
}

#[tokio::test]
async fn strangers_do_not_end_the_waiting() {
    let (port, waiting) = listen("http://127.0.0.1/callback").await;
    // A slow one, who never says what it wants, and one who says nothing.
    let mut slow = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    slow.write_all(b"GET /callb").await.unwrap();
    drop(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap());
    for (target, status) in [
        ("/favicon.ico", "404"),
        ("/", "404"),
        ("/callback/", "404"),
        ("/callback", "400"),
        ("/callback?code=evil&state=s2", "400"),
        ("/callback?code=evil", "400"),
        ("/callback?code=evil&code=worse&state=s1", "400"),
        ("http://127.0.0.1/callback?code=evil&state=s1", "404"),
    ] {
        let answer = get(port, target).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{target}: {answer}");
    }
    let head = say(port, b"HEAD /callback?code=evil&state=s1 HTTP/1.1\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200 ") && !head.contains("<html"));
    assert!(
        say(port, b"POST /callback?code=evil&state=s1 HTTP/1.1\r\n\r\n").await.starts_with("HTTP/1.1 405 ")
    );
    assert!(say(port, b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n").await.starts_with("HTTP/1.1 400 "));
    say(port, &vec![b'A'; 64 << 10]).await;
    let answer = get(port, "/callback?code=good&state=s1").await;
    assert!(answer.contains("You can close this window") && answer.contains("no-store"), "{answer}");
    assert_eq!(waiting.await.unwrap().unwrap().reveal(), "good");
    drop(slow);
}

#[tokio::test]
async fn many_answers_at_once_give_one_code() {
    let (port, waiting) = listen("http://localhost/callback").await;
    let mut tasks = JoinSet::new();
    for number in 0..20 {
        tasks.spawn(async move {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()?;
            let request = format!("GET /callback?code=c{number}&state=s1 HTTP/1.1\r\n\r\n");
            stream.write_all(request.as_bytes()).await.ok()?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.ok()?;
            answer.contains("200 OK").then_some(number)
        });
    }
    let code = waiting.await.unwrap().unwrap();
    let taken: Vec<i32> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(taken.len(), 1);
    assert_eq!(code.reveal(), format!("c{}", taken[0]));
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err(), "it still listens");
}

#[tokio::test]
async fn a_declined_consent_ends_the_waiting_with_its_words() {
    let (port, waiting) = listen("http://127.0.0.1:0/cb").await;
    let page = get(port, "/cb?error=access_denied&error_description=%3Cb%3Eno%3C/b%3E&state=s1").await;
    assert!(page.contains("consent was declined: &lt;b&gt;no&lt;/b&gt;"), "{page}");
    assert_eq!(waiting.await.unwrap().unwrap_err().kind(), ErrorKind::Denied);
}

#[tokio::test]
async fn nobody_who_comes_is_a_timeout_with_a_hint() {
    let listener = Listener::bind(&Url::parse("http://127.0.0.1/cb").unwrap()).await.unwrap();
    let error = listener.wait(expected(), Duration::from_millis(20)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.help().unwrap().contains("paste"));
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let redirect = Url::parse(&format!("http://localhost:{port}/cb")).unwrap();
    let error = Listener::bind(&redirect).await.err().unwrap();
    assert!(error.to_string().contains(&port.to_string()));
}
