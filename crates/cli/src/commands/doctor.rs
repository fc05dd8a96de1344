//! `fhirkit doctor`: what this fhirkit has and finds, for whoever looks for a fault. No secrets, no network.

use fhirkit_fetch::auth::Store;
use serde_json::{Value, json};

use crate::args::OutputFormat;
use crate::args::network::DoctorArgs;
use crate::commands::login::described;
use crate::definitions::{self, cache};
use crate::exit::{Exit, Failure};
use crate::settings::Settings;
use crate::{network, output};

/// Variables that decide how one connects; only whether they are set is told.
const VARIABLES: [&str; 6] =
    ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Looks at everything, and prints it.
pub(crate) fn run(settings: &Settings, arguments: &DoctorArgs) -> Result<Exit, Failure> {
    let found = found(settings)?;
    if arguments.output_format == OutputFormat::Json {
        output::print_json(&found)?;
        return Ok(Exit::Clean);
    }
    let mut rows = Vec::new();
    if let Value::Object(sections) = &found {
        for (name, section) in sections {
            match section {
                Value::Array(items) if items.is_empty() => rows.push(vec![name.clone(), "none".to_owned()]),
                Value::Array(items) => {
                    for (at, item) in items.iter().enumerate() {
                        let name = if at == 0 { name.as_str() } else { "" };
                        rows.push(vec![name.to_owned(), text(item)]);
                    }
                }
                one => rows.push(vec![name.clone(), text(one)]),
            }
        }
    }
    output::print(&output::aligned(&rows))?;
    Ok(Exit::Clean)
}

/// A value on one line.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| format!("{name} {}", text(value)))
            .collect::<Vec<_>>()
            .join(" · "),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(" "),
        Value::Null => "unknown".to_owned(),
        other => other.to_string(),
    }
}

fn found(settings: &Settings) -> Result<Value, Failure> {
    let embedded = definitions::embedded()?;
    let packages: Vec<String> = embedded.packages().map(|(_, manifest)| manifest.label()).collect();
    let added: Vec<String> =
        cache::all().into_iter().map(|kept| format!("{}#{}", kept.name, kept.version)).collect();
    let variables: Vec<&str> = VARIABLES
        .into_iter()
        .filter(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
        .collect();
    let files: Vec<String> = settings.layers.files().iter().map(|path| path.display().to_string()).collect();
    let names: Vec<String> = network::providers(settings)?.names().map(str::to_owned).collect();
    Ok(json!({
        "fhirkit": env!("CARGO_PKG_VERSION"),
        "fhir": "R4 (4.0.1)",
        "system": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        "tls": "rustls on aws-lc-rs, always verified",
        "connection_variables_set": variables,
        "configuration": files,
        "packages": packages,
        "packages_added": added,
        "providers": names,
        "sign_ins": sign_ins(),
    }))
}

/// Every kept sign-in; one that cannot be read says why. Whose it is, `whoami` tells.
fn sign_ins() -> Vec<Value> {
    let store = match Store::of_user() {
        Ok(store) => store,
        Err(error) => return vec![json!(error.to_string())],
    };
    let names = match store.providers() {
        Ok(names) => names,
        Err(error) => return vec![json!(error.to_string())],
    };
    let one = |name: &String| match store.load(name) {
        Ok(Some(grant)) => {
            let mut grant = described(&grant);
            if let Value::Object(members) = &mut grant {
                members.remove("patient");
            }
            grant
        }
        Ok(None) => json!({"provider": name}),
        Err(error) => json!({"provider": name, "fault": error.to_string()}),
    };
    names.iter().map(one).collect()
}
