use std::collections::{HashMap, VecDeque};
use std::io::{Read, Write};
use std::sync::Mutex;

use oauth2::http::Response;
use url::form_urlencoded;

use super::*;
use crate::auth::HttpRequest;

/// A member at a browser: lands where the question says, with the answer of a server.
#[derive(Default)]
struct Member {
    /// What stands behind `state` in the URL that the browser lands on.
    answer: &'static str,
    /// Lines pasted before the right one.
    lines: Mutex<VecDeque<&'static str>>,
    landing: Mutex<String>,
    seen: Mutex<Vec<String>>,
}

impl Terminal for Member {
    fn show(&self, notice: Notice<'_>) {
        let text = match notice {
            Notice::Visit { url, .. } => {
                let pairs: HashMap<String, String> = url.query_pairs().into_owned().collect();
                let landing = format!("{}?state={}&{}", pairs["redirect_uri"], pairs["state"], self.answer);
                *self.landing.lock().unwrap() = landing;
                "visit".to_owned()
            }
            Notice::Waiting(url) => {
                let landing = Url::parse(&self.landing.lock().unwrap()).unwrap();
                let port = url.port().unwrap();
                std::thread::spawn(move || {
                    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
                    let target = format!("{}?{}", landing.path(), landing.query().unwrap());
                    write!(stream, "GET {target} HTTP/1.1\r\n\r\n").unwrap();
                    stream.read_to_end(&mut Vec::new()).unwrap();
                });
                "waiting".to_owned()
            }
            Notice::Paste => "paste".to_owned(),
            Notice::NotThat(error) => format!("not that: {error}"),
            Notice::Warning(text) => text,
        };
        self.seen.lock().unwrap().push(text);
    }

    fn read_line(&self) -> io::Result<Option<String>> {
        let line = self.lines.lock().unwrap().pop_front().map(str::to_owned);
        Ok(Some(line.unwrap_or_else(|| self.landing.lock().unwrap().clone())))
    }
}

fn provider(redirect: &str) -> Provider {
    let mut provider = Provider::new("x", Url::parse("https://f.example/fhir").unwrap());
    provider.client_id = Some("me".to_owned());
    provider.authorize_url = Some(Url::parse("https://o.example/a").unwrap());
    provider.token_url = Some(Url::parse("https://o.example/t").unwrap());
    provider.redirect_uri = Some(Url::parse(redirect).unwrap());
    provider.scopes = vec!["openid".to_owned(), "read".to_owned()];
    provider
}

/// A token endpoint that takes `c1` alone.
fn server(request: HttpRequest) -> std::future::Ready<Result<crate::auth::HttpResponse>> {
    let form: HashMap<String, String> = form_urlencoded::parse(request.body()).into_owned().collect();
    assert_eq!(form["code"], "c1");
    std::future::ready(Ok(Response::new(
        br#"{"access_token":"t1","scope":"read","patient":"2657"}"#.to_vec(),
    )))
}

async fn sign_in(provider: &Provider, member: &Arc<Member>, mode: Mode) -> Result<Grant> {
    let login = Login { provider, mode, opens_browser: false, timeout: Duration::from_secs(20) };
    login.run(&server, Arc::<Member>::clone(member) as Arc<dyn Terminal>).await
}

fn seen(member: &Member) -> String {
    member.seen.lock().unwrap().join("; ")
}

#[tokio::test]
async fn a_member_signs_in_at_the_listener() {
    let member = Arc::new(Member { answer: "code=c1", ..Member::default() });
    let grant = sign_in(&provider("http://127.0.0.1/callback"), &member, Mode::Auto).await.unwrap();
    assert_eq!(grant.patient(), Some("2657"));
    assert_eq!(
        seen(&member),
        "visit; waiting; not all that was asked for was granted; missing: openid; \
         `openid` was asked for, and no `id_token` came"
    );
}

#[tokio::test]
async fn a_member_signs_in_by_pasting_after_some_mistakes() {
    let lines = Mutex::new(VecDeque::from(["", "https://o.example/a?response_type=code"]));
    let member = Arc::new(Member { answer: "code=c1", lines, ..Member::default() });
    let grant = sign_in(&provider("https://oidcdebugger.com/debug"), &member, Mode::Auto).await.unwrap();
    assert_eq!(grant.access_token().reveal(), "t1");
    assert_eq!(seen(&member).matches("not that: ").count(), 2);
    let member = Arc::new(Member { lines: Mutex::new(VecDeque::from(["c1"])), ..Member::default() });
    assert!(sign_in(&provider("http://127.0.0.1/callback"), &member, Mode::Paste).await.is_ok());
}

#[tokio::test]
async fn a_no_and_another_sign_in_end_without_a_token() {
    let member = Arc::new(Member { answer: "error=access_denied", ..Member::default() });
    for redirect in ["http://127.0.0.1/callback", "https://oidcdebugger.com/debug"] {
        let error = sign_in(&provider(redirect), &member, Mode::Auto).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied);
    }
    let lines = Mutex::new(VecDeque::from(["https://l.example/?code=c1&state=other"; PASTES]));
    let member = Arc::new(Member { lines, ..Member::default() });
    let error = sign_in(&provider("https://oidcdebugger.com/debug"), &member, Mode::Paste).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Mismatch);
}

#[tokio::test]
async fn what_is_missing_is_said_before_a_browser_opens() {
    let member = Arc::new(Member::default());
    let mut provider = provider("https://oidcdebugger.com/debug");
    let error = sign_in(&provider, &member, Mode::Listen).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    provider.client_secret = Some(crate::SecretSource::Variable("FHIRKIT_NO_SUCH_SECRET".to_owned()));
    assert!(
        sign_in(&provider, &member, Mode::Auto).await.unwrap_err().to_string().contains("FHIRKIT_NO_SUCH")
    );
    provider.client_secret = None;
    provider.client_id = None;
    assert!(sign_in(&provider, &member, Mode::Auto).await.unwrap_err().to_string().contains("`client_id`"));
    provider.redirect_uri = None;
    assert!(
        sign_in(&provider, &member, Mode::Auto).await.unwrap_err().to_string().contains("`redirect_uri`")
    );
    assert_eq!(seen(&member), "");
}
