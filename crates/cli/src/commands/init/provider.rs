//! `fhirkit init provider`: a `[provider.NAME]` in `fhirkit.toml`, with what was given, and what is asked for.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::Path;

use fhirkit_fetch::{Provider, Providers, SecretSource, toml_of};
use url::Url;

use crate::args::project::ProviderArgs;
use crate::exit::{Exit, Failure};
use crate::network;
use crate::settings::Settings;

const FILE: &str = "fhirkit.toml";
const LOOPBACK: &str = "http://127.0.0.1/callback";

/// Adds the provider to the file, whose other lines stay as they are.
pub(crate) fn run(settings: &Settings, arguments: &ProviderArgs) -> Result<Exit, Failure> {
    let name = &arguments.name;
    if network::providers(settings)?.names().any(|known| known == name) {
        let message = format!("there is a provider `{name}` already");
        return Err(
            Failure::usage("provider", message).with_help("choose another name, or edit fhirkit.toml")
        );
    }
    let provider = provider(arguments)?;
    let text = toml_of(&provider);
    // What was typed is read the way it will be read later: a name or a value that does not serve is found here.
    Providers::built_in().read(&text, FILE)?;
    append(&text).map_err(|error| Failure::write(FILE, &error))?;
    settings.stderr.say(&format!("  [provider.{name}] → {FILE}"));
    if let Some(SecretSource::Variable(variable)) = &provider.client_secret {
        settings
            .stderr
            .say(&format!("  its secret is read from {variable}; it never stands in a file of the project"));
    }
    settings.stderr.say(&format!("next: fhirkit login {name}"));
    Ok(Exit::Clean)
}

fn provider(arguments: &ProviderArgs) -> Result<Provider, Failure> {
    let base = asked(
        arguments.fhir_base.as_deref(),
        "--fhir-base",
        "the base of its FHIR R4 API (https://…)",
        None,
    )?;
    let mut provider = Provider::new(&arguments.name, address("--fhir-base", base.trim_end_matches('/'))?);
    let client = asked(arguments.client_id.as_deref(), "--client-id", "your client id there", None)?;
    provider.client_id = Some(client);
    provider.client_secret = match (&arguments.secret_env, &arguments.secret_file) {
        (Some(variable), _) => Some(SecretSource::Variable(variable.clone())),
        (None, Some(file)) => Some(SecretSource::File(file.clone())),
        (None, None) if io::stdin().is_terminal() => {
            let question = "the environment variable with the client's secret (empty: a public client)";
            Some(ask(question, Some(""))?).filter(|name| !name.is_empty()).map(SecretSource::Variable)
        }
        (None, None) => None,
    };
    let redirect =
        asked(arguments.redirect_uri.as_deref(), "--redirect-uri", "the redirect URI", Some(LOOPBACK))?;
    provider.redirect_uri = Some(address("--redirect-uri", &redirect)?);
    provider.scopes = match arguments.scope.is_empty() {
        false => arguments.scope.clone(),
        true => asked(None, "--scope", "scopes", Some("openid fhirUser launch/patient patient/*.read"))?
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
    };
    Ok(provider)
}

fn address(option: &str, text: &str) -> Result<Url, Failure> {
    Url::parse(text).map_err(|error| Failure::usage("address", format!("{option} `{text}`: {error}")))
}

/// What was given; else what a person says; else the default.
fn asked(
    given: Option<&str>,
    option: &str,
    question: &str,
    default: Option<&str>,
) -> Result<String, Failure> {
    match (given, default) {
        (Some(given), _) => Ok(given.to_owned()),
        (None, _) if io::stdin().is_terminal() => ask(question, default),
        (None, Some(default)) => Ok(default.to_owned()),
        (None, None) => Err(Failure::usage("missing", format!("{option} is missing"))
            .with_help("give it, or run this at a terminal to be asked")),
    }
}

/// Asks on stderr until there is an answer.
fn ask(question: &str, default: Option<&str>) -> Result<String, Failure> {
    loop {
        match default.filter(|default| !default.is_empty()) {
            Some(default) => eprint!("  {question} [{default}]: "),
            None => eprint!("  {question}: "),
        }
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        let read =
            read.map_err(|error| Failure::usage("missing", format!("no answer can be read: {error}")))?;
        match (line.trim(), default) {
            ("", Some(default)) => return Ok(default.to_owned()),
            ("", None) if read == 0 => {
                return Err(Failure::usage("missing", format!("no answer to: {question}")));
            }
            ("", None) => {}
            (answer, _) => return Ok(answer.to_owned()),
        }
    }
}

/// The file with `text` at its end, whole or not at all.
fn append(text: &str) -> io::Result<()> {
    let before = match std::fs::read_to_string(FILE) {
        Ok(before) => before,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    let between = match before.as_str() {
        "" => "",
        text if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    super::write(Path::new(FILE), &format!("{before}{between}{text}"))
}
