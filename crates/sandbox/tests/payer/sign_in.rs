//! The authorization endpoint and the four pages.

use crate::support::*;
use fhirkit_sandbox::Options;
use reqwest::StatusCode;

#[tokio::test]
async fn the_steps_of_the_page_lead_to_a_code_and_the_state() {
    let running = start(Options::default()).await;
    let mut browser = Browser::open(&running, &page_request(&running)).await.ok().unwrap();
    assert!(browser.page.contains("I Understand") && browser.page.contains("Step 1 of 4"));
    let facts = running.members(1).remove(0);
    browser.sign_in(&facts).await;
    assert!(browser.page.contains("Personal Representative"));
    browser.post("/member/who", &[("who", "self")]).await;
    assert!(browser.page.contains("I Agree") && browser.page.contains("OpenID Connect Debugger"));
    let answer = browser.post("/member/consent", &[("demographics", "all"), ("decision", "yes")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.location().as_str().starts_with("https://oidcdebugger.com/debug?"));
    assert_eq!(answer.sent("state").as_deref(), Some("test123"));
    assert!(answer.sent("code").is_some() && answer.sent("iss").is_none());
    // The session has ended with it.
    assert_eq!(browser.show("/member/consent").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn pages_without_a_running_authorization_say_where_to_start() {
    let running = start(Options::default()).await;
    for page in ["disclaimer", "login", "who", "consent"] {
        let answer = get(&format!("{}/member/{page}", running.base_url()), &[]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.text().contains("Start at the application"));
    }
    let answer = get(&format!("{}/member/nowhere", running.base_url()), &[]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_page_is_not_reached_before_the_ones_that_come_first() {
    let running = start(Options::default()).await;
    let browser = Browser::open(&running, &page_request(&running)).await.ok().unwrap();
    let answer = browser.show("/member/consent").await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/member/disclaimer"));
    let body = form(&[("csrf", browser.csrf()), ("demographics", "all"), ("decision", "yes")]);
    let answer = browser.post_raw("/member/consent", body).await;
    assert_eq!(answer.header("location"), "/member/disclaimer");
}

#[tokio::test]
async fn a_form_without_its_token_is_refused() {
    let running = start(Options::default()).await;
    let browser = Browser::open(&running, &page_request(&running)).await.ok().unwrap();
    for csrf in ["", "csrf=another"] {
        let answer = browser.post_raw("/member/disclaimer", csrf.to_owned()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn wrong_details_do_not_say_which_and_end_after_five_times() {
    let running = start(Options::default()).await;
    let mut browser = Browser::open(&running, &page_request(&running)).await.ok().unwrap();
    let mut facts = running.members(1).remove(0);
    facts.last_name = "Else".to_owned();
    let answer = browser.sign_in(&facts).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().contains("We found no member with these details"));
    assert!(!answer.text().contains("aria-invalid") && answer.text().contains("<title>Error: Sign in"));
    for _ in 0..3 {
        assert_eq!(
            browser.post("/member/login", &typed(&facts)).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }
    let answer = browser.post("/member/login", &typed(&facts)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.text().contains("error=access_denied"));
    let answer = browser.post_raw("/member/login", String::new()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn missing_details_are_marked_where_they_are_missing() {
    let running = start(Options::default()).await;
    let mut browser = Browser::open(&running, &page_request(&running)).await.ok().unwrap();
    browser.post("/member/disclaimer", &[]).await;
    let fields = [("subscriber_id", "<script>"), ("birth_date", "44-6-6"), ("zip", "2703")];
    let page = browser.post("/member/login", &fields).await.text();
    assert_eq!(page.matches("aria-invalid=\"true\"").count(), 5);
    assert!(page.contains("aria-describedby=\"birth_date-hint birth_date-error\""));
    assert!(page.contains("<a href=\"#zip\">The zip code is five digits</a>"));
    assert!(page.contains("value=\"&lt;script&gt;\"") && !page.contains("<script"));
}

#[tokio::test]
async fn a_representative_needs_a_name_and_other_a_relationship() {
    let running = start(Options::default()).await;
    let mut browser = Browser::open(&running, &page_request(&running)).await.ok().unwrap();
    browser.sign_in(&running.members(1).remove(0)).await;
    let representative = ("who", "representative");
    let page = browser.post("/member/who", &[representative]).await.text();
    assert!(page.contains("Enter your full name") && page.contains("Choose what makes you"));
    let page =
        browser.post("/member/who", &[representative, ("relation", "other"), ("full_name", "A B")]).await;
    assert!(page.text().contains("Enter your relationship") && !page.text().contains("Enter your full name"));
    assert!(browser.post("/member/who", &[]).await.text().contains("Choose who is signing in"));
    for relation in ["parent", "power-of-attorney", "guardianship"] {
        let fields = [representative, ("relation", relation), ("full_name", "A B")];
        assert_eq!(browser.post("/member/who", &fields).await.header("location"), "/member/consent");
    }
    let fields = [representative, ("relation", "other"), ("full_name", "A B"), ("relationship", "Aunt")];
    assert_eq!(browser.post("/member/who", &fields).await.header("location"), "/member/consent");
}

#[tokio::test]
async fn who_does_not_agree_goes_back_with_access_denied() {
    let running = start(Options { sends_issuer: true, ..Options::default() }).await;
    let mut browser = Browser::open(&running, &page_request(&running)).await.ok().unwrap();
    browser.sign_in(&running.members(1).remove(0)).await;
    browser.post("/member/who", &[("who", "self")]).await;
    let answer = browser.post("/member/consent", &[("demographics", "all")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let answer = browser.post("/member/consent", &[("demographics", "all"), ("decision", "no")]).await;
    assert_eq!(answer.sent("error").as_deref(), Some("access_denied"));
    assert_eq!(answer.sent("state").as_deref(), Some("test123"));
    assert_eq!(answer.sent("iss"), Some(running.base_url()));
}

#[tokio::test]
async fn an_unknown_client_or_redirect_is_told_on_a_page() {
    let running = start(Options::default()).await;
    let known = ("client_id", running.client_id());
    let code = ("response_type", "code");
    for query in [
        &[code][..],
        &[code, ("client_id", "nobody"), ("redirect_uri", PAGE_REDIRECT)],
        &[code, known, ("redirect_uri", "https://elsewhere.example.org/")],
        &[code, known, known],
        &[code, ("client_id", running.public_client_id())],
    ] {
        let answer = Browser::open(&running, query).await.err().unwrap();
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.header("location").is_empty() && answer.text().contains("cannot be answered"));
    }
}

#[tokio::test]
async fn any_other_fault_of_a_request_is_told_to_the_application() {
    let running = start(Options { sends_issuer: true, ..Options::default() }).await;
    let base = [("client_id", running.client_id()), ("redirect_uri", PAGE_REDIRECT), ("state", "s")];
    let code = ("response_type", "code");
    for (more, error) in [
        (&[][..], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[code, ("scope", "everything")], "invalid_scope"),
        (&[code, ("scope", "openid"), ("scope", "openid")], "invalid_request"),
        (&[code, ("prompt", "none")], "login_required"),
        (&[code, ("response_mode", "fragment")], "invalid_request"),
        (&[code, ("request", "x")], "request_not_supported"),
        (&[code, ("aud", "https://other.example.org/fhir/sb/R4/payer-to-payer")], "invalid_request"),
        (&[code, ("code_challenge", "short")], "invalid_request"),
    ] {
        let answer = Browser::open(&running, &[&base[..], more].concat()).await.err().unwrap();
        assert_eq!(answer.sent("error").as_deref(), Some(error), "{more:?}");
        assert_eq!(answer.sent("state").as_deref(), Some("s"));
        assert_eq!(answer.sent("iss"), Some(running.base_url()));
    }
}

#[tokio::test]
async fn a_public_client_needs_a_challenge() {
    let running = start(Options::default()).await;
    let base = [
        ("response_type", "code"),
        ("client_id", running.public_client_id()),
        ("redirect_uri", LOOPBACK_REDIRECT),
    ];
    let answer = Browser::open(&running, &base).await.err().unwrap();
    assert_eq!(answer.sent("error").as_deref(), Some("invalid_request"));
    let challenge = challenge();
    let more = [("code_challenge", challenge.as_str()), ("code_challenge_method", "S512")];
    let answer = Browser::open(&running, &[&base[..], &more].concat()).await.err().unwrap();
    assert_eq!(answer.sent("error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn the_client_id_alone_is_enough_where_one_redirect_is_registered() {
    let running = start(Options::default()).await;
    let url = format!("{}/?client_id={}", running.authorize_url(), running.client_id());
    assert_eq!(get(&url, &[]).await.header("location"), "/member/disclaimer");
    let code = code(&running, &[("client_id", running.client_id())], "all").await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("client_id", running.client_id()),
        ("client_secret", running.client_secret()),
    ];
    let reply = post_token(&running, &fields).await.json();
    assert_eq!(reply["scope"], "Clinical/*.*");
    assert!(reply.get("id_token").is_none());
}

#[tokio::test]
async fn a_session_ends_after_its_time() {
    let running = start(Options { session_lifetime: std::time::Duration::ZERO, ..Options::default() }).await;
    let browser = Browser::open(&running, &page_request(&running)).await.ok().unwrap();
    assert!(browser.page.contains("Start at the application"));
}
