//! Starting and stopping.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::certificate::Identity;
use crate::login::LoginFacts;
use crate::routes::{self, FHIR_BASES};
use crate::state::State;
use crate::tls::TlsListener;
use crate::{Error, ErrorKind, Options, client};

/// How long answers in progress may take when the sandbox stops.
const PATIENCE: Duration = Duration::from_secs(1);

/// The sandbox; [`Sandbox::start`] runs it.
pub struct Sandbox;

impl Sandbox {
    /// Starts a sandbox on 127.0.0.1, on the runtime that this is called on.
    ///
    /// # Errors
    /// A port that is taken, records or keys that cannot be read, a fault without its value, no certificate.
    pub async fn start(options: Options) -> Result<Running, Error> {
        let (port, is_tls) = (options.port, options.tls);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
            Error::new(ErrorKind::Bind, format!("port {port} on 127.0.0.1 cannot be listened on"))
                .with_help("another sandbox may be running; `--port 0` takes any free port")
                .with_source(error)
        })?;
        let address = listener.local_addr().map_err(|error| {
            Error::new(ErrorKind::Bind, "the address that is listened on is not known").with_source(error)
        })?;
        let state = tokio::task::spawn_blocking(move || State::new(options)).await.map_err(|error| {
            Error::new(ErrorKind::Data, "reading the records broke off").with_source(error)
        })??;
        let state = Arc::new(state);
        let router = routes::router(Arc::clone(&state));
        let (stop, stopped) = oneshot::channel::<()>();
        let wait = async {
            // A sandbox that is dropped without a word stops as well.
            drop(stopped.await);
        };
        let identity = if is_tls { Some(Identity::new()?) } else { None };
        let certificate = identity.as_ref().map(Identity::pem);
        let task = match identity {
            Some(identity) => {
                let listener = TlsListener::new(listener, address, identity)?;
                tokio::spawn(async move {
                    drop(axum::serve(listener, router).with_graceful_shutdown(wait).await);
                })
            }
            None => tokio::spawn(async move {
                drop(axum::serve(listener, router).with_graceful_shutdown(wait).await);
            }),
        };
        Ok(Running { address, state, certificate, stop, task })
    }
}

/// A sandbox that runs, until [`shutdown`](Running::shutdown) or until it is dropped.
pub struct Running {
    address: SocketAddr,
    state: Arc<State>,
    certificate: Option<String>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    /// Its origin, without a slash at the end: `http://127.0.0.1:8788`.
    pub fn base_url(&self) -> String {
        let scheme = if self.state.options.tls { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The base of its FHIR API, in the spelling of most of the page.
    pub fn fhir_base(&self) -> String {
        format!("{}{}", self.base_url(), FHIR_BASES[0])
    }

    /// Where a member signs in.
    pub fn authorize_url(&self) -> String {
        format!("{}{}", self.base_url(), routes::AUTHORIZE)
    }

    /// Where a code becomes a token.
    pub fn token_url(&self) -> String {
        format!("{}{}", self.base_url(), routes::TOKEN)
    }

    /// The certificate to trust, as PEM, if it serves https.
    pub fn certificate_pem(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The id of the confidential client, which has the page's redirect URI.
    pub fn client_id(&self) -> &'static str {
        client::CONFIDENTIAL
    }

    /// The secret of the confidential client.
    pub fn client_secret(&self) -> &str {
        &self.state.client_secret
    }

    /// The id of the public client, which has loopback redirect URIs and needs PKCE.
    pub fn public_client_id(&self) -> &'static str {
        client::PUBLIC
    }

    /// The id of the Backend Services client.
    pub fn backend_client_id(&self) -> &'static str {
        client::BACKEND
    }

    /// With what the first members sign in, at most `limit` of them. Synthetic, unless the records were given.
    pub fn members(&self, limit: usize) -> Vec<LoginFacts> {
        self.state.people.facts(limit)
    }

    /// Stops: no new connections, and a second for the answers in progress.
    pub async fn shutdown(self) {
        let Running { stop, mut task, .. } = self;
        drop(stop);
        if tokio::time::timeout(PATIENCE, &mut task).await.is_err() {
            task.abort();
        }
    }
}
