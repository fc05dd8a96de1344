//! A browser without script, and the steps that most tests begin with.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fhirkit_sandbox::{LoginFacts, Options, Running, Sandbox};
use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{Client, Method, StatusCode, redirect};
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;

pub(crate) const PAGE_REDIRECT: &str = "https://oidcdebugger.com/debug";
pub(crate) const LOOPBACK_REDIRECT: &str = "http://127.0.0.1:49200/callback";
pub(crate) const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more-0123";

pub(crate) async fn start(options: Options) -> Running {
    Sandbox::start(Options { port: 0, members: 5, ..options }).await.unwrap()
}

/// A client that follows nothing, so that every step is seen.
pub(crate) fn client() -> Client {
    Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap()
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> Url {
        Url::parse(self.header(LOCATION.as_str())).unwrap()
    }

    /// A parameter of the redirect.
    pub(crate) fn sent(&self, name: &str) -> Option<String> {
        self.location().query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The words of the OperationOutcome.
    pub(crate) fn diagnostics(&self) -> String {
        let json = self.json();
        assert_eq!(json["resourceType"], "OperationOutcome");
        json["issue"][0]["diagnostics"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

pub(crate) async fn send(method: Method, url: &str, headers: &[(&str, &str)], body: String) -> Answer {
    let mut request = client().request(method, url).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Answer { status, headers, body: response.bytes().await.unwrap().to_vec() }
}

pub(crate) async fn get(url: &str, headers: &[(&str, &str)]) -> Answer {
    send(Method::GET, url, headers, String::new()).await
}

/// GET with a token.
pub(crate) async fn read(url: &str, token: &str) -> Answer {
    get(url, &[("authorization", &format!("Bearer {token}"))]).await
}

/// A member's browser: it keeps the cookie and the page that it is on.
pub(crate) struct Browser {
    base: String,
    cookie: String,
    pub(crate) page: String,
}

impl Browser {
    /// Opens the authorization endpoint and follows to the first page.
    pub(crate) async fn open(running: &Running, query: &[(&str, &str)]) -> Result<Browser, Answer> {
        let url = format!("{}?{}", running.authorize_url(), form(query));
        let answer = get(&url, &[]).await;
        let mut browser = Browser { base: running.base_url(), cookie: String::new(), page: String::new() };
        if !browser.follow(&answer).await {
            return Err(answer);
        }
        Ok(browser)
    }

    async fn follow(&mut self, answer: &Answer) -> bool {
        let path = answer.header(LOCATION.as_str()).to_owned();
        if let Some(cookie) = answer.headers.get(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
            self.cookie = cookie.split(';').next().unwrap().to_owned();
        }
        if !path.starts_with("/member/") {
            return false;
        }
        self.page = self.show(&path).await.text();
        true
    }

    pub(crate) async fn show(&self, path: &str) -> Answer {
        get(&format!("{}{path}", self.base), &[(COOKIE.as_str(), &self.cookie)]).await
    }

    pub(crate) fn csrf(&self) -> &str {
        let at = self.page.find("name=\"csrf\" value=\"").unwrap() + 19;
        self.page[at..].split('"').next().unwrap()
    }

    /// Posts a form as it is, and stays.
    pub(crate) async fn post_raw(&self, path: &str, body: String) -> Answer {
        send(Method::POST, &format!("{}{path}", self.base), &[(COOKIE.as_str(), &self.cookie)], body).await
    }

    /// Fills in a page and follows inside the sandbox.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf().to_owned();
        let body = form(&[&[("csrf", csrf.as_str())], fields].concat());
        let answer = self.post_raw(path, body).await;
        if !self.follow(&answer).await && answer.status == StatusCode::UNPROCESSABLE_ENTITY {
            self.page = answer.text();
        }
        answer
    }

    pub(crate) async fn sign_in(&mut self, facts: &LoginFacts) -> Answer {
        self.post("/member/disclaimer", &[("decision", "yes")]).await;
        self.post("/member/login", &typed(facts)).await
    }

    /// Every page from the first to the redirect.
    pub(crate) async fn agree(&mut self, facts: &LoginFacts, demographics: &str) -> Answer {
        self.sign_in(facts).await;
        self.post("/member/who", &[("who", "self")]).await;
        self.post("/member/consent", &[("demographics", demographics), ("decision", "yes")]).await
    }
}

pub(crate) fn typed(facts: &LoginFacts) -> [(&str, &str); 6] {
    [
        ("subscriber_id", &facts.subscriber_id),
        ("member_code", &facts.member_code),
        ("first_name", &facts.first_name),
        ("last_name", &facts.last_name),
        ("birth_date", &facts.birth_date),
        ("zip", &facts.zip),
    ]
}

/// The authorization request of the developer page.
pub(crate) fn page_request(running: &Running) -> [(&'static str, &str); 5] {
    [
        ("response_type", "code"),
        ("client_id", running.client_id()),
        ("redirect_uri", PAGE_REDIRECT),
        ("scope", "openid read profile clinical"),
        ("state", "test123"),
    ]
}

/// The code that the first member agrees to.
pub(crate) async fn code(running: &Running, query: &[(&str, &str)], demographics: &str) -> String {
    let mut browser = Browser::open(running, query).await.ok().unwrap();
    let facts = running.members(1).remove(0);
    browser.agree(&facts, demographics).await.sent("code").unwrap()
}

pub(crate) async fn post_token(running: &Running, fields: &[(&str, &str)]) -> Answer {
    send(Method::POST, &running.token_url(), &[], form(fields)).await
}

/// Redeems a code as the page's command does.
pub(crate) async fn redeem(running: &Running, code: &str) -> Answer {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", PAGE_REDIRECT),
        ("client_id", running.client_id()),
        ("client_secret", running.client_secret()),
        ("state", "test"),
    ];
    post_token(running, &fields).await
}

/// A token of the first member.
pub(crate) async fn token(running: &Running) -> String {
    let code = code(running, &page_request(running), "all").await;
    redeem(running, &code).await.json()["access_token"].as_str().unwrap().to_owned()
}

pub(crate) fn everything(running: &Running) -> String {
    format!("{}/Patient/2657/$everything", running.fhir_base())
}

pub(crate) fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

/// The `url` of a link of a Bundle.
pub(crate) fn link(bundle: &Value, relation: &str) -> Option<String> {
    let links = bundle["link"].as_array().unwrap();
    links
        .iter()
        .find(|link| link["relation"] == relation)
        .map(|link| link["url"].as_str().unwrap().to_owned())
}
