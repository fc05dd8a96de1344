//! The authorization request: what the browser is sent to ask, and what is kept to know the answer by.

use oauth2::basic::BasicClient;
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope};
use url::Url;

use super::landing::Expected;
use crate::discovery::Endpoints;
use crate::error::{Error, ErrorKind, Result};
use crate::provider::{PkceMethod, Provider};

/// One authorization request. Each has its own state, nonce and verifier.
pub(crate) struct Question {
    /// Where the browser goes.
    pub(crate) url: Url,
    pub(crate) redirect: Url,
    pub(crate) verifier: PkceCodeVerifier,
    /// With `openid` among the scopes.
    pub(crate) nonce: Option<String>,
    state: String,
}

impl Question {
    /// A request for a code that lands at `redirect`.
    pub(crate) fn new(provider: &Provider, endpoints: &Endpoints, redirect: Url) -> Result<Question> {
        let missing = |what: &str| {
            let message = format!("provider `{}` has no `{what}`", provider.name);
            Error::new(ErrorKind::Configuration, message)
                .with_help(format!("add `{what}` to [provider.{}]", provider.name))
        };
        let authorize = endpoints.authorize.clone().ok_or_else(|| missing("authorize_url"))?;
        let client_id = provider.client_id.clone().ok_or_else(|| missing("client_id"))?;
        let client = BasicClient::new(ClientId::new(client_id))
            .set_auth_uri(AuthUrl::from_url(authorize))
            .set_redirect_uri(RedirectUrl::from_url(redirect.clone()));
        let (challenge, verifier) = match provider.pkce {
            PkceMethod::S256 => PkceCodeChallenge::new_random_sha256(),
            PkceMethod::Plain => PkceCodeChallenge::new_random_plain(),
        };
        let scopes = provider.scopes.iter().cloned().map(Scope::new);
        let mut request =
            client.authorize_url(CsrfToken::new_random).add_scopes(scopes).set_pkce_challenge(challenge);
        let is_openid = provider.scopes.iter().any(|scope| scope.eq_ignore_ascii_case("openid"));
        let nonce = is_openid.then(|| CsrfToken::new_random().into_secret());
        if let Some(nonce) = &nonce {
            request = request.add_extra_param("nonce", nonce);
        }
        // OpenID Connect Core, section 11: without it a server must ignore `offline_access`.
        let is_offline = provider.scopes.iter().any(|scope| scope == "offline_access");
        let says_prompt = url_says_prompt(endpoints);
        if is_openid && is_offline && !says_prompt {
            request = request.add_extra_param("prompt", "consent");
        }
        if provider.sends_audience {
            request = request.add_extra_param("aud", provider.fhir_base.as_str());
        }
        let (mut url, state) = request.url();
        // A space as `%20` is understood everywhere, `+` only where queries are read as forms.
        let query = url.query().map(|query| query.replace('+', "%20"));
        url.set_query(query.as_deref());
        Ok(Question { url, redirect, verifier, nonce, state: state.into_secret() })
    }

    /// By what its answer is known.
    pub(crate) fn expected(&self, endpoints: &Endpoints) -> Expected {
        Expected {
            state: self.state.clone(),
            issuer: endpoints.issuer.clone(),
            sends_issuer: endpoints.sends_issuer,
        }
    }
}

fn url_says_prompt(endpoints: &Endpoints) -> bool {
    endpoints.authorize.iter().flat_map(Url::query_pairs).any(|(key, _)| key == "prompt")
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn endpoints(authorize: &str) -> Endpoints {
        Endpoints {
            authorize: Some(Url::parse(authorize).unwrap()),
            token: Url::parse("https://o.example/token").unwrap(),
            userinfo: None,
            revocation: None,
            jwks: None,
            issuer: None,
            sends_issuer: false,
        }
    }

    fn ask(authorize: &str, change: impl Fn(&mut Provider)) -> (Question, HashMap<String, String>) {
        let mut provider = Provider::new("x", Url::parse("https://f.example/fhir").unwrap());
        provider.client_id = Some("me & co".to_owned());
        provider.scopes = ["openid", "patient/*.read"].map(str::to_owned).to_vec();
        change(&mut provider);
        let redirect = Url::parse("https://oidcdebugger.com/debug").unwrap();
        let question = Question::new(&provider, &endpoints(authorize), redirect).unwrap();
        let pairs = question.url.query_pairs().into_owned().collect();
        (question, pairs)
    }

    #[test]
    fn a_question_holds_all_that_binds_its_answer() {
        let (question, pairs) = ask("https://o.example/authorize?tenant=a", |_| {});
        assert!(question.url.as_str().starts_with("https://o.example/authorize?tenant=a&"));
        assert_eq!(pairs["response_type"], "code");
        assert_eq!(pairs["client_id"], "me & co");
        assert_eq!(pairs["redirect_uri"], "https://oidcdebugger.com/debug");
        assert_eq!(pairs["scope"], "openid patient/*.read");
        assert_eq!(pairs["code_challenge_method"], "S256");
        assert_eq!(pairs["aud"], "https://f.example/fhir");
        assert_eq!(Some(&pairs["nonce"]), question.nonce.as_ref());
        assert!(pairs["state"].len() >= 22 && pairs["state"] != pairs["nonce"]);
        assert!(question.url.as_str().contains("scope=openid%20patient"));
    }

    #[test]
    fn a_slash_at_the_end_stays_and_plain_is_only_by_setting() {
        let (question, pairs) = ask("https://o.example/authorize/", |provider| {
            provider.pkce = PkceMethod::Plain;
            provider.scopes = vec!["clinical".to_owned()];
            provider.sends_audience = false;
        });
        assert!(question.url.as_str().starts_with("https://o.example/authorize/?"));
        assert_eq!(pairs["code_challenge_method"], "plain");
        assert_eq!(&pairs["code_challenge"], question.verifier.secret());
        assert!(!pairs.contains_key("nonce") && !pairs.contains_key("aud"));
    }

    #[test]
    fn offline_access_asks_for_consent_unless_the_address_says_otherwise() {
        let offline = |provider: &mut Provider| provider.scopes.push("offline_access".to_owned());
        assert_eq!(ask("https://o.example/a", offline).1["prompt"], "consent");
        assert_eq!(ask("https://o.example/a?prompt=login", offline).1["prompt"], "login");
        assert!(!ask("https://o.example/a", |_| {}).1.contains_key("prompt"));
    }

    #[test]
    fn two_questions_share_nothing() {
        let (_, one) = ask("https://o.example/a", |_| {});
        let (_, two) = ask("https://o.example/a", |_| {});
        assert!(["state", "nonce", "code_challenge"].iter().all(|key| one[*key] != two[*key]));
    }
}
