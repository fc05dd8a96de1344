//! A member on the way from the application through the pages and back.

use axum::http::HeaderMap;

use crate::authorization::Authorization;

/// The name of the cookie; with its value one session is meant, and so one authorization.
pub(crate) const COOKIE: &str = "sandbox_session";

/// So many wrong answers to the questions of the sign-in end it.
pub(crate) const ATTEMPTS: u32 = 5;

/// The pages in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// What the payer answers for and what not.
    Disclaimer,
    /// Who the member is.
    SignIn,
    /// Who answers: the member, or somebody for the member.
    Who,
    /// What is shared.
    Consent,
}

impl Step {
    pub(crate) const ALL: [Step; 4] = [Step::Disclaimer, Step::SignIn, Step::Who, Step::Consent];

    pub(crate) fn path(self) -> &'static str {
        match self {
            Step::Disclaimer => "/member/disclaimer",
            Step::SignIn => "/member/login",
            Step::Who => "/member/who",
            Step::Consent => "/member/consent",
        }
    }

    pub(crate) fn number(self) -> usize {
        self as usize + 1
    }
}

/// A running authorization.
pub(crate) struct Session {
    pub(crate) authorization: Authorization,
    /// In every form, so that no other site can post it.
    pub(crate) csrf: String,
    /// The page that is reached; the ones before it may be gone back to.
    pub(crate) step: Step,
    pub(crate) wrong_answers: u32,
    /// The member who signed in.
    pub(crate) patient_id: Option<String>,
    /// How long the application may read, for the page that says so.
    pub(crate) token_seconds: u64,
}

/// The session that a request's cookie names.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all("cookie")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == COOKIE && !value.is_empty())
        .map(|(_, value)| value)
}
