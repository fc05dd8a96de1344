//! The authorization response: what the browser brings back (RFC 6749, section 4.1.2; RFC 9207).

use url::form_urlencoded;

use super::secret::Secret;
use super::told::told;
use crate::error::{Error, ErrorKind, Result};

/// By what the answer to a question is known.
#[derive(Clone)]
pub(crate) struct Expected {
    pub(crate) state: String,
    pub(crate) issuer: Option<String>,
    pub(crate) sends_issuer: bool,
}

/// What a query turned out to be.
pub(crate) enum Landing {
    /// The answer: a code, or the server's no.
    Answer(Result<Secret>),
    /// Not the answer to this question: whoever sent it, waiting goes on.
    Stranger(&'static str),
}

/// A code of more is none.
pub(crate) const LONGEST_CODE: usize = 4096;

/// Reads the query of a redirect.
pub(crate) fn read(query: &str, expected: &Expected) -> Landing {
    let mut state = None;
    let mut code = None;
    let mut error = None;
    let mut description = None;
    let mut issuer = None;
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        let place = match key.as_ref() {
            "state" => &mut state,
            "code" => &mut code,
            "error" => &mut error,
            "error_description" => &mut description,
            "iss" => &mut issuer,
            _ => continue,
        };
        // RFC 6749, section 3.1: no parameter twice.
        if place.replace(value.into_owned()).is_some() {
            return Landing::Stranger("it says something twice");
        }
    }
    if state.as_deref() != Some(expected.state.as_str()) {
        return Landing::Stranger("it does not belong to this sign-in");
    }
    if let Err(error) = check_issuer(issuer.as_deref(), expected) {
        return Landing::Answer(Err(error));
    }
    Landing::Answer(match (error, code) {
        (Some(error), _) => Err(refusal(&error, description.as_deref())),
        (None, Some(code)) => check_code(&code),
        (None, None) => {
            Err(Error::new(ErrorKind::Mismatch, "the server answered with neither a code nor an error"))
        }
    })
}

/// RFC 9207, section 2.4: the answer must come from whom was asked.
fn check_issuer(sent: Option<&str>, expected: &Expected) -> Result<()> {
    let mismatch = |message: &str| Err(Error::new(ErrorKind::Mismatch, message));
    match (sent, expected.issuer.as_deref()) {
        (Some(sent), Some(issuer)) if sent != issuer => {
            mismatch("the answer comes from another issuer than the one that was asked (`iss`)")
        }
        (None, _) if expected.sends_issuer => mismatch(
            "the answer does not say its issuer (`iss`), although the server says that it always does",
        ),
        _ => Ok(()),
    }
}

/// `code`, if it looks like one (RFC 6749, appendix A.11).
pub(crate) fn check_code(code: &str) -> Result<Secret> {
    if code.is_empty() || code.len() > LONGEST_CODE || !code.bytes().all(|byte| (0x20..0x7f).contains(&byte))
    {
        let message = "the code is empty, too long, or holds characters that no code has";
        return Err(Error::new(ErrorKind::Mismatch, message));
    }
    Ok(Secret::new(code))
}

fn refusal(error: &str, description: Option<&str>) -> Error {
    let mut words = match error {
        "access_denied" => "consent was declined".to_owned(),
        "temporarily_unavailable" | "server_error" => {
            format!("the server cannot sign anybody in now (`{error}`)")
        }
        _ => format!("the server refuses: `{}`", told(error, &[])),
    };
    let description = description.map(|text| told(text, &[])).filter(|text| !text.is_empty());
    if let Some(description) = description {
        words = format!("{words}: {description}");
    }
    let help = match error {
        "access_denied" => "sign in again and agree at the end, if that is what you want",
        "invalid_scope" => "check `scopes` of the provider",
        "unauthorized_client" | "invalid_request" => {
            "check `client_id`, `redirect_uri` and `scopes` of the provider"
        }
        _ => "try again in a while",
    };
    Error::new(ErrorKind::Denied, words).with_help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Expected {
        Expected { state: "s1".to_owned(), issuer: Some("https://i.example".to_owned()), sends_issuer: false }
    }

    fn answer(query: &str, expected: &Expected) -> std::result::Result<String, ErrorKind> {
        match read(query, expected) {
            Landing::Answer(answer) => {
                answer.map(|code| code.reveal().to_owned()).map_err(|error| error.kind())
            }
            Landing::Stranger(_) => Ok("stranger".to_owned()),
        }
    }

    #[test]
    fn a_code_needs_the_state_of_its_question() {
        assert_eq!(answer("code=a%2Fb&state=s1", &expected()), Ok("a/b".to_owned()));
        for query in [
            "code=a",
            "code=a&state=s2",
            "code=a&state=",
            "code=a&code=b&state=s1",
            "code=a&state=s1&state=s2",
            "",
        ] {
            assert_eq!(answer(query, &expected()), Ok("stranger".to_owned()), "{query}");
        }
        assert_eq!(answer("state=s1", &expected()), Err(ErrorKind::Mismatch));
        assert_eq!(answer("state=s1&code=%00", &expected()), Err(ErrorKind::Mismatch));
    }

    #[test]
    fn an_issuer_is_checked_when_sent_and_required_when_promised() {
        let mut expected = expected();
        assert_eq!(answer("code=a&state=s1&iss=https://i.example", &expected), Ok("a".to_owned()));
        assert_eq!(answer("code=a&state=s1&iss=https://evil.example", &expected), Err(ErrorKind::Mismatch));
        assert_eq!(
            answer("error=access_denied&state=s1&iss=https://evil.example", &expected),
            Err(ErrorKind::Mismatch)
        );
        expected.sends_issuer = true;
        assert_eq!(answer("code=a&state=s1", &expected), Err(ErrorKind::Mismatch));
    }

    #[test]
    fn a_no_is_told_without_escapes() {
        let query = "error=access_denied&error_description=the%1b%5b31m%20member%0adeclined&state=s1";
        let Landing::Answer(Err(error)) = read(query, &expected()) else { panic!("no answer") };
        assert_eq!(error.kind(), ErrorKind::Denied);
        assert_eq!(error.to_string(), "consent was declined: the [31m member declined");
    }
}
