//! A payer or other server that a member's record is fetched from: where it is, and as whom one asks.

use url::Url;

/// One `[provider.NAME]` of `fhirkit.toml`, or a built-in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its name: lower-case letters, digits and hyphens.
    pub name: String,
    /// The base of its FHIR R4 API, without a slash at its end.
    pub fhir_base: Url,
    /// Where a member signs in; discovered when absent.
    pub authorize_url: Option<Url>,
    /// Where a code becomes a token; discovered when absent.
    pub token_url: Option<Url>,
    /// Who the member is, by OpenID Connect; discovered when absent.
    pub userinfo_url: Option<Url>,
    /// Where a token is handed back (RFC 7009); discovered when absent.
    pub revocation_url: Option<Url>,
    /// The issuer of its `id_token`s and of the `iss` of its redirects; discovered when absent.
    pub issuer: Option<String>,
    /// The keys of its `id_token`s; discovered when absent.
    pub jwks_url: Option<Url>,
    /// As which client one asks.
    pub client_id: Option<String>,
    /// Where the client's secret is found; a public client has none.
    pub client_secret: Option<SecretSource>,
    /// How the secret is sent.
    pub client_auth: ClientAuth,
    /// Where the browser lands with the code. On a loopback host fhirkit listens there; elsewhere one pastes.
    pub redirect_uri: Option<Url>,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// How the code is bound to this client.
    pub pkce: PkceMethod,
    /// Whether `aud` is sent (SMART App Launch 2.2, "aud").
    pub sends_audience: bool,
    /// How Backend Services signs in, for `fetch --bulk`.
    pub backend: Option<Backend>,
}

impl Provider {
    /// A provider of which only name and base are known: a public client that signs nobody in yet.
    pub fn new(name: impl Into<String>, fhir_base: Url) -> Provider {
        Provider {
            name: name.into(),
            fhir_base,
            authorize_url: None,
            token_url: None,
            userinfo_url: None,
            revocation_url: None,
            issuer: None,
            jwks_url: None,
            client_id: None,
            client_secret: None,
            client_auth: ClientAuth::default(),
            redirect_uri: None,
            scopes: Vec::new(),
            pkce: PkceMethod::default(),
            sends_audience: true,
            backend: None,
        }
    }
}

/// How a confidential client shows its secret at the token endpoint (RFC 6749, section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientAuth {
    /// `client_id` and `client_secret` in the form, as the payer's page shows it.
    #[default]
    Body,
    /// `Authorization: Basic`.
    Basic,
}

/// Where a secret is found; never its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// In an environment variable.
    Variable(String),
    /// In a file, without the line end at its end.
    File(std::path::PathBuf),
    /// In the keyring of the operating system, under the provider's name.
    Keyring,
}

/// The `code_challenge_method` of RFC 7636.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PkceMethod {
    /// SHA-256, always but for a server that does not know it.
    #[default]
    S256,
    /// The verifier itself: only by explicit configuration.
    Plain,
}

/// SMART Backend Services: `private_key_jwt` (SMART App Launch 2.2, "Backend Services").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend {
    /// The private key, PEM.
    pub key_file: std::path::PathBuf,
    /// The `kid` of its public half at the server.
    pub key_id: Option<String>,
    /// `RS384` or `ES384`.
    pub algorithm: BackendAlgorithm,
    /// What is asked for, `system/*.read` and the like.
    pub scopes: Vec<String>,
}

/// The two algorithms that Backend Services names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackendAlgorithm {
    /// RSA with SHA-384.
    Rs384,
    /// ECDSA on P-384 with SHA-384.
    Es384,
}
