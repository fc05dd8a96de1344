//! What a sandbox is started with.

use std::sync::Arc;
use std::time::Duration;

use crate::FaultRule;

/// Where the lines of the request log go: method, path without ids, status, milliseconds, bytes.
pub type Log = Arc<dyn Fn(&str) + Send + Sync>;

/// The secret of the confidential client, where none is given. It guards synthetic data on loopback.
pub(crate) const BUILT_IN_SECRET: &str = "sandbox-secret-of-no-value";

/// What a sandbox is started with; the defaults are those of the command line.
#[derive(Clone)]
pub struct Options {
    /// The port on 127.0.0.1; 0 takes any free one. 8788.
    pub port: u16,
    /// How many synthetic members there are, the documented one included. 50.
    pub members: u64,
    /// The seed of the synthetic members. 1.
    pub seed: u64,
    /// Files, folders and globs with Bundles or NDJSON; when given, there are no synthetic members.
    pub data: Vec<String>,
    /// The secret of the confidential client; a built-in one when absent.
    pub client_secret: Option<String>,
    /// The public keys of the Backend Services client, each as PEM or as a JWK or JWKS.
    pub backend_keys: Vec<String>,
    /// Whether a token comes with a refresh token, which rotates. The documented server gives none.
    pub refresh_tokens: bool,
    /// Whether the redirect tells the issuer (RFC 9207). The documented server does not.
    pub sends_issuer: bool,
    /// What goes wrong on purpose.
    pub faults: Vec<FaultRule>,
    /// Whether to serve https, with a certificate made at the start.
    pub tls: bool,
    /// Every record is repeated or cut to this many resources.
    pub resources_per_member: Option<usize>,
    /// How many resources a page of `$everything` has at most, and without `_count`. 1000.
    pub page_size: usize,
    /// How long a code is good. One hour.
    pub code_lifetime: Duration,
    /// How long an access token is good. 86,399 s.
    pub token_lifetime: Duration,
    /// How long a member may take to sign in. 20 minutes.
    pub session_lifetime: Duration,
    /// How often a bulk export answers that it is in progress. 2.
    pub export_polls: u32,
    /// The `Retry-After` of those answers, in seconds. 1.
    pub export_retry_after: u64,
    /// Where the request log goes; nowhere when absent.
    pub log: Option<Log>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            port: 8788,
            members: 50,
            seed: 1,
            data: Vec::new(),
            client_secret: None,
            backend_keys: Vec::new(),
            refresh_tokens: false,
            sends_issuer: false,
            faults: Vec::new(),
            tls: false,
            resources_per_member: None,
            page_size: 1_000,
            code_lifetime: Duration::from_secs(3_600),
            token_lifetime: Duration::from_secs(86_399),
            session_lifetime: Duration::from_secs(20 * 60),
            export_polls: 2,
            export_retry_after: 1,
            log: None,
        }
    }
}
