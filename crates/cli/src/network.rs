//! What the commands that reach a server have in common: providers, connections, signals, and how failures end.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use fhirkit_fetch::auth::{Direct, Session, Store};
use fhirkit_fetch::http::HttpOptions;
use fhirkit_fetch::{Error, ErrorKind, Provider, Providers};
use fhirkit_issue::Issue;
use fhirkit_issue::rules::{self, Rule};

use crate::args::network::HttpArgs;
use crate::exit::{Exit, Failure};
use crate::settings::Settings;

/// The built-in providers, and those of the user's and the project's `fhirkit.toml`.
pub(crate) fn providers(settings: &Settings) -> Result<Providers, Failure> {
    let mut providers = Providers::built_in();
    for path in settings.layers.files() {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::usage("unreadable-config", format!("{name}: {error}")))?;
        providers.read(&text, &name)?;
    }
    Ok(providers)
}

/// The provider of that name.
pub(crate) fn provider(settings: &Settings, name: &str) -> Result<Provider, Failure> {
    Ok(providers(settings)?.get(name)?.clone())
}

impl HttpArgs {
    /// As the room that fetches takes them.
    pub(crate) fn options(&self) -> HttpOptions {
        HttpOptions {
            ca_certificates: self.ca_cert.clone(),
            identity: self.client_cert.clone().zip(self.client_key.clone()),
            read_timeout: Duration::from_secs(self.timeout),
            tries: self.tries,
            body_limit: self.max_page,
            ..HttpOptions::default()
        }
    }

    /// A transport for sign-in and user information.
    pub(crate) fn transport(&self) -> Result<Direct, Failure> {
        Ok(Direct::new(self.options())?)
    }
}

/// The kept sign-in of `provider`.
pub(crate) fn session(provider: &Provider, http: &HttpArgs) -> Result<Session, Failure> {
    Ok(Session::open(provider, Store::of_user()?, Arc::new(http.transport()?))?)
}

/// Runs `work` to its end, or until a signal ends it.
pub(crate) fn run<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(
            |error| Failure::internal(&format!("the threads for the network could not start: {error}")),
        )?;
    let result = runtime.block_on(async {
        tokio::select! {
            result = work => result,
            () = stopped() => Err(Failure { exit: Exit::Interrupted, issue: None }),
        }
    });
    // A thread that waits for a pasted line would hold the process.
    runtime.shutdown_background();
    result
}

/// Ctrl-C, or the polite signal to end.
pub(crate) async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut ended) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = ended.recv() => {}
            }
            return;
        }
    }
    drop(tokio::signal::ctrl_c().await);
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let (rule, exit) = ending(error.kind());
        if error.kind() == ErrorKind::Cancelled {
            return Failure { exit, issue: None };
        }
        Failure::new(exit, issue(&error, rule))
    }
}

/// The error as an issue, with what it comes from.
pub(crate) fn issue(error: &Error, rule: &'static Rule) -> Issue {
    let mut issue = Issue::new(rule, error.to_string());
    issue.help = error.help().map(str::to_owned);
    issue
}

/// The rule and the exit code of a kind of failure.
pub(crate) fn ending(kind: ErrorKind) -> (&'static Rule, Exit) {
    match kind {
        ErrorKind::Connect => (&rules::NET_CONNECT, Exit::Network),
        ErrorKind::Timeout => (&rules::NET_TIMEOUT, Exit::Network),
        ErrorKind::Tls => (&rules::NET_TLS, Exit::Network),
        ErrorKind::Redirect => (&rules::NET_REDIRECT, Exit::Network),
        ErrorKind::NotFhir => (&rules::NET_NOT_FHIR, Exit::Network),
        ErrorKind::TooLarge => (&rules::NET_TOO_LARGE, Exit::Network),
        ErrorKind::Checksum => (&rules::NET_CHECKSUM, Exit::Network),
        ErrorKind::Loop => (&rules::NET_LOOP, Exit::Incomplete),
        ErrorKind::Incomplete => (&rules::FETCH_INCOMPLETE, Exit::Incomplete),
        ErrorKind::NotSignedIn => (&rules::AUTH_NONE, Exit::Network),
        ErrorKind::Expired => (&rules::AUTH_EXPIRED, Exit::Network),
        ErrorKind::Denied => (&rules::AUTH_DENIED, Exit::Network),
        ErrorKind::Mismatch => (&rules::AUTH_MISMATCH, Exit::Network),
        ErrorKind::Store => (&rules::AUTH_STORE, Exit::OutputFailed),
        ErrorKind::Configuration => (&rules::CONFIG_PROVIDER, Exit::Usage),
        ErrorKind::Output => (&rules::IO_WRITE, Exit::OutputFailed),
        ErrorKind::Exists => (&rules::IO_EXISTS, Exit::OutputFailed),
        ErrorKind::Cancelled => (&rules::FETCH_INCOMPLETE, Exit::Interrupted),
        _ => (&rules::NET_STATUS, Exit::Network),
    }
}
