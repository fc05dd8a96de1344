//! The server of an export, and the token that is shared by all who ask it.

use std::sync::Arc;

use tokio::sync::Mutex;
use url::Url;

use super::request::Request;
use crate::error::Result;
use crate::http::{self, Answer, BearerToken, Body, Client, TokenSource};

pub(super) struct Connection {
    pub(super) client: Client,
    /// The base of its FHIR API.
    pub(super) base: Url,
    pub(super) provider: String,
    tokens: Option<Arc<dyn TokenSource>>,
    token: Mutex<Option<BearerToken>>,
}

impl Connection {
    /// A connection, signed in.
    pub(super) async fn open(
        client: &Client,
        tokens: Option<Arc<dyn TokenSource>>,
        request: &Request,
    ) -> Result<Connection> {
        let token = match &tokens {
            Some(tokens) => Some(tokens.token().await?),
            None => None,
        };
        Ok(Connection {
            client: client.clone(),
            base: request.fhir_base.clone(),
            provider: request.provider.clone(),
            tokens,
            token: Mutex::new(token),
        })
    }

    /// Sends `request` with the token; the body comes into memory.
    pub(super) async fn send(&self, request: http::Request<'static>) -> Result<Answer> {
        let mut body = Vec::new();
        let mut answer = self.download(request, true, &mut body).await?;
        if (200..300).contains(&answer.status) {
            answer.body = body;
        }
        Ok(answer)
    }

    /// Sends `request`; again with a fresh token when the server no longer takes the old one.
    pub(super) async fn download(
        &self,
        request: http::Request<'static>,
        with_token: bool,
        body: &mut dyn Body,
    ) -> Result<Answer> {
        let token = self.token.lock().await.clone().filter(|_| with_token);
        let Some(token) = token else { return self.client.download(request, body).await };
        let answer = self.client.download(request.clone().with_token(&token), body).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        match self.fresh(&token).await? {
            Some(fresh) => self.client.download(request.with_token(&fresh), body).await,
            None => Ok(answer),
        }
    }

    /// A token in place of `stale`; asked for once by all downloads that find the same one stale.
    async fn fresh(&self, stale: &BearerToken) -> Result<Option<BearerToken>> {
        let mut token = self.token.lock().await;
        if token.as_ref().is_some_and(|token| token != stale) {
            return Ok(token.clone());
        }
        let Some(tokens) = &self.tokens else { return Ok(None) };
        let fresh = tokens.refresh(stale).await?;
        if fresh.is_some() {
            token.clone_from(&fresh);
        }
        Ok(fresh)
    }
}
