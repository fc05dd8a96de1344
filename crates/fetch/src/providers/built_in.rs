//! The providers that come with fhirkit, written as a user would write them.

use super::read;
use crate::provider::Provider;

/// Blue Cross NC's payer-to-payer sandbox, as its developer page describes it. The page spells the base
/// `payer-topayer` as well, and authorize with a slash at its end: both are configuration. Its client is registered
/// for one web page as redirect URI, which shows the code: so the code is pasted.
///
/// `sandbox` is `fhirkit sandbox`, whose endpoints are discovered.
const TEXT: &str = r#"
[provider.bcbsnc-sandbox]
fhir_base = "https://apiservicessb-ext.bcbsnc.com/fhir/sb/R4/payer-to-payer"
authorize_url = "https://oauthp2psb.bcbsnc.com/CMSP2PMemberSB/sps/oauth/oauth20/authorize"
token_url = "https://oauthp2psb.bcbsnc.com/CMSP2PMemberSB/sps/oauth/oauth20/token"
userinfo_url = "https://apiservicessb-ext.bcbsnc.com/v1/connect/userinfo"
client_id = "AJMP7iHHEfegyn2PMzTj"
client_secret = { env = "BCBSNC_CLIENT_SECRET" }
redirect_uri = "https://oidcdebugger.com/debug"
scopes = ["openid", "read", "profile", "clinical"]
aud = false

[provider.sandbox]
fhir_base = "http://127.0.0.1:8788/fhir/sb/R4/payer-to-payer"
client_id = "fhirkit"
redirect_uri = "http://127.0.0.1/callback"
scopes = ["openid", "read", "profile", "clinical"]
"#;

/// All of them. That the text reads is what the test below is for; were it broken, there would be none.
pub(super) fn all() -> Vec<Provider> {
    read::read(&[], TEXT, "built in").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::provider::{PkceMethod, SecretSource};
    use crate::providers::{Providers, toml_of};

    #[test]
    fn the_payer_is_complete_but_for_its_secret() {
        let providers = Providers::built_in();
        let payer = providers.get("bcbsnc-sandbox").unwrap();
        assert_eq!(payer.client_secret, Some(SecretSource::Variable("BCBSNC_CLIENT_SECRET".into())));
        assert_eq!(payer.pkce, PkceMethod::S256);
        assert!(payer.authorize_url.is_some() && payer.token_url.is_some() && payer.userinfo_url.is_some());
        assert_eq!(payer.scopes.join(" "), "openid read profile clinical");
        assert!(providers.get("sandbox").unwrap().client_secret.is_none());
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        let built_in = Providers::built_in();
        for name in built_in.names() {
            let provider = built_in.get(name).unwrap();
            let mut again = Providers { all: Vec::new() };
            again.read(&toml_of(provider), "again.toml").unwrap();
            assert_eq!(again.get(name).unwrap(), provider);
        }
    }
}
