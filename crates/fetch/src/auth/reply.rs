//! The token endpoint's answer (RFC 6749, section 5.1; SMART App Launch 2.2, "Obtain access token").
//!
//! Read with patience where servers differ without harm: case of `bearer`, numbers as text, scopes as a list.

use std::fmt;
use std::time::Duration;

use oauth2::basic::BasicTokenType;
use oauth2::{AccessToken, RefreshToken, Scope, TokenResponse};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::secret::Secret;

/// A token and what came with it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Raw")]
pub(crate) struct TokenReply {
    access_token: AccessToken,
    token_type: BasicTokenType,
    expires_in: Option<u64>,
    refresh_token: Option<RefreshToken>,
    scopes: Option<Vec<Scope>>,
    pub(crate) id_token: Option<Secret>,
    pub(crate) patient: Option<String>,
}

#[derive(Deserialize)]
struct Raw {
    access_token: Option<String>,
    token_type: Option<String>,
    expires_in: Option<Value>,
    refresh_token: Option<String>,
    scope: Option<Value>,
    id_token: Option<String>,
    patient: Option<Value>,
}

/// No token is good for longer than ten years: a server that says so has mixed up its units.
const LONGEST: u64 = 10 * 365 * 86_400;

impl TryFrom<Raw> for TokenReply {
    type Error = &'static str;

    fn try_from(raw: Raw) -> Result<TokenReply, &'static str> {
        let access_token = raw.access_token.filter(|token| !token.is_empty()).ok_or("no `access_token`")?;
        let token_type = raw.token_type.unwrap_or_else(|| "bearer".to_owned());
        if !token_type.eq_ignore_ascii_case("bearer") {
            return Err("a `token_type` other than `bearer`");
        }
        let patient = match raw.patient {
            None | Some(Value::Null) => None,
            Some(value) => Some(patient_id(&value).ok_or("a `patient` that is no id of FHIR")?),
        };
        Ok(TokenReply {
            access_token: AccessToken::new(access_token),
            token_type: BasicTokenType::Bearer,
            expires_in: raw.expires_in.as_ref().and_then(seconds).map(|seconds| seconds.min(LONGEST)),
            refresh_token: raw.refresh_token.filter(|token| !token.is_empty()).map(RefreshToken::new),
            scopes: raw.scope.as_ref().and_then(scopes),
            id_token: raw.id_token.filter(|token| !token.is_empty()).map(Secret::new),
            patient,
        })
    }
}

/// The id, which later stands in URLs: only what FHIR allows (R4, "id").
fn patient_id(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.strip_prefix("Patient/").unwrap_or(text).to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let is_id = (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
        && text.bytes().any(|byte| byte != b'.');
    is_id.then_some(text)
}

fn seconds(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => {
            number.as_u64().or_else(|| number.as_f64().map(|seconds| seconds.max(0.0) as u64))
        }
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn scopes(value: &Value) -> Option<Vec<Scope>> {
    let scope = |text: &str| Scope::new(text.to_owned());
    match value {
        Value::String(text) => Some(text.split_whitespace().map(scope).collect()),
        Value::Array(items) => Some(items.iter().filter_map(Value::as_str).map(scope).collect()),
        _ => None,
    }
}

impl TokenResponse for TokenReply {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        self.scopes.as_ref()
    }
}

impl fmt::Debug for TokenReply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TokenReply([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<TokenReply, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn the_payers_reply_is_read() {
        let reply = read(
            r#"{"access_token":"eyJ","patient":"2657","scope":"clinical read openid profile","id_token":"eyJ",
                "token_type":"bearer","expires_in":86399}"#,
        )
        .unwrap();
        assert_eq!(reply.patient.as_deref(), Some("2657"));
        assert_eq!(reply.expires_in, Some(86_399));
        assert_eq!(reply.scopes.as_ref().unwrap().len(), 4);
        assert_eq!(format!("{reply:?}"), "TokenReply([redacted])");
    }

    #[test]
    fn other_spellings_of_the_same_are_read() {
        let reply = read(
            r#"{"access_token":"t","token_type":"BEARER","expires_in":"3600","scope":["a","b"],"patient":"Patient/a-1",
                "refresh_token":"","x":[1]}"#,
        )
        .unwrap();
        assert_eq!((reply.expires_in, reply.patient.as_deref()), (Some(3600), Some("a-1")));
        assert!(reply.refresh_token.is_none());
        assert_eq!(read(r#"{"access_token":"t","expires_in":1e30}"#).unwrap().expires_in, Some(LONGEST));
    }

    #[test]
    fn what_is_no_bearer_token_is_refused() {
        for text in [
            "{}",
            r#"{"access_token":""}"#,
            r#"{"access_token":"t","token_type":"mac"}"#,
            r#"{"access_token":"t","patient":"../Claim"}"#,
            r#"{"access_token":"t","patient":".."}"#,
            r#"{"access_token":"t","patient":["1"]}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
