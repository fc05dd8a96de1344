//! What all requests share: clients, members, and what is kept for a while.

use std::sync::Mutex;
use std::time::Duration;

use axum::http::HeaderMap;

use crate::client::Client;
use crate::expiring::Expiring;
use crate::fault::{Fault, Faults, Happening};
use crate::grant::{Access, Code, Refresh};
use crate::job::Job;
use crate::keys::{BackendKeys, SigningKey};
use crate::options::BUILT_IN_SECRET;
use crate::people::People;
use crate::session::Session;
use crate::{Error, Options};

/// How long a refresh token is good, unless it is used.
const REFRESH_LIFETIME: Duration = Duration::from_secs(30 * 86_400);
/// How long the files of an export can be had.
const JOB_LIFETIME: Duration = Duration::from_secs(86_400);
/// A client assertion is good for five minutes at most; its id is remembered for twice as long.
const ASSERTION_LIFETIME: Duration = Duration::from_secs(600);

/// What all requests share.
pub(crate) struct State {
    pub(crate) options: Options,
    pub(crate) client_secret: String,
    pub(crate) clients: Vec<Client>,
    pub(crate) people: People,
    pub(crate) signing_key: SigningKey,
    pub(crate) backend_keys: BackendKeys,
    faults: Faults,
    pub(crate) sessions: Mutex<Expiring<Session>>,
    pub(crate) codes: Mutex<Expiring<Code>>,
    pub(crate) tokens: Mutex<Expiring<Access>>,
    pub(crate) refresh: Mutex<Expiring<Refresh>>,
    pub(crate) assertions: Mutex<Expiring<()>>,
    pub(crate) jobs: Mutex<Expiring<Job>>,
}

impl State {
    /// Blocks while records of `--data` are read.
    pub(crate) fn new(options: Options) -> Result<State, Error> {
        let client_secret = options.client_secret.clone().unwrap_or_else(|| BUILT_IN_SECRET.to_owned());
        Ok(State {
            clients: Client::all(client_secret.clone()),
            client_secret,
            people: People::new(&options)?,
            signing_key: SigningKey::default(),
            backend_keys: BackendKeys::parse(&options.backend_keys)?,
            faults: Faults::new(&options.faults)?,
            sessions: Expiring::new(options.session_lifetime),
            codes: Expiring::new(options.code_lifetime),
            tokens: Expiring::new(options.token_lifetime),
            refresh: Expiring::new(REFRESH_LIFETIME),
            assertions: Expiring::new(ASSERTION_LIFETIME),
            jobs: Expiring::new(JOB_LIFETIME),
            options,
        })
    }

    pub(crate) fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }

    /// What goes wrong with this answer, of what is `wanted` here.
    pub(crate) fn faults(&self, headers: &HeaderMap, page: u32, wanted: &[Fault]) -> Happening {
        let header = headers.get("x-sandbox-fault").and_then(|value| value.to_str().ok());
        self.faults.now(header, page, wanted)
    }

    pub(crate) fn log(&self, line: &str) {
        if let Some(log) = &self.options.log {
            log(line);
        }
    }

    /// The origin under which a request came, whose host was [checked](crate::host::check).
    pub(crate) fn origin(&self, headers: &HeaderMap) -> String {
        let scheme = if self.options.tls { "https" } else { "http" };
        let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
        format!("{scheme}://{host}")
    }
}
