//! Where a provider's endpoints are: as configured, else as its SMART configuration says, else as its
//! CapabilityStatement says (SMART App Launch 2.2, "Conformance"; 1.0 for the extension).

use serde::Deserialize;
use url::Url;

use crate::auth::{Transport, get, shape};
use crate::error::{Error, ErrorKind, Result};
use crate::http::is_loopback;
use crate::provider::Provider;
use crate::redact;

/// The endpoints that a sign-in uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Where a member signs in; Backend Services do without.
    pub authorize: Option<Url>,
    /// Where a code, a refresh token or an assertion becomes a token.
    pub token: Url,
    /// Who the member is.
    pub userinfo: Option<Url>,
    /// Where a token is handed back.
    pub revocation: Option<Url>,
    /// The keys of `id_token`s.
    pub jwks: Option<Url>,
    /// Who issues `id_token`s, and the `iss` of redirects.
    pub issuer: Option<String>,
    /// Whether every redirect bears `iss` (RFC 9207, section 3), so that one without is refused.
    pub sends_issuer: bool,
}

/// The parts of a SMART configuration, and of an OpenID configuration, that matter here.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata {
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    userinfo_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
    jwks_uri: Option<String>,
    issuer: Option<String>,
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Capabilities {
    rest: Vec<Rest>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Rest {
    security: Security,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Security {
    extension: Vec<Extension>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Extension {
    url: String,
    value_uri: Option<String>,
    extension: Vec<Extension>,
}

/// The extension of a CapabilityStatement that names the endpoints.
const OAUTH_URIS: &str = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";

/// Finds the endpoints of `provider`. What is configured holds, and where both sign-in endpoints are, nothing is
/// asked but for the keys of a configured issuer.
///
/// # Errors
/// A failure of the network; [`ErrorKind::Configuration`] when no token endpoint is to be found;
/// [`ErrorKind::Mismatch`] for endpoints that are neither https nor on this machine, or an issuer that is another.
pub async fn discover(provider: &Provider, transport: &dyn Transport) -> Result<Endpoints> {
    let mut search = Search { provider, transport, found: Metadata::default(), tried: Vec::new() };
    if provider.token_url.is_none() || provider.authorize_url.is_none() {
        search.smart_configuration().await?;
        if search.found.token_endpoint.is_none() {
            search.capability_statement().await?;
        }
    }
    if provider.jwks_url.is_none() && search.found.jwks_uri.is_none() {
        search.openid_configuration().await?;
    }
    search.endpoints()
}

struct Search<'a> {
    provider: &'a Provider,
    transport: &'a dyn Transport,
    found: Metadata,
    /// What was tried in vain, for the message.
    tried: Vec<String>,
}

impl Search<'_> {
    async fn smart_configuration(&mut self) -> Result<()> {
        let url = below(self.provider.fhir_base.as_str(), ".well-known/smart-configuration")?;
        if let Some(found) = self.ask(&url, "the SMART configuration").await? {
            self.found = found;
        }
        Ok(())
    }

    async fn capability_statement(&mut self) -> Result<()> {
        let url = below(self.provider.fhir_base.as_str(), "metadata")?;
        let Some(statement) = self.ask::<Capabilities>(&url, "the CapabilityStatement").await? else {
            return Ok(());
        };
        let extensions = statement.rest.into_iter().flat_map(|rest| rest.security.extension);
        let uris =
            extensions.filter(|extension| extension.url == OAUTH_URIS).flat_map(|found| found.extension);
        for uri in uris {
            match uri.url.as_str() {
                "authorize" => self.found.authorization_endpoint = uri.value_uri,
                "token" => self.found.token_endpoint = uri.value_uri,
                "revoke" => self.found.revocation_endpoint = uri.value_uri,
                _ => {}
            }
        }
        if self.found.token_endpoint.is_none() {
            self.tried.push("the CapabilityStatement names no `oauth-uris`".to_owned());
        }
        Ok(())
    }

    /// The keys of the issuer, where only its name is known (OpenID Connect Discovery 1.0, section 4).
    async fn openid_configuration(&mut self) -> Result<()> {
        let issuer = self.provider.issuer.clone().or_else(|| self.found.issuer.clone());
        let Some(issuer) = issuer else { return Ok(()) };
        self.safe(&issuer, "the issuer")?;
        let url = below(&issuer, ".well-known/openid-configuration")?;
        let Some(found) = self.ask::<Metadata>(&url, "the OpenID configuration").await? else {
            return Ok(());
        };
        if found.issuer.as_deref() != Some(issuer.as_str()) {
            let message = "the OpenID configuration is that of another issuer";
            return Err(Error::new(ErrorKind::Mismatch, message));
        }
        self.found.jwks_uri = found.jwks_uri;
        self.found.userinfo_endpoint = self.found.userinfo_endpoint.take().or(found.userinfo_endpoint);
        self.found.issuer = Some(issuer);
        self.found.authorization_response_iss_parameter_supported |=
            found.authorization_response_iss_parameter_supported;
        Ok(())
    }

    /// What stands at `url`; `None`, and a note of what was there instead, when it is not what is wanted.
    async fn ask<T: for<'de> Deserialize<'de>>(&mut self, url: &Url, what: &str) -> Result<Option<T>> {
        let response = self.transport.send(get(url, None)?).await?;
        let status = response.status();
        if !status.is_success() {
            self.tried.push(format!("{what} answers {}", status.as_u16()));
            return Ok(None);
        }
        // Their text may be anything: the cause would repeat it, so only its shape is told.
        let parsed = serde_json::from_slice(response.body());
        if parsed.is_err() {
            self.tried.push(format!("{what} is {}", shape(&response)));
        }
        Ok(parsed.ok())
    }

    fn endpoints(&self) -> Result<Endpoints> {
        let pick = |configured: &Option<Url>, found: &Option<String>, what: &str| match (configured, found) {
            (Some(url), _) => Ok(Some(url.clone())),
            (None, Some(text)) => self.safe(text, what).map(Some),
            (None, None) => Ok(None),
        };
        let (provider, found) = (self.provider, &self.found);
        let Some(token) = pick(&provider.token_url, &found.token_endpoint, "the token endpoint")? else {
            return Err(self.nowhere());
        };
        Ok(Endpoints {
            authorize: pick(
                &provider.authorize_url,
                &found.authorization_endpoint,
                "the authorization endpoint",
            )?,
            token,
            userinfo: pick(
                &provider.userinfo_url,
                &found.userinfo_endpoint,
                "the user information endpoint",
            )?,
            revocation: pick(
                &provider.revocation_url,
                &found.revocation_endpoint,
                "the revocation endpoint",
            )?,
            jwks: pick(&provider.jwks_url, &found.jwks_uri, "the place of the keys")?,
            issuer: provider.issuer.clone().or_else(|| found.issuer.clone()),
            sends_issuer: found.authorization_response_iss_parameter_supported,
        })
    }

    /// A URL that the server named: https, or on this machine if the server itself is.
    fn safe(&self, text: &str, what: &str) -> Result<Url> {
        let refused = |why: &str| {
            let message = format!("{what} that `{}` names {why}", redact::url(&self.provider.fhir_base));
            Error::new(ErrorKind::Mismatch, message)
        };
        let url = Url::parse(text).map_err(|_| refused("is no URL"))?;
        if !is_safe(&url) || (is_loopback(&url) && !is_loopback(&self.provider.fhir_base)) {
            return Err(refused("is not https"));
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(refused("holds a user name, a password or a fragment"));
        }
        Ok(url)
    }

    fn nowhere(&self) -> Error {
        let base = redact::url(&self.provider.fhir_base);
        let why = if self.tried.is_empty() { "it names none".to_owned() } else { self.tried.join("; ") };
        Error::new(ErrorKind::Configuration, format!("no sign-in was found at `{base}`: {why}")).with_help(
            format!(
                "check `fhir_base`, or give `authorize_url` and `token_url` in [provider.{}]",
                self.provider.name
            ),
        )
    }
}

/// Whether a secret may be sent to `url`: https, or http that does not leave this machine.
pub(crate) fn is_safe(url: &Url) -> bool {
    url.has_host() && (url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url)))
}

fn below(base: &str, path: &str) -> Result<Url> {
    Url::parse(&format!("{}/{path}", base.trim_end_matches('/')))
        .map_err(|_| Error::new(ErrorKind::Configuration, "a base that no path can be added to"))
}

#[cfg(test)]
#[path = "discovery_tests.rs"]
mod tests;
