//! A sign-in from beginning to end: ask, let the member consent, take the code, make it a token.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use url::Url;

use super::browser;
use super::exchange::TokenEndpoint;
use super::grant::{Grant, Identity};
use super::id_token::{self, Expected as ExpectedToken};
use super::landing::Expected;
use super::listener::Listener;
use super::paste::{self, Pasted};
use super::question::Question;
use super::secret::{Secret, client_secret};
use super::transport::Transport;
use crate::discovery::{Endpoints, discover};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{is_loopback, time};
use crate::provider::Provider;

/// A sign-in at `provider`.
#[derive(Debug, Clone)]
pub struct Login<'a> {
    /// Where.
    pub provider: &'a Provider,
    /// How the code comes back.
    pub mode: Mode,
    /// Whether the browser is opened, or its URL only shown.
    pub opens_browser: bool,
    /// How long the member may take.
    pub timeout: Duration,
}

/// How the code comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// By listening where the redirect URI is on this machine, else by pasting.
    #[default]
    Auto,
    /// By listening.
    Listen,
    /// By pasting the code, or the URL that the browser landed on.
    Paste,
}

/// What there is to tell while somebody signs in.
#[derive(Debug)]
#[non_exhaustive]
pub enum Notice<'a> {
    /// The URL at which the member signs in. It is bound to this sign-in and of no use to others.
    Visit {
        /// The URL.
        url: &'a Url,
        /// Whether a browser was opened with it.
        is_opened: bool,
    },
    /// fhirkit listens at the redirect URI and waits.
    Waiting(&'a Url),
    /// A line is wanted: the code, or the URL that the browser landed on. [`Terminal::read_line`] follows.
    Paste,
    /// What was pasted is not it; another line is wanted.
    NotThat(&'a Error),
    /// Something that the user should know, and that does not stop the sign-in.
    Warning(String),
}

/// The user's terminal, which belongs to the command.
pub trait Terminal: Send + Sync + 'static {
    /// Shows `notice`.
    fn show(&self, notice: Notice<'_>);

    /// Reads a line, waiting for it; `None` at the end of the input. Called on a thread of its own, which is left
    /// behind when time is up.
    ///
    /// # Errors
    /// When the terminal cannot be read.
    fn read_line(&self) -> io::Result<Option<String>>;
}

/// How often one may paste something else.
const PASTES: usize = 5;

impl Login<'_> {
    /// Signs in. The grant is not kept: [`Store::save`](super::Store::save) does, under its lock.
    ///
    /// # Errors
    /// [`ErrorKind::Denied`] when the member or the server says no, [`ErrorKind::Mismatch`] for an answer that does
    /// not fit, [`ErrorKind::Timeout`] when none comes, [`ErrorKind::Configuration`], or a failure of the network.
    pub async fn run(&self, transport: &dyn Transport, terminal: Arc<dyn Terminal>) -> Result<Grant> {
        let redirect = self.provider.redirect_uri.clone().ok_or_else(|| {
            let name = &self.provider.name;
            Error::new(ErrorKind::Configuration, format!("provider `{name}` has no `redirect_uri`")).with_help(
                format!("add redirect_uri = \"http://127.0.0.1/callback\" to [provider.{name}], or what is registered there"),
            )
        })?;
        // What would fail at the end fails before anybody is sent to a browser.
        client_secret(self.provider)?;
        let endpoints = discover(self.provider, transport).await?;
        let listener = match self.mode {
            Mode::Paste => None,
            Mode::Auto if !can_listen(&redirect) => None,
            _ if !can_listen(&redirect) => {
                let message = "only a redirect URI of http on this machine can be listened at";
                return Err(Error::new(ErrorKind::Configuration, message).with_help("paste the code instead"));
            }
            _ => Some(Listener::bind(&redirect).await?),
        };
        let redirect = listener.as_ref().map_or(redirect, |listener| listener.redirect().clone());
        let question = Question::new(self.provider, &endpoints, redirect)?;
        let is_opened = self.opens_browser && browser::open(&question.url);
        terminal.show(Notice::Visit { url: &question.url, is_opened });
        let expected = question.expected(&endpoints);
        let code = match listener {
            Some(listener) => {
                terminal.show(Notice::Waiting(&question.redirect));
                listener.wait(expected, self.timeout).await?
            }
            None => tokio::time::timeout(self.timeout, pasted(&terminal, &expected)).await.unwrap_or_else(
                |_| {
                    let message = format!("nothing was pasted within {}", time(self.timeout));
                    Err(Error::new(ErrorKind::Timeout, message))
                },
            )?,
        };
        self.finish(&code, question, &endpoints, transport, &*terminal).await
    }

    /// From the code to the grant.
    async fn finish(
        &self,
        code: &Secret,
        question: Question,
        endpoints: &Endpoints,
        transport: &dyn Transport,
        terminal: &dyn Terminal,
    ) -> Result<Grant> {
        let nonce = question.nonce.clone();
        let endpoint = TokenEndpoint { provider: self.provider, url: &endpoints.token, transport };
        let reply = endpoint.redeem(code, question).await?;
        let identity = match &reply.id_token {
            None => Identity::Absent,
            Some(token) => {
                let expected = ExpectedToken {
                    client_id: self.provider.client_id.as_deref().unwrap_or_default(),
                    issuer: endpoints.issuer.as_deref(),
                    nonce: nonce.as_deref(),
                };
                id_token::check(token.reveal(), &expected, endpoints, transport).await?
            }
        };
        let grant = Grant::new(self.provider, endpoints, &reply, identity);
        self.warn(&grant, nonce.is_some(), terminal);
        Ok(grant)
    }

    fn warn(&self, grant: &Grant, is_openid: bool, terminal: &dyn Terminal) {
        let warn = |text: String| terminal.show(Notice::Warning(text));
        let missing = grant.missing_scopes(&self.provider.scopes);
        if !missing.is_empty() {
            warn(format!("not all that was asked for was granted; missing: {}", missing.join(", ")));
        }
        if grant.patient().is_none() {
            warn("the server does not say whose record it is; `fhirkit fetch` needs `--patient`".to_owned());
        }
        match grant.identity() {
            Identity::Unverified(why) => warn(format!("the `id_token` could not be verified: {why}")),
            Identity::Absent if is_openid => {
                warn("`openid` was asked for, and no `id_token` came".to_owned());
            }
            _ => {}
        }
    }
}

/// Whether the redirect URI is one that a listener on this machine can have.
fn can_listen(redirect: &Url) -> bool {
    redirect.scheme() == "http" && is_loopback(redirect)
}

/// Reads lines until one is the answer.
async fn pasted(terminal: &Arc<dyn Terminal>, expected: &Expected) -> Result<Secret> {
    terminal.show(Notice::Paste);
    let mut last = None;
    for _ in 0..PASTES {
        let line = line(terminal).await.map_err(|error| {
            Error::new(ErrorKind::Configuration, "the pasted line cannot be read").with_source(error)
        })?;
        let Some(line) = line else {
            let message = "the input ended before a code was pasted";
            return Err(last.unwrap_or_else(|| Error::new(ErrorKind::Configuration, message)));
        };
        match paste::read(&line, expected) {
            Pasted::Answer(answer) => return answer,
            Pasted::Unclear(error) => {
                terminal.show(Notice::NotThat(&error));
                last = Some(error);
            }
        }
    }
    Err(last.unwrap_or_else(|| Error::new(ErrorKind::Mismatch, "no code was pasted")))
}

/// A line, read on a thread that nobody joins: a runtime would wait for its own at the end, and so for the user.
async fn line(terminal: &Arc<dyn Terminal>) -> io::Result<Option<String>> {
    let (sender, receiver) = oneshot::channel();
    let terminal = Arc::clone(terminal);
    std::thread::Builder::new().name("paste".to_owned()).spawn(move || {
        // The receiver is gone when time is up.
        _ = sender.send(terminal.read_line());
    })?;
    receiver.await.unwrap_or_else(|_| Err(io::ErrorKind::UnexpectedEof.into()))
}

#[cfg(test)]
#[path = "login_tests.rs"]
mod tests;
