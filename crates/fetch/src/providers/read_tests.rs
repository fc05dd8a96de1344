use super::*;
use crate::providers::Providers;

fn refused(text: &str) -> (String, String) {
    let error = Providers::built_in().read(text, "fhirkit.toml").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    (error.to_string(), error.help().unwrap_or_default().to_owned())
}

#[test]
fn an_unknown_key_names_its_line_and_the_nearest_key() {
    let (message, help) = refused("[provider.x]\nfhir_base = 'https://a.example'\n\nscope = 'openid'\n");
    assert_eq!(message, "fhirkit.toml:4: `scope` is not a setting of a provider");
    assert_eq!(help, "did you mean `scopes`?");
}

#[test]
fn a_secret_in_the_file_is_refused_and_not_repeated() {
    let (message, help) = refused("[provider.sandbox]\nclient_secret = 'hunter2hunter2'\n");
    assert!(message.starts_with("fhirkit.toml:2: a secret does not stand in this file"), "{message}");
    assert!(!message.contains("hunter2") && !help.contains("hunter2"));
}

#[test]
fn plain_http_is_for_this_machine_only() {
    let (message, _) = refused("[provider.x]\nfhir_base = 'http://payer.example/fhir'\n");
    assert!(message.contains("must be an https URL"), "{message}");
    for host in ["127.0.0.1:1", "[::1]:1", "localhost"] {
        let text = format!("[provider.x]\nfhir_base = 'http://{host}/fhir/'\n");
        let mut providers = Providers::built_in();
        providers.read(&text, "f").unwrap();
        assert!(!providers.get("x").unwrap().fhir_base.as_str().ends_with('/'));
    }
}

#[test]
fn a_file_changes_one_key_of_a_built_in_provider() {
    let mut providers = Providers::built_in();
    let text =
        "threads = 2\n[export]\nx = 1\n[provider.bcbsnc-sandbox]\npkce = 'plain'\nscopes = 'openid  read'\n";
    providers.read(text, "f").unwrap();
    let payer = providers.get("bcbsnc-sandbox").unwrap();
    assert_eq!(payer.pkce, PkceMethod::Plain);
    assert_eq!(payer.scopes, ["openid", "read"]);
    assert!(payer.token_url.is_some());
}

#[test]
fn what_makes_no_sense_is_named_with_its_line() {
    for (text, wanted) in [
        ("[provider.x]\n", ":1: provider `x` has no `fhir_base`"),
        ("[provider.X]\nfhir_base='https://a.example'", ":1: a provider's name"),
        ("[provider.sandbox]\npkce = 's256'", ":2: `pkce` must be `S256` or `plain`"),
        ("[provider.sandbox]\nredirect_uri = 'http://a.example/cb'", ":2: `redirect_uri` must be https"),
        ("[provider.sandbox]\nredirect_uri = 'javascript:alert(1)'", ":2: `redirect_uri` must be https"),
        ("[provider.sandbox]\ntoken_url = 'https://u:p@a.example'", "without user name"),
        ("[provider.sandbox]\naud = 'yes'", ":2: `aud` must be true or false"),
        ("[provider.sandbox.backend]\nkey_id = 'k'", "has no `key_file`"),
        ("provider = 3", ":1: `provider` must be a table"),
        ("[provider.sandbox]\n\nscopes = [", ":3"),
    ] {
        let (message, _) = refused(text);
        assert!(message.contains(wanted), "{message}");
    }
}

#[test]
fn backend_services_are_read() {
    let text = "[provider.b]\nfhir_base = 'https://a.example/fhir'\nclient_id = 'c'\n[provider.b.backend]\n\
                key_file = 'key.pem'\nalgorithm = 'ES384'\nscopes = ['system/Patient.rs']\n";
    let mut providers = Providers::built_in();
    providers.read(text, "f").unwrap();
    let backend = providers.get("b").unwrap().backend.clone().unwrap();
    assert_eq!(backend.algorithm, BackendAlgorithm::Es384);
    let again = crate::toml_of(providers.get("b").unwrap());
    let mut other = Providers::built_in();
    other.read(&again, "f").unwrap();
    assert_eq!(other.get("b").unwrap(), providers.get("b").unwrap());
}
