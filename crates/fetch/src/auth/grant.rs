//! What a sign-in gave: a token, for whom, for what, until when.

use jiff::Timestamp;
use oauth2::TokenResponse;
use serde::{Deserialize, Serialize};
use url::Url;

use super::reply::TokenReply;
use super::secret::Secret;
use crate::discovery::Endpoints;
use crate::error::{Error, ErrorKind, Result};
use crate::provider::Provider;

/// A token and the facts around it. It is kept in a [`Store`](super::Store); its `Debug` shows neither tokens nor the
/// patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    provider: String,
    fhir_base: String,
    token_url: String,
    revocation_url: Option<String>,
    access_token: Secret,
    refresh_token: Option<Secret>,
    /// Seconds since 1970.
    expires_at: Option<i64>,
    issued_at: i64,
    patient: Option<Secret>,
    scopes: Vec<String>,
    issuer: Option<String>,
    identity: Identity,
}

/// How sure it is who signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Identity {
    /// The server sent no `id_token`.
    Absent,
    /// It sent one whose signature could not be checked, and why.
    Unverified(String),
    /// Its `id_token` bears the server's signature and answers this sign-in.
    Verified,
}

/// A token this near to its end is renewed at once: it would end on its way.
const SKEW: i64 = 60;

impl Grant {
    pub(crate) fn new(
        provider: &Provider,
        endpoints: &Endpoints,
        reply: &TokenReply,
        identity: Identity,
    ) -> Grant {
        let mut grant = Grant {
            provider: provider.name.clone(),
            fhir_base: provider.fhir_base.as_str().to_owned(),
            token_url: endpoints.token.as_str().to_owned(),
            revocation_url: endpoints.revocation.as_ref().map(|url| url.as_str().to_owned()),
            access_token: Secret::new(""),
            refresh_token: None,
            expires_at: None,
            issued_at: 0,
            patient: reply.patient.clone().map(Secret::new),
            // Without `scope` in the reply it is what was asked for (RFC 6749, section 5.1).
            scopes: provider.scopes.clone(),
            issuer: endpoints.issuer.clone(),
            identity,
        };
        grant.renew(reply, now());
        grant
    }

    /// Takes over the tokens of `reply`; a server that sends no further refresh token lets the old one stand.
    pub(crate) fn renew(&mut self, reply: &TokenReply, now: i64) {
        self.access_token = Secret::new(reply.access_token().secret().clone());
        if let Some(token) = reply.refresh_token() {
            self.refresh_token = Some(Secret::new(token.secret().clone()));
        }
        if let Some(scopes) = reply.scopes() {
            self.scopes = scopes.iter().map(|scope| scope.to_string()).collect();
        }
        self.issued_at = now;
        let seconds = reply.expires_in().and_then(|span| i64::try_from(span.as_secs()).ok());
        self.expires_at = seconds.map(|seconds| now.saturating_add(seconds));
    }

    /// Takes away the refresh token, which the server no longer accepts.
    pub(crate) fn forget_refresh_token(&mut self) {
        self.refresh_token = None;
    }

    /// Whether the token is good for a while yet, as far as the server said.
    pub(crate) fn is_fresh(&self, now: i64) -> bool {
        self.expires_at.is_none_or(|end| end - now > SKEW)
    }

    /// The provider's name.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The token, for `fhirkit token --show` and for what fetches.
    pub fn access_token(&self) -> &Secret {
        &self.access_token
    }

    /// The refresh token, if there is one.
    pub(crate) fn refresh_token(&self) -> Option<&Secret> {
        self.refresh_token.as_ref()
    }

    /// Whether it can be renewed without signing in again.
    pub fn is_renewable(&self) -> bool {
        self.refresh_token.is_some()
    }

    /// When the token ends, if the server said.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at.and_then(|seconds| Timestamp::from_second(seconds).ok())
    }

    /// When the token was given.
    pub fn issued_at(&self) -> Timestamp {
        Timestamp::from_second(self.issued_at).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Whose record it is for: the FHIR id of the Patient. Patient data: on a terminal only, when asked.
    pub fn patient(&self) -> Option<&str> {
        self.patient.as_ref().map(Secret::reveal)
    }

    /// What was granted.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// Who issued it, where that is known.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// How sure it is who signed in.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Those of `requested` that were not granted. Scopes are sets; `openid` is matched in any case, as payers write it.
    pub fn missing_scopes<'s>(&self, requested: &'s [String]) -> Vec<&'s str> {
        let is_granted = |scope: &&String| {
            self.scopes.iter().any(|granted| {
                granted == *scope
                    || (granted.eq_ignore_ascii_case("openid") && scope.eq_ignore_ascii_case("openid"))
            })
        };
        requested.iter().filter(|scope| !is_granted(scope)).map(String::as_str).collect()
    }

    pub(crate) fn revocation_url(&self) -> Option<Url> {
        self.revocation_url.as_deref().and_then(|url| Url::parse(url).ok())
    }

    /// Where it is renewed, if `provider` is still the one that it was given by: a token never goes to another server
    /// because a file of settings says so.
    pub(crate) fn token_url(&self, provider: &Provider) -> Result<Url> {
        let moved = |what: &str| {
            let message = format!("the token for `{}` was given for another {what}", self.provider);
            Err(Error::new(ErrorKind::Mismatch, message)
                .with_help(format!("its settings have changed since: fhirkit login {}", self.provider)))
        };
        let (Ok(base), Ok(token_url)) = (Url::parse(&self.fhir_base), Url::parse(&self.token_url)) else {
            return moved("server");
        };
        if base.origin() != provider.fhir_base.origin() {
            return moved("server");
        }
        if provider.token_url.as_ref().is_some_and(|url| *url != token_url) {
            return moved("token endpoint");
        }
        Ok(token_url)
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    Timestamp::now().as_second()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A grant as a sign-in at `provider` gives it.
    pub(crate) fn grant(provider: &Provider, reply: &str) -> Grant {
        let endpoints = Endpoints {
            authorize: None,
            token: provider.token_url.clone().unwrap_or_else(|| Url::parse("https://o.example/t").unwrap()),
            userinfo: None,
            revocation: None,
            jwks: None,
            issuer: None,
            sends_issuer: false,
        };
        Grant::new(provider, &endpoints, &serde_json::from_str(reply).unwrap(), Identity::Absent)
    }

    fn provider() -> Provider {
        let mut provider = Provider::new("x", Url::parse("https://f.example/fhir").unwrap());
        provider.scopes = ["openid", "read", "profile", "clinical"].map(str::to_owned).to_vec();
        provider
    }

    #[test]
    fn scopes_are_sets() {
        let grant = grant(&provider(), r#"{"access_token":"t","scope":"clinical openID read"}"#);
        assert_eq!(grant.missing_scopes(&provider().scopes), ["profile"]);
    }

    #[test]
    fn debug_shows_neither_token_nor_patient() {
        let grant =
            grant(&provider(), r#"{"access_token":"tok-1","refresh_token":"tok-2","patient":"p2657"}"#);
        let shown = format!("{grant:?}");
        assert!(!shown.contains("tok-") && !shown.contains("2657"), "{shown}");
    }

    #[test]
    fn a_token_is_fresh_until_a_minute_before_its_end() {
        let grant = grant(&provider(), r#"{"access_token":"t","expires_in":3600}"#);
        let end = grant.expires_at().unwrap().as_second();
        assert!(grant.is_fresh(end - 61) && !grant.is_fresh(end - 60) && !grant.is_fresh(end + 1));
    }

    #[test]
    fn a_token_does_not_follow_its_provider_to_another_server() {
        let mut provider = provider();
        let grant = grant(&provider, r#"{"access_token":"t"}"#);
        assert!(grant.token_url(&provider).is_ok());
        provider.fhir_base = Url::parse("https://f.example/fhir/payer-topayer").unwrap();
        assert!(grant.token_url(&provider).is_ok());
        provider.token_url = Some(Url::parse("https://evil.example/t").unwrap());
        assert_eq!(grant.token_url(&provider).unwrap_err().kind(), ErrorKind::Mismatch);
        provider.token_url = None;
        provider.fhir_base = Url::parse("https://evil.example/fhir").unwrap();
        assert_eq!(grant.token_url(&provider).unwrap_err().kind(), ErrorKind::Mismatch);
    }
}
