//! A kept sign-in at work: its token for whoever fetches, renewed in time.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::Mutex;

use super::exchange::TokenEndpoint;
use super::grant::{Grant, now};
use super::store::Store;
use super::transport::Transport;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{BearerToken, TokenSource};
use crate::provider::Provider;

/// The sign-in of one provider. A refresh token that the server rotates is used once, by one of all tasks and
/// processes; the others find its fruit in the store.
pub struct Session {
    provider: Provider,
    store: Store,
    transport: Arc<dyn Transport>,
    grant: Mutex<Grant>,
}

impl Session {
    /// The kept sign-in of `provider`.
    ///
    /// # Errors
    /// [`ErrorKind::NotSignedIn`] when there is none, [`ErrorKind::Mismatch`] when it is one at another server,
    /// [`ErrorKind::Store`] when it cannot be read.
    pub fn open(provider: &Provider, store: Store, transport: Arc<dyn Transport>) -> Result<Session> {
        let grant = store.load(&provider.name)?.ok_or_else(|| not_signed_in(&provider.name))?;
        grant.token_url(provider)?;
        Ok(Session { provider: provider.clone(), store, transport, grant: Mutex::new(grant) })
    }

    /// The grant as it is now.
    pub async fn grant(&self) -> Grant {
        self.grant.lock().await.clone()
    }

    /// A token that is good for another minute at least, as far as the server said.
    ///
    /// # Errors
    /// [`ErrorKind::Expired`] when there is none without signing in again; a failure of the network or the store.
    pub async fn access_token(&self) -> Result<BearerToken> {
        let mut grant = self.grant.lock().await;
        if !grant.is_fresh(now()) {
            self.renew(&mut grant, None).await?;
        }
        self.bearer(&grant)
    }

    fn bearer(&self, grant: &Grant) -> Result<BearerToken> {
        BearerToken::new(grant.access_token().reveal(), &self.provider.fhir_base)
    }

    /// Puts a grant whose token is fresh, and is not `stale`, in the place of `grant`.
    async fn renew(&self, grant: &mut Grant, stale: Option<&str>) -> Result<()> {
        let name = &self.provider.name;
        let _lock = self.store.lock(name).await?;
        // Another process may have renewed it, or signed in anew, before the lock was ours.
        let stored = self.store.load(name)?.ok_or_else(|| not_signed_in(name))?;
        let token_url = stored.token_url(&self.provider)?;
        if stored.patient() != grant.patient() {
            let message = format!("somebody has signed in at `{name}` for another patient meanwhile");
            return Err(Error::new(ErrorKind::Mismatch, message).with_help("start again"));
        }
        *grant = stored;
        if grant.is_fresh(now()) && stale != Some(grant.access_token().reveal()) {
            return Ok(());
        }
        let Some(token) = grant.refresh_token().cloned() else { return Err(expired(grant)) };
        let endpoint =
            TokenEndpoint { provider: &self.provider, url: &token_url, transport: &*self.transport };
        match endpoint.refresh(&token).await {
            Ok(reply) => {
                if reply.patient.is_some() && reply.patient.as_deref() != grant.patient() {
                    let message = format!("`{name}` renews the sign-in for another patient than before");
                    return Err(
                        Error::new(ErrorKind::Mismatch, message).with_help(format!("fhirkit login {name}"))
                    );
                }
                grant.renew(&reply, now());
                self.store.save(grant)
            }
            Err(error) => {
                if error.kind() == ErrorKind::Expired {
                    grant.forget_refresh_token();
                    self.store.save(grant)?;
                }
                Err(error)
            }
        }
    }
}

impl TokenSource for Session {
    fn token(&self) -> BoxFuture<'_, Result<BearerToken>> {
        Box::pin(self.access_token())
    }

    fn refresh<'a>(&'a self, stale: &'a BearerToken) -> BoxFuture<'a, Result<Option<BearerToken>>> {
        Box::pin(async move {
            let mut grant = self.grant.lock().await;
            match self.renew(&mut grant, Some(stale.reveal())).await {
                Ok(()) => self.bearer(&grant).map(Some),
                Err(error) if error.kind() == ErrorKind::Expired => Ok(None),
                Err(error) => Err(error),
            }
        })
    }
}

fn not_signed_in(name: &str) -> Error {
    Error::new(ErrorKind::NotSignedIn, format!("nobody is signed in at `{name}`"))
        .with_help(format!("fhirkit login {name}"))
}

fn expired(grant: &Grant) -> Error {
    let name = grant.provider();
    let since = grant.expires_at().map(|end| now() - end.as_second()).filter(|seconds| *seconds > 0);
    let message = match since {
        Some(seconds) => format!("the token for `{name}` expired {} ago", time(seconds)),
        None => format!("the token for `{name}` is no longer accepted, or about to expire"),
    };
    Error::new(ErrorKind::Expired, message).with_help(format!("fhirkit login {name}"))
}

fn time(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
