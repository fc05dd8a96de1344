//! SMART Backend Services: a program signs in by a key of its own, and no member takes part (SMART App Launch 2.2,
//! "Backend Services"; RFC 7523).

use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use oauth2::{CsrfToken, TokenResponse};
use serde::Serialize;
use tokio::sync::Mutex;
use url::Url;

use super::exchange::TokenEndpoint;
use super::grant::now;
use super::secret::Secret;
use super::transport::Transport;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{BearerToken, TokenSource};
use crate::provider::{BackendAlgorithm, Provider};

/// The sign-in of a program. Its tokens are short-lived and never kept: another assertion gets another.
pub struct BackendSession {
    provider: Provider,
    token_url: Url,
    transport: Arc<dyn Transport>,
    key: EncodingKey,
    header: Header,
    scopes: Vec<String>,
    /// The token at hand, and when it ends.
    token: Mutex<Option<(BearerToken, i64)>>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    jti: String,
}

/// How long an assertion is good; five minutes at most are allowed.
const LIFETIME: i64 = 240;

/// How long a token is used when the server does not say: what the standard recommends as the longest.
const UNSAID: u64 = 300;

/// A token this near to its end is replaced.
const SKEW: i64 = 30;

/// No key is larger.
const LARGEST_KEY: u64 = 64 << 10;

impl BackendSession {
    /// A session at the token endpoint `token_url` with the key of [`Provider::backend`].
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when provider or key do not serve.
    pub fn new(provider: &Provider, token_url: Url, transport: Arc<dyn Transport>) -> Result<BackendSession> {
        let Some(backend) = &provider.backend else {
            let message = format!("provider `{}` has no [provider.{}.backend]", provider.name, provider.name);
            let help = "give it `key_file`, the private key whose public half the server knows";
            return Err(Error::new(ErrorKind::Configuration, message).with_help(help));
        };
        let path = backend.key_file.display();
        let mut pem = Vec::new();
        File::open(&backend.key_file).and_then(|file| file.take(LARGEST_KEY).read_to_end(&mut pem)).map_err(
            |error| {
                Error::new(ErrorKind::Configuration, format!("the key `{path}` cannot be read"))
                    .with_source(error)
            },
        )?;
        let (key, algorithm, wanted) = match backend.algorithm {
            BackendAlgorithm::Rs384 => (EncodingKey::from_rsa_pem(&pem), Algorithm::RS384, "an RSA key"),
            BackendAlgorithm::Es384 => {
                (EncodingKey::from_ec_pem(&pem), Algorithm::ES384, "a P-384 key (PKCS #8)")
            }
        };
        let unfit = || Error::new(ErrorKind::Configuration, format!("`{path}` is not {wanted} as PEM"));
        let mut header = Header::new(algorithm);
        header.kid.clone_from(&backend.key_id);
        let session = BackendSession {
            provider: provider.clone(),
            token_url,
            transport,
            key: key.map_err(|_| unfit())?,
            header,
            scopes: backend.scopes.clone(),
            token: Mutex::new(None),
        };
        // A key that does not sign is found here, not at the server.
        session.assertion().map_err(|_| unfit())?;
        Ok(session)
    }

    /// A token that is good for a while yet.
    ///
    /// # Errors
    /// [`ErrorKind::Denied`] when the server does not accept the assertion; a failure of the network.
    pub async fn access_token(&self) -> Result<BearerToken> {
        let mut kept = self.token.lock().await;
        match &*kept {
            Some((token, end)) if *end - now() > SKEW => Ok(token.clone()),
            _ => self.ask(&mut kept).await,
        }
    }

    async fn ask(&self, kept: &mut Option<(BearerToken, i64)>) -> Result<BearerToken> {
        let endpoint =
            TokenEndpoint { provider: &self.provider, url: &self.token_url, transport: &*self.transport };
        let reply = endpoint.assert(&self.assertion()?, &self.scopes).await?;
        let token = BearerToken::new(reply.access_token().secret(), &self.provider.fhir_base)?;
        let seconds = reply.expires_in().map_or(UNSAID, |span| span.as_secs());
        *kept = Some((token.clone(), now().saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX))));
        Ok(token)
    }

    fn assertion(&self) -> Result<Secret> {
        let client = self.provider.client_id.as_deref().ok_or_else(|| {
            Error::new(
                ErrorKind::Configuration,
                format!("provider `{}` has no `client_id`", self.provider.name),
            )
        })?;
        let now = now();
        let claims = Claims {
            iss: client,
            sub: client,
            aud: self.token_url.as_str(),
            iat: now,
            exp: now + LIFETIME,
            jti: CsrfToken::new_random().into_secret(),
        };
        let failed = |_| Error::new(ErrorKind::Configuration, "the key of the backend does not sign");
        jsonwebtoken::encode(&self.header, &claims, &self.key).map(Secret::new).map_err(failed)
    }
}

impl TokenSource for BackendSession {
    fn token(&self) -> BoxFuture<'_, Result<BearerToken>> {
        Box::pin(self.access_token())
    }

    fn refresh<'a>(&'a self, stale: &'a BearerToken) -> BoxFuture<'a, Result<Option<BearerToken>>> {
        Box::pin(async move {
            let mut kept = self.token.lock().await;
            match &*kept {
                // Another download has found it stale before.
                Some((token, _)) if token != stale => Ok(Some(token.clone())),
                _ => self.ask(&mut kept).await.map(Some),
            }
        })
    }
}

#[cfg(test)]
#[path = "backend_tests.rs"]
mod tests;
