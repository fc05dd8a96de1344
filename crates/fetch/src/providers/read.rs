//! `[provider.NAME]` of TOML text, walked with the places of its keys so that every complaint has its line.

use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use url::Url;

use super::did_you_mean;
use crate::error::{Error, ErrorKind, Result};
use crate::provider::{Backend, BackendAlgorithm, ClientAuth, PkceMethod, Provider, SecretSource};

const KEYS: [&str; 15] = [
    "fhir_base",
    "authorize_url",
    "token_url",
    "userinfo_url",
    "revocation_url",
    "issuer",
    "jwks_url",
    "client_id",
    "client_secret",
    "client_auth",
    "redirect_uri",
    "scopes",
    "pkce",
    "aud",
    "backend",
];
const BACKEND_KEYS: [&str; 4] = ["key_file", "key_id", "algorithm", "scopes"];
const SECRET_KEYS: [&str; 2] = ["env", "file"];

/// `known` with the providers of `text` added or laid over those of the same name.
pub(super) fn read(known: &[Provider], text: &str, name: &str) -> Result<Vec<Provider>> {
    let file = File { name, text };
    let document = DeTable::parse(text)
        .map_err(|error| file.error(error.span().map_or(0, |span| span.start), error.message().to_owned()))?;
    let mut all = known.to_vec();
    for (key, value) in document.get_ref() {
        if key.get_ref() == "provider" {
            for (name, table) in file.table(value, "provider")? {
                file.provider(&mut all, name, table)?;
            }
        }
    }
    Ok(all)
}

struct File<'a> {
    name: &'a str,
    text: &'a str,
}

type Key<'t> = Spanned<std::borrow::Cow<'t, str>>;
type Value<'t> = Spanned<DeValue<'t>>;

impl File<'_> {
    fn provider(&self, all: &mut Vec<Provider>, name: &Key<'_>, table: &Value<'_>) -> Result<()> {
        let text = name.get_ref();
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if text.is_empty() || text.len() > 60 || !text.chars().all(is_plain) {
            let message = "a provider's name is made of lower-case letters, digits and hyphens, 60 at most";
            return Err(self.error(name.span().start, message));
        }
        let table = self.table(table, text)?;
        let existing = all.iter().position(|provider| provider.name == **text);
        let mut provider = match existing.and_then(|at| all.get(at)) {
            Some(provider) => provider.clone(),
            None => {
                let base = table.iter().find(|(key, _)| key.get_ref() == "fhir_base");
                let (_, base) = base.ok_or_else(|| {
                    self.error(name.span().start, format!("provider `{text}` has no `fhir_base`")).with_help(
                        "add the base URL of its FHIR API, for example fhir_base = \"https://…/R4\"",
                    )
                })?;
                Provider::new(text.as_ref(), self.url(base, "fhir_base")?)
            }
        };
        for (key, value) in table {
            self.set(&mut provider, key, value)?;
        }
        match existing.and_then(|at| all.get_mut(at)) {
            Some(place) => *place = provider,
            None => all.push(provider),
        }
        Ok(())
    }

    fn set(&self, provider: &mut Provider, key: &Key<'_>, value: &Value<'_>) -> Result<()> {
        let name = key.get_ref().as_ref();
        match name {
            "fhir_base" => provider.fhir_base = self.base(value)?,
            "authorize_url" => provider.authorize_url = Some(self.url(value, name)?),
            "token_url" => provider.token_url = Some(self.url(value, name)?),
            "userinfo_url" => provider.userinfo_url = Some(self.url(value, name)?),
            "revocation_url" => provider.revocation_url = Some(self.url(value, name)?),
            "jwks_url" => provider.jwks_url = Some(self.url(value, name)?),
            "issuer" => provider.issuer = Some(self.string(value, name)?.to_owned()),
            "client_id" => provider.client_id = Some(self.string(value, name)?.to_owned()),
            "client_secret" => provider.client_secret = Some(self.secret(value)?),
            "client_auth" => {
                let ways = [("body", ClientAuth::Body), ("basic", ClientAuth::Basic)];
                provider.client_auth = self.one_of(value, name, &ways)?;
            }
            "redirect_uri" => provider.redirect_uri = Some(self.redirect(value)?),
            "scopes" => provider.scopes = self.scopes(value, name)?,
            "pkce" => {
                let methods = [("S256", PkceMethod::S256), ("plain", PkceMethod::Plain)];
                provider.pkce = self.one_of(value, name, &methods)?;
            }
            "aud" => {
                provider.sends_audience =
                    value.get_ref().as_bool().ok_or_else(|| self.wrong(value, name, "true or false"))?;
            }
            "backend" => provider.backend = Some(self.backend(value)?),
            _ => return Err(self.unknown(key, &KEYS)),
        }
        Ok(())
    }

    /// The secret's place. Its text in the file is refused: files get committed.
    fn secret(&self, value: &Value<'_>) -> Result<SecretSource> {
        if value.get_ref().as_str() == Some("keyring") {
            return Ok(SecretSource::Keyring);
        }
        let Some(table) = value.get_ref().as_table() else {
            let message = "a secret does not stand in this file; `client_secret` says where it is";
            let help = "write client_secret = { env = \"NAME\" }, { file = \"PATH\" } or \"keyring\"";
            return Err(self.error(value.span().start, message).with_help(help));
        };
        let mut places = table.iter();
        let (Some((key, place)), None) = (places.next(), places.next()) else {
            return Err(self.wrong(value, "client_secret", "one of `env` and `file`"));
        };
        match key.get_ref().as_ref() {
            "env" => Ok(SecretSource::Variable(self.string(place, "env")?.to_owned())),
            "file" => Ok(SecretSource::File(self.path(place, "file")?)),
            _ => Err(self.unknown(key, &SECRET_KEYS)),
        }
    }

    fn backend(&self, value: &Value<'_>) -> Result<Backend> {
        let mut key_file = None;
        let mut backend = Backend {
            key_file: PathBuf::new(),
            key_id: None,
            algorithm: BackendAlgorithm::Rs384,
            scopes: vec!["system/*.read".to_owned()],
        };
        for (key, value) in self.table(value, "backend")? {
            let name = key.get_ref().as_ref();
            match name {
                "key_file" => key_file = Some(self.path(value, name)?),
                "key_id" => backend.key_id = Some(self.string(value, name)?.to_owned()),
                "algorithm" => {
                    let known = [("RS384", BackendAlgorithm::Rs384), ("ES384", BackendAlgorithm::Es384)];
                    backend.algorithm = self.one_of(value, name, &known)?;
                }
                "scopes" => backend.scopes = self.scopes(value, name)?,
                _ => return Err(self.unknown(key, &BACKEND_KEYS)),
            }
        }
        backend.key_file = key_file.ok_or_else(|| {
            self.error(value.span().start, "`backend` has no `key_file`: the private key, as PEM")
        })?;
        Ok(backend)
    }

    /// A FHIR base: without the slash at its end, and without a query.
    fn base(&self, value: &Value<'_>) -> Result<Url> {
        let mut url = self.url(value, "fhir_base")?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(self.wrong(value, "fhir_base", "a URL without `?` and `#`"));
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(url)
    }

    /// An endpoint: https, or http on this machine.
    fn url(&self, value: &Value<'_>, name: &str) -> Result<Url> {
        let url = Url::parse(self.string(value, name)?);
        let url = url.map_err(|_| self.wrong(value, name, "a URL"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(self.wrong(value, name, "a URL without user name and password"));
        }
        if !crate::discovery::is_safe(&url) {
            return Err(self.wrong(
                value,
                name,
                "an https URL (http only on 127.0.0.1, [::1] and localhost)",
            ));
        }
        Ok(url)
    }

    /// A redirect URI: https, http on this machine, or a scheme of one's own (RFC 8252, section 7).
    fn redirect(&self, value: &Value<'_>) -> Result<Url> {
        let text = self.string(value, "redirect_uri")?;
        let url = Url::parse(text).map_err(|_| self.wrong(value, "redirect_uri", "a URL"))?;
        let dangerous = matches!(url.scheme(), "javascript" | "data" | "file" | "ftp" | "ws" | "wss");
        if url.fragment().is_some()
            || dangerous
            || (url.scheme() == "http" && !crate::discovery::is_safe(&url))
        {
            let wanted = "https, http on 127.0.0.1, [::1] or localhost, or a scheme of your own; without `#`";
            return Err(self.wrong(value, "redirect_uri", wanted));
        }
        Ok(url)
    }

    /// Scopes as a list, or as one text with spaces between them.
    fn scopes(&self, value: &Value<'_>, name: &str) -> Result<Vec<String>> {
        let wrong = || self.wrong(value, name, "a list of strings");
        let texts = match value.get_ref() {
            DeValue::String(text) => text.split_whitespace().map(str::to_owned).collect(),
            DeValue::Array(items) => items
                .iter()
                .map(|item| item.get_ref().as_str().map(str::to_owned).ok_or_else(wrong))
                .collect::<Result<Vec<String>>>()?,
            _ => return Err(wrong()),
        };
        let fits =
            |scope: &String| !scope.is_empty() && scope.bytes().all(|byte| (0x21..0x7f).contains(&byte));
        if texts.iter().all(fits) { Ok(texts) } else { Err(self.wrong(value, name, "scopes without spaces")) }
    }

    /// A path; one that is not absolute starts at the folder of this file.
    fn path(&self, value: &Value<'_>, name: &str) -> Result<PathBuf> {
        let path = PathBuf::from(self.string(value, name)?);
        Ok(Path::new(self.name).parent().map(|folder| folder.join(&path)).unwrap_or(path))
    }

    fn one_of<T: Copy>(&self, value: &Value<'_>, name: &str, known: &[(&str, T)]) -> Result<T> {
        let text = self.string(value, name)?;
        known.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning).ok_or_else(|| {
            let words: Vec<String> = known.iter().map(|(word, _)| format!("`{word}`")).collect();
            self.wrong(value, name, &words.join(" or "))
        })
    }

    fn string<'v>(&self, value: &'v Value<'_>, name: &str) -> Result<&'v str> {
        let text = value.get_ref().as_str().ok_or_else(|| self.wrong(value, name, "a string"))?;
        if text.is_empty() { Err(self.wrong(value, name, "a string that is not empty")) } else { Ok(text) }
    }

    fn table<'v, 't>(&self, value: &'v Value<'t>, name: &str) -> Result<&'v DeTable<'t>> {
        value.get_ref().as_table().ok_or_else(|| self.wrong(value, name, "a table"))
    }

    fn unknown(&self, key: &Key<'_>, known: &[&str]) -> Error {
        let shown: String = key.get_ref().escape_debug().take(60).collect();
        let error = self.error(key.span().start, format!("`{shown}` is not a setting of a provider"));
        let help = did_you_mean(key.get_ref(), known);
        error.with_help(help.unwrap_or_else(|| format!("known are {}", known.join(", "))))
    }

    /// Says what is wanted; never what stands there, which may be a secret in the wrong place.
    fn wrong(&self, value: &Value<'_>, name: &str, wanted: &str) -> Error {
        self.error(value.span().start, format!("`{name}` must be {wanted}"))
    }

    fn error(&self, at: usize, message: impl Into<String>) -> Error {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        Error::new(ErrorKind::Configuration, format!("{}:{line}: {}", self.name, message.into()))
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
