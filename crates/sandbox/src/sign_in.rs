//! The sign-in of a member: the authorization endpoint and the four pages that follow.

use std::sync::Arc;
use std::time::SystemTime;

use axum::body::Bytes;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::Response;

use crate::authorization::{Authorization, Refusal};
use crate::expiring::{are_equal, lock, random_name};
use crate::fault::Fault;
use crate::grant::{Code, Grant};
use crate::login::LoginFacts;
use crate::pages::{Form, RELATIONS, Wrong};
use crate::parameters::Parameters;
use crate::routes::{AUTHORIZE, Id};
use crate::session::{ATTEMPTS, COOKIE, Session, Step, cookie};
use crate::state::State;
use crate::{html, outcome};

/// The authorization endpoint, by link.
pub(crate) async fn authorize(Shared(state): Shared<Arc<State>>, uri: Uri, headers: HeaderMap) -> Response {
    begin(&state, &headers, &Parameters::parse(uri.query().unwrap_or_default().as_bytes()))
}

/// The authorization endpoint, by form (OpenID Connect Core, section 3.1.2.1).
pub(crate) async fn authorize_by_form(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    begin(&state, &headers, &Parameters::parse(&body))
}

fn begin(state: &State, headers: &HeaderMap, query: &Parameters) -> Response {
    match Authorization::check(state, headers, query) {
        Ok(authorization) => {
            let session = Session {
                authorization,
                csrf: random_name(),
                step: Step::Disclaimer,
                wrong_answers: 0,
                patient_id: None,
                token_seconds: state.options.token_lifetime.as_secs(),
            };
            let name = lock(&state.sessions).add(session);
            let mut response = outcome::redirect(StatusCode::SEE_OTHER, Step::Disclaimer.path());
            set_cookie(&mut response, &name, state);
            response
        }
        Err(Refusal::Page(words)) => html::message(
            StatusCode::BAD_REQUEST,
            "This request cannot be answered",
            &format!("{words} Go back to the application and begin again, or tell its maker."),
        ),
        Err(Refusal::Redirect(redirect)) => {
            let issuer = state.options.sends_issuer.then(|| state.origin(headers));
            outcome::redirect(StatusCode::SEE_OTHER, redirect.url(issuer.as_deref()).as_str())
        }
    }
}

fn set_cookie(response: &mut Response, value: &str, state: &State) {
    let secure = if state.options.tls { "; Secure" } else { "" };
    let end = if value.is_empty() { "; Max-Age=0" } else { "" };
    let cookie = format!("{COOKIE}={value}; Path=/member; HttpOnly; SameSite=Lax{secure}{end}");
    outcome::set(response, header::SET_COOKIE, &cookie);
}

/// Shows a page, or the one that comes first.
pub(crate) async fn show(
    Shared(state): Shared<Arc<State>>,
    Path(page): Id,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let Some(step) = Step::ALL.into_iter().find(|step| step.path() == uri.path()) else {
        return html::message(
            StatusCode::NOT_FOUND,
            "No such page",
            &format!("There is no page “{page}” here."),
        );
    };
    let mut sessions = lock(&state.sessions);
    let Some(session) = cookie(&headers).and_then(|name| sessions.get(name)) else {
        return nothing_runs(&state, &headers);
    };
    if step > session.step {
        return outcome::redirect(StatusCode::SEE_OTHER, session.step.path());
    }
    render(StatusCode::OK, session, step, &Parameters::parse(b""), &Wrong::new())
}

fn render(status: StatusCode, session: &Session, step: Step, typed: &Parameters, wrong: &Wrong) -> Response {
    let form = Form::new(session, step, typed, wrong);
    html::page(status, &form.title(), &form.main(), Some(&session.authorization.redirect_uri))
}

/// The pages without an application that sent one.
fn nothing_runs(state: &State, headers: &HeaderMap) -> Response {
    let link = format!("{}{AUTHORIZE}/?client_id={}", state.origin(headers), crate::client::CONFIDENTIAL);
    let link = html::escape(&link);
    let main = format!(
        "<h1>Start at the application</h1>\n\
         <p>No application is waiting for you here: none has sent you, it was too long ago, or it has been \
         answered.</p>\n\
         <p>Go to the application that wants to read your health record and begin there. To try this server out, \
         begin at <a href=\"{link}\">{link}</a>.</p>"
    );
    html::page(StatusCode::BAD_REQUEST, "Start at the application", &main, None)
}

/// What comes of a form.
enum Next {
    /// The same page again, with what is wrong.
    Again(Wrong),
    /// The page after it.
    Page(Step),
    /// Back to the application, which gets no code.
    Denied(&'static str),
    /// Back to the application with a code.
    Agreed {
        /// Whether name, birth date and the like are shared.
        shares_demographics: bool,
    },
    /// Too many wrong answers.
    Locked,
}

/// Takes what was entered on a page.
pub(crate) async fn submit(
    Shared(state): Shared<Arc<State>>,
    Path(_): Id,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Parameters::parse(&body);
    let name = cookie(&headers).unwrap_or_default();
    let mut sessions = lock(&state.sessions);
    let step = Step::ALL.into_iter().find(|step| step.path() == uri.path());
    let (Some(session), Some(step)) = (sessions.get(name), step) else {
        return nothing_runs(&state, &headers);
    };
    if !are_equal(form.text("csrf"), &session.csrf) {
        return html::message(
            StatusCode::FORBIDDEN,
            "This form is not from here",
            "It was opened in another window, or by another site. Go back to the application and begin again.",
        );
    }
    if step > session.step {
        return outcome::redirect(StatusCode::SEE_OTHER, session.step.path());
    }
    match take(&state, session, step, &form) {
        Next::Again(wrong) => render(StatusCode::UNPROCESSABLE_ENTITY, session, step, &form, &wrong),
        Next::Page(next) => {
            session.step = next;
            outcome::redirect(StatusCode::SEE_OTHER, next.path())
        }
        next => {
            let session = sessions.remove(name);
            drop(sessions);
            session.map_or_else(
                || nothing_runs(&state, &headers),
                |session| end(&state, &headers, session, &next),
            )
        }
    }
}

fn take(state: &State, session: &mut Session, step: Step, form: &Parameters) -> Next {
    match (step, form.get("decision")) {
        (Step::Consent, Some("no")) => Next::Denied("the member does not agree"),
        (_, Some("no")) => Next::Denied("the member broke off"),
        // Enter in a field presses the first button.
        (Step::Disclaimer, _) => Next::Page(Step::SignIn),
        (Step::SignIn, _) => take_sign_in(state, session, form),
        (Step::Who, _) => match check_who(form) {
            wrong if wrong.is_empty() => Next::Page(Step::Consent),
            wrong => Next::Again(wrong),
        },
        (Step::Consent, Some("yes")) => match form.get("demographics") {
            Some("all") => Next::Agreed { shares_demographics: true },
            Some("none") => Next::Agreed { shares_demographics: false },
            _ => {
                Next::Again(vec![("demographics-all", "Choose whether to share demographic data".to_owned())])
            }
        },
        (Step::Consent, _) => Next::Again(vec![("", "Choose “I Agree” or “I Do Not Agree”".to_owned())]),
    }
}

fn take_sign_in(state: &State, session: &mut Session, form: &Parameters) -> Next {
    let typed = match LoginFacts::typed(form) {
        Ok(typed) => typed,
        Err(wrong) => return Next::Again(wrong),
    };
    if let Some(patient_id) = state.people.sign_in(&typed) {
        session.patient_id = Some(patient_id);
        return Next::Page(Step::Who);
    }
    session.wrong_answers += 1;
    if session.wrong_answers >= ATTEMPTS {
        return Next::Locked;
    }
    // Which of them is wrong is nobody's business who does not know them all.
    let words = "We found no member with these details. Compare all of them with the member card";
    Next::Again(vec![("", words.to_owned())])
}

/// A representative says what makes one, and who it is.
fn check_who(form: &Parameters) -> Wrong {
    let mut wrong = Wrong::new();
    match form.get("who") {
        Some("self") => return wrong,
        Some("representative") => {}
        _ => return vec![("who-self", "Choose who is signing in".to_owned())],
    }
    let relation = form.text("relation");
    if !RELATIONS.iter().any(|(value, ..)| *value == relation) {
        wrong.push(("relation-parent", "Choose what makes you a personal representative".to_owned()));
    }
    if form.text("full_name").trim().is_empty() {
        wrong.push(("full_name", "Enter your full name".to_owned()));
    }
    if relation == "other" && form.text("relationship").trim().is_empty() {
        wrong.push(("relationship", "Enter your relationship to the member".to_owned()));
    }
    wrong
}

/// Ends a session: back to the application, or a page that leads there.
fn end(state: &State, headers: &HeaderMap, session: Session, next: &Next) -> Response {
    let Session { authorization, patient_id, .. } = session;
    let denied = |words| {
        let answer = [("error", "access_denied"), ("error_description", words)];
        answer_url(state, headers, &authorization, &answer)
    };
    let mut response = match (next, patient_id) {
        (Next::Agreed { shares_demographics }, Some(patient_id)) => {
            let grant = Grant {
                authorization: authorization.clone(),
                patient_id,
                shares_demographics: *shares_demographics,
                signed_in: SystemTime::now(),
            };
            let code = lock(&state.codes).add(Code { grant, family: None });
            let url = answer_url(state, headers, &authorization, &[("code", &code)]);
            outcome::redirect(StatusCode::SEE_OTHER, &url)
        }
        (Next::Denied(words), _) => outcome::redirect(StatusCode::SEE_OTHER, &denied(words)),
        _ => {
            let url = denied("the member could not sign in");
            let main = format!(
                "<h1>You cannot sign in now</h1>\n<p>The details were wrong {ATTEMPTS} times.</p>\n\
                 <p><a href=\"{}\">Return to the application</a></p>",
                html::escape(&url)
            );
            html::page(StatusCode::FORBIDDEN, "You cannot sign in now", &main, None)
        }
    };
    set_cookie(&mut response, "", state);
    response
}

/// The redirect URI with an answer, `state`, and the issuer if that is sent.
fn answer_url(
    state: &State,
    headers: &HeaderMap,
    authorization: &Authorization,
    answer: &[(&str, &str)],
) -> String {
    let faults = state.faults(headers, 1, &[Fault::WrongState, Fault::NoState, Fault::WrongIssuer]);
    let mut answer = answer.to_vec();
    if faults.has(Fault::WrongIssuer) {
        answer.push(("iss", "https://another-issuer.example.org"));
    } else if state.options.sends_issuer {
        answer.push(("iss", &authorization.issuer));
    }
    let echoed = match &authorization.state {
        _ if faults.has(Fault::NoState) => None,
        _ if faults.has(Fault::WrongState) => Some("a-state-that-nobody-sent"),
        state => state.as_deref(),
    };
    authorization.answer(&answer, echoed).into()
}
