//! Texts that are never shown, and where a client's secret comes from.

use std::fmt;
use std::fs::File;
use std::io::Read;

use serde::{Deserialize, Serialize};

use super::keyring;
use crate::error::{Error, ErrorKind, Result};
use crate::provider::{Provider, SecretSource};

/// A token, secret or code. Its `Debug` says `[redacted]`; it has no `Display`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps `text`.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// A secret of more is no secret but the wrong file.
const LONGEST: u64 = 64 << 10;

/// The secret of `provider`'s client; `None` for a public client.
pub(crate) fn client_secret(provider: &Provider) -> Result<Option<Secret>> {
    let Some(source) = &provider.client_secret else { return Ok(None) };
    let text = match source {
        SecretSource::Variable(name) => std::env::var(name).map_err(|_| {
            let message = format!("the client secret of `{}` is not in `{name}`", provider.name);
            Error::new(ErrorKind::Configuration, message).with_help(format!(
                "set the environment variable `{name}` to what the payer gave you at registration"
            ))
        })?,
        SecretSource::File(path) => {
            let failed = |error: std::io::Error| {
                let message = format!("the client secret in `{}` cannot be read", path.display());
                Error::new(ErrorKind::Configuration, message).with_source(error)
            };
            let mut text = String::new();
            File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text)).map_err(failed)?;
            text
        }
        SecretSource::Keyring => keyring::get(&in_keyring(&provider.name)).ok_or_else(|| {
            let why = if keyring::IS_BUILT_IN {
                "is not in the keyring"
            } else {
                "is in a keyring, which this build cannot open"
            };
            let message = format!("the client secret of `{}` {why}", provider.name);
            Error::new(ErrorKind::Configuration, message)
                .with_help("write client_secret = { env = \"NAME\" } or { file = \"PATH\" }")
        })?,
    };
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        let message = format!("the client secret of `{}` is empty", provider.name);
        return Err(Error::new(ErrorKind::Configuration, message));
    }
    Ok(Some(Secret::new(text)))
}

/// Puts the secret of the client of `provider` into the keyring, where `client_secret = "keyring"` finds it.
///
/// # Errors
/// [`ErrorKind::Store`] when there is no keyring, or it does not take it.
pub fn keep_client_secret(provider: &str, secret: &Secret) -> Result<()> {
    if keyring::set(&in_keyring(provider), secret.reveal()) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Store, "there is no keyring that takes the secret")
        .with_help("keep it in an environment variable, or in a file that only you can read"))
}

fn in_keyring(provider: &str) -> String {
    format!("{provider} client secret")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_a_file_loses_its_line_end_and_is_never_shown() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "hunter2 \r\n").unwrap();
        let mut provider = Provider::new("x", "https://f.example/fhir".parse().unwrap());
        provider.client_secret = Some(SecretSource::File(file.path().to_owned()));
        let secret = client_secret(&provider).unwrap().unwrap();
        assert_eq!(secret.reveal(), "hunter2 ");
        assert_eq!(format!("{secret:?}"), "[redacted]");
        std::fs::write(file.path(), "\n").unwrap();
        assert!(client_secret(&provider).unwrap_err().to_string().contains("is empty"));
    }

    #[test]
    fn a_build_or_machine_without_keyring_says_so() {
        let mut provider = Provider::new("no-such-provider", "https://f.example/fhir".parse().unwrap());
        provider.client_secret = Some(SecretSource::Keyring);
        let error = client_secret(&provider).unwrap_err();
        assert!(error.to_string().contains("keyring") && error.help().unwrap().contains("env"));
    }

    #[test]
    fn a_missing_variable_is_named() {
        let mut provider = Provider::new("x", "https://f.example/fhir".parse().unwrap());
        provider.client_secret = Some(SecretSource::Variable("FHIRKIT_NO_SUCH_SECRET".to_owned()));
        let error = client_secret(&provider).unwrap_err();
        assert!(error.to_string().contains("`FHIRKIT_NO_SUCH_SECRET`"));
    }
}
