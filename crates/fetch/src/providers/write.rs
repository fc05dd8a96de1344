//! A provider as the TOML that `init provider` writes: every setting with what it is for.

use std::fmt::Write;

use crate::provider::{BackendAlgorithm, ClientAuth, PkceMethod, Provider, SecretSource};

/// `provider` as `[provider.NAME]`, with comments; settings that are absent stand there commented out.
pub fn toml_of(provider: &Provider) -> String {
    let mut page = Page { text: format!("[provider.{}]\n", provider.name) };
    page.setting("the base of its FHIR R4 API", "fhir_base", Some(string(provider.fhir_base.as_str())));
    page.note("the endpoints of its sign-in; what is absent is discovered from the base");
    let endpoints = [
        ("authorize_url", &provider.authorize_url),
        ("token_url", &provider.token_url),
        ("userinfo_url", &provider.userinfo_url),
        ("revocation_url", &provider.revocation_url),
        ("jwks_url", &provider.jwks_url),
    ];
    for (key, url) in endpoints {
        page.line(key, url.as_ref().map(|url| string(url.as_str())));
    }
    page.line("issuer", provider.issuer.as_deref().map(string));
    page.setting(
        "as which client fhirkit asks; how you registered there",
        "client_id",
        provider.client_id.as_deref().map(string),
    );
    let secret = provider.client_secret.as_ref().map(|source| match source {
        SecretSource::Variable(name) => format!("{{ env = {} }}", string(name)),
        SecretSource::File(path) => format!("{{ file = {} }}", string(&path.to_string_lossy())),
        SecretSource::Keyring => string("keyring"),
    });
    let about =
        "where its secret is, never the secret: { env = \"NAME\" }, { file = \"PATH\" } or \"keyring\"";
    page.setting(about, "client_secret", secret);
    let way = if provider.client_auth == ClientAuth::Basic { "basic" } else { "body" };
    page.setting("how the secret is sent: \"body\" or \"basic\"", "client_auth", Some(string(way)));
    page.setting(
        "where the browser lands; on 127.0.0.1 fhirkit listens (any port if none is given), elsewhere you paste",
        "redirect_uri",
        provider.redirect_uri.as_ref().map(|url| string(url.as_str())),
    );
    page.setting("what is asked for", "scopes", Some(strings(&provider.scopes)));
    let method = if provider.pkce == PkceMethod::Plain { "plain" } else { "S256" };
    page.setting(
        "PKCE: \"S256\", or \"plain\" for a server that knows no better",
        "pkce",
        Some(string(method)),
    );
    let audience = Some(provider.sends_audience.to_string());
    page.setting("whether the base is sent as `aud`, as SMART App Launch wants it", "aud", audience);
    if let Some(backend) = &provider.backend {
        _ = write!(
            page.text,
            "\n# Backend Services, for `fhirkit fetch --bulk`\n[provider.{}.backend]\n",
            provider.name
        );
        page.line("key_file", Some(string(&backend.key_file.to_string_lossy())));
        page.line("key_id", backend.key_id.as_deref().map(string));
        let algorithm = match backend.algorithm {
            BackendAlgorithm::Rs384 => "RS384",
            BackendAlgorithm::Es384 => "ES384",
        };
        page.line("algorithm", Some(string(algorithm)));
        page.line("scopes", Some(strings(&backend.scopes)));
    }
    page.text
}

struct Page {
    text: String,
}

impl Page {
    fn setting(&mut self, about: &str, key: &str, value: Option<String>) {
        self.note(about);
        self.line(key, value);
    }

    fn note(&mut self, about: &str) {
        _ = writeln!(self.text, "# {about}");
    }

    fn line(&mut self, key: &str, value: Option<String>) {
        _ = match value {
            Some(value) => writeln!(self.text, "{key} = {value}"),
            None => writeln!(self.text, "# {key} = \"\""),
        };
    }
}

fn string(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn strings(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| string(text)).collect();
    format!("[{}]", quoted.join(", "))
}
