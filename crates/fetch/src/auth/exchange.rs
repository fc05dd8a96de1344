//! The token endpoint: a code, a refresh token or an assertion in, a token out. Also the way back (RFC 7009).

use std::borrow::Cow;

use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
};
use oauth2::http::StatusCode;
use oauth2::http::header::CONTENT_TYPE;
use oauth2::{
    AuthType, AuthorizationCode, Client, ClientId, ClientSecret, EndpointNotSet, EndpointSet, RedirectUrl,
    RefreshToken, RequestTokenError, Scope, StandardRevocableToken, TokenUrl,
};
use url::Url;

use super::grant::Grant;
use super::question::Question;
use super::reply::TokenReply;
use super::secret::{Secret, client_secret};
use super::told::told;
use super::transport::{Answer, LARGEST_REPLY, Transport, post, shape};
use crate::error::{Error, ErrorKind, Result};
use crate::provider::{ClientAuth, Provider};

type OAuthClient = Client<
    BasicErrorResponse,
    TokenReply,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// Who asks, where.
pub(crate) struct TokenEndpoint<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) url: &'a Url,
    pub(crate) transport: &'a dyn Transport,
}

impl TokenEndpoint<'_> {
    /// A code becomes a token (RFC 6749, section 4.1.3; RFC 7636, section 4.5).
    pub(crate) async fn redeem(&self, code: &Secret, question: Question) -> Result<TokenReply> {
        let secret = client_secret(self.provider)?;
        let verifier = question.verifier.secret().clone();
        let client = self.client(secret.as_ref())?;
        let request = client
            .exchange_code(AuthorizationCode::new(code.reveal().to_owned()))
            .set_redirect_uri(Cow::Owned(RedirectUrl::from_url(question.redirect)))
            .set_pkce_verifier(question.verifier);
        let send = |request| tame(self.transport.send(request));
        let reply = request.request_async(&send).await;
        let secrets = [code.reveal(), &verifier, secret.as_ref().map_or("", Secret::reveal)];
        reply.map_err(|error| {
            self.failed(error, &secrets, |words| {
                Error::new(ErrorKind::Denied, format!("the server does not accept the code ({words})"))
                    .with_help(format!(
                        "a code is good once, and not for long: fhirkit login {}",
                        self.provider.name
                    ))
            })
        })
    }

    /// A refresh token becomes a token, and perhaps another refresh token (RFC 6749, section 6).
    pub(crate) async fn refresh(&self, token: &Secret) -> Result<TokenReply> {
        let secret = client_secret(self.provider)?;
        let client = self.client(secret.as_ref())?;
        let refresh = RefreshToken::new(token.reveal().to_owned());
        let request = client.exchange_refresh_token(&refresh);
        let send = |request| tame(self.transport.send(request));
        let reply = request.request_async(&send).await;
        let secrets = [token.reveal(), secret.as_ref().map_or("", Secret::reveal)];
        reply.map_err(|error| {
            self.failed(error, &secrets, |words| {
                let name = &self.provider.name;
                Error::new(
                    ErrorKind::Expired,
                    format!("the sign-in at `{name}` can no longer be renewed ({words})"),
                )
                .with_help(format!("fhirkit login {name}"))
            })
        })
    }

    /// A signed assertion becomes a token (RFC 7523, section 2.2; SMART Backend Services).
    pub(crate) async fn assert(&self, assertion: &Secret, scopes: &[String]) -> Result<TokenReply> {
        let client = self.client(None)?;
        let request = client
            .exchange_client_credentials()
            .add_scopes(scopes.iter().cloned().map(Scope::new))
            .add_extra_param(
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            )
            .add_extra_param("client_assertion", assertion.reveal());
        let send = |request| tame(self.transport.send(request));
        let reply = request.request_async(&send).await;
        reply.map_err(|error| {
            self.failed(error, &[assertion.reveal()], |words| {
                Error::new(ErrorKind::Denied, format!("the server does not accept the assertion ({words})"))
                    .with_help("check the clock, and that the server has the public half of the key")
            })
        })
    }

    fn client(&self, secret: Option<&Secret>) -> Result<OAuthClient> {
        let client = Client::new(ClientId::new(client_id(self.provider)?.to_owned()))
            .set_token_uri(TokenUrl::from_url(self.url.clone()))
            .set_auth_type(match self.provider.client_auth {
                ClientAuth::Body => AuthType::RequestBody,
                ClientAuth::Basic => AuthType::BasicAuth,
            });
        Ok(match secret {
            Some(secret) => client.set_client_secret(ClientSecret::new(secret.reveal().to_owned())),
            None => client,
        })
    }

    /// The error in our words; `grant` makes that of `invalid_grant`. Nothing of a body that was not understood is
    /// repeated, nor kept as the cause: it may hold a token.
    fn failed(
        &self,
        error: RequestTokenError<Error, BasicErrorResponse>,
        secrets: &[&str],
        grant: impl Fn(&str) -> Error,
    ) -> Error {
        let response = match error {
            RequestTokenError::Request(error) => return error,
            RequestTokenError::ServerResponse(response) => response,
            RequestTokenError::Parse(error, _) => {
                let why = if error.inner().is_data() { "no token that can be used" } else { "no token" };
                let message = format!("the token endpoint of `{}` answers with {why}", self.provider.name);
                return Error::new(ErrorKind::Mismatch, message);
            }
            RequestTokenError::Other(_) => {
                let message = format!("the token endpoint of `{}` answers with nothing", self.provider.name);
                return Error::new(ErrorKind::Mismatch, message);
            }
        };
        let mut words = format!("`{}`", told(response.error().as_ref(), secrets));
        let description = response.error_description().map(|text| told(text, secrets));
        if let Some(description) = description.filter(|text| !text.is_empty()) {
            words = format!("{words}: {description}");
        }
        match response.error() {
            BasicErrorResponseType::InvalidGrant => grant(&words),
            BasicErrorResponseType::InvalidClient | BasicErrorResponseType::UnauthorizedClient => {
                Error::new(ErrorKind::Denied, format!("the server does not accept the client ({words})"))
                    .with_help(format!(
                        "check `client_id`, `client_secret` and `client_auth` of [provider.{}]",
                        self.provider.name
                    ))
            }
            _ => Error::new(ErrorKind::Denied, format!("the token endpoint refuses ({words})")),
        }
    }
}

/// Makes an answer one that RFC 6749 knows, or an error: servers send tokens under any content type, errors with
/// status 200, and pages for people.
async fn tame(answer: Answer) -> Result<super::HttpResponse> {
    let mut response = answer.await?;
    let status = response.status();
    if status.is_redirection() {
        let message = "the token endpoint redirects, which is not followed: what is secret would go with it";
        return Err(Error::new(ErrorKind::Redirect, message).with_help("check `token_url` of the provider"));
    }
    if response.body().len() > LARGEST_REPLY {
        return Err(Error::new(ErrorKind::TooLarge, "the token endpoint answers with more than 1 MiB"));
    }
    let fields: Option<serde_json::Map<String, serde_json::Value>> =
        serde_json::from_slice(response.body()).ok();
    let has = |key: &str| {
        fields.as_ref().is_some_and(|fields| fields.get(key).is_some_and(serde_json::Value::is_string))
    };
    if !status.is_success() && !has("error") {
        let message = format!("the token endpoint answers {} without saying why", status.as_u16());
        return Err(Error::new(ErrorKind::Status, message).with_help("check `token_url` of the provider"));
    }
    if fields.is_none() {
        let message =
            format!("the token endpoint answers with something else than a token: {}", shape(&response));
        return Err(Error::new(ErrorKind::NotFhir, message).with_help("check `token_url` of the provider"));
    }
    let is_token = status.is_success() && (has("access_token") || !has("error"));
    *response.status_mut() = if is_token { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    response.headers_mut().remove(CONTENT_TYPE);
    Ok(response)
}

/// Hands the tokens of `grant` back, the refresh token first: with it a server takes back both. Gives whether the
/// server has a place for that.
///
/// # Errors
/// A failure of the network, or [`ErrorKind::Status`] for an answer that is no success.
pub async fn revoke(provider: &Provider, grant: &Grant, transport: &dyn Transport) -> Result<bool> {
    let configured = provider.revocation_url.clone();
    let Some(url) = configured.or_else(|| grant.revocation_url()) else { return Ok(false) };
    let secret = client_secret(provider)?;
    let tokens = [(grant.refresh_token(), "refresh_token"), (Some(grant.access_token()), "access_token")];
    for (token, hint) in tokens {
        let Some(token) = token else { continue };
        let form = [("token", token.reveal()), ("token_type_hint", hint)];
        let client = (client_id(provider)?, secret.as_ref().map(Secret::reveal), provider.client_auth);
        let status = transport.send(post(&url, &form, client)?).await?.status();
        if !status.is_success() {
            let message =
                format!("the server answers {} to the request to revoke the token", status.as_u16());
            return Err(Error::new(ErrorKind::Status, message));
        }
    }
    Ok(true)
}

fn client_id(provider: &Provider) -> Result<&str> {
    provider.client_id.as_deref().ok_or_else(|| {
        Error::new(ErrorKind::Configuration, format!("provider `{}` has no `client_id`", provider.name))
            .with_help(format!("add the id that you got at registration to [provider.{}]", provider.name))
    })
}

#[cfg(test)]
#[path = "exchange_tests.rs"]
mod tests;
