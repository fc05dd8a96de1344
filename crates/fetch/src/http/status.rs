//! A status that is no success, in words.

use fhirkit_tape::{Span, Tape};

use super::send::Answer;
use super::words::place;
use crate::error::{Error, ErrorKind, Result};
use crate::redact;

impl Answer {
    /// This answer, when its status is a success. `provider` is the name in the hint to sign in again.
    ///
    /// # Errors
    /// [`ErrorKind::Expired`] for 401, [`ErrorKind::Denied`] for 403, [`ErrorKind::Status`] for all others.
    pub fn success(self, provider: &str) -> Result<Answer> {
        match self.status {
            200..300 => Ok(self),
            401 => Err(Error::new(
                ErrorKind::Expired,
                format!("`{}` does not accept the token for {provider} (401)", place(&self.url)),
            )
            .with_help(format!("fhirkit login {provider}"))),
            403 => Err(Error::new(ErrorKind::Denied, self.words())),
            _ => Err(Error::new(ErrorKind::Status, self.words())),
        }
    }

    /// `https://payer.example/fhir/Patient/[id] answers 404 (not-found)`.
    pub(crate) fn words(&self) -> String {
        let code = outcome_code(&self.body).map(|code| format!(" ({code})")).unwrap_or_default();
        format!("{} answers {}{code}", redact::url(&self.url), self.status)
    }
}

/// The code of the first issue of an OperationOutcome. Its free text may name a patient, and is never shown.
pub(crate) fn outcome_code(body: &[u8]) -> Option<String> {
    let mut tape = Tape::new();
    tape.load(body.to_vec());
    let root = tape.parse(Span::new(0, u32::try_from(body.len()).ok()?)).ok()?;
    let outcome = tape.node(root);
    if !outcome.get("resourceType").str_is("OperationOutcome") {
        return None;
    }
    let code = outcome.get("issue").item(0).get("code").as_str()?;
    is_code(&code).then(|| code.into_owned())
}

/// Whether `text` is a word of the specification rather than something about somebody.
pub(crate) fn is_code(text: &str) -> bool {
    !text.is_empty() && text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderMap;
    use url::Url;

    fn answer(status: u16, body: &str) -> Answer {
        let url = Url::parse("https://payer.example/fhir/Patient/2657/$everything").unwrap();
        Answer { status, url, headers: HeaderMap::new(), body: body.as_bytes().to_vec(), bytes: 0 }
    }

    #[test]
    fn words_hold_the_code_and_neither_id_nor_free_text() {
        let body = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found","diagnostics":"Jane Doe 2657"}]}"#;
        let error = answer(404, body).success("p").unwrap_err();
        assert_eq!(
            error.to_string(),
            "https://payer.example/fhir/Patient/[id]/$everything answers 404 (not-found)"
        );
        assert_eq!(
            answer(500, r#"{"resourceType":"OperationOutcome","issue":[{"code":"Jane Doe"}]}"#)
                .words()
                .rfind(')'),
            None
        );
    }

    #[test]
    fn refused_tokens_lead_to_login() {
        let error = answer(401, "").success("bcbsnc").unwrap_err();
        assert_eq!((error.kind(), error.help()), (ErrorKind::Expired, Some("fhirkit login bcbsnc")));
        assert_eq!(answer(403, "").success("p").unwrap_err().kind(), ErrorKind::Denied);
    }
}
