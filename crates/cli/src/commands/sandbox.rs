//! `fhirkit sandbox`: a payer on this machine.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fhirkit_issue::{Issue, rules};
use fhirkit_sandbox::{Error, ErrorKind, Fault, FaultRule, Options, Running, Sandbox};
use serde_json::json;

use crate::args::network::SandboxArgs;
use crate::exit::{Exit, Failure};
use crate::settings::Settings;
use crate::{network, output};

/// How many members are named at the start.
const NAMED: usize = 3;

/// Serves until a signal ends it.
pub(crate) fn run(settings: &Settings, arguments: SandboxArgs) -> Result<Exit, Failure> {
    if arguments.fault.iter().any(|fault| fault == "list") {
        let row = |fault: &Fault| vec![format!("  {}", fault.name()), fault.help().to_owned()];
        let rows: Vec<_> = Fault::ALL.iter().map(|entry| row(&entry.0)).collect();
        output::print(&output::aligned(&rows))?;
        return Ok(Exit::Clean);
    }
    let json = arguments.json;
    let is_synthetic = arguments.data.is_empty();
    let certificate = arguments.tls_cert.clone();
    let options = options(settings, arguments)?;
    let stopped: Result<(), Failure> = network::run(async {
        let running = Sandbox::start(options).await.map_err(Failure::from)?;
        if let (Some(path), Some(pem)) = (&certificate, running.certificate_pem()) {
            std::fs::write(path, pem).map_err(|error| Failure::write(&path.display().to_string(), &error))?;
        }
        greet(settings, &running, json, is_synthetic)?;
        std::future::pending::<()>().await;
        Ok(())
    });
    match stopped {
        // A server that is told to stop has done its work.
        Err(Failure { exit: Exit::Interrupted, .. }) => Ok(Exit::Clean),
        other => other.map(|()| Exit::Clean),
    }
}

fn options(settings: &Settings, arguments: SandboxArgs) -> Result<Options, Failure> {
    let read = |path: &Path| {
        let name = path.display().to_string();
        std::fs::read_to_string(path).map_err(|error| Failure::usage("file", format!("{name}: {error}")))
    };
    let secret = arguments.client_secret_file.as_deref().map(read).transpose()?;
    let faults = arguments.fault.iter().map(|text| text.parse::<FaultRule>());
    let quiet = settings.stderr.quiet;
    Ok(Options {
        port: arguments.port,
        members: arguments.members,
        seed: arguments.seed,
        data: arguments.data,
        client_secret: secret.map(|text| text.trim_end_matches(['\r', '\n']).to_owned()),
        backend_keys: arguments.backend_key.iter().map(|path| read(path)).collect::<Result<_, _>>()?,
        refresh_tokens: arguments.refresh_tokens,
        sends_issuer: arguments.send_issuer,
        tls: arguments.tls_cert.is_some(),
        faults: faults.collect::<Result<_, _>>().map_err(Failure::from)?,
        resources_per_member: arguments.resources,
        page_size: arguments.page_size as usize,
        token_lifetime: Duration::from_secs(arguments.token_lifetime),
        log: (!quiet).then(|| Arc::new(|line: &str| eprintln!("  {line}")) as fhirkit_sandbox::Log),
        ..Options::default()
    })
}

/// The base URL first, for scripts; then, for people, how to use it.
fn greet(settings: &Settings, running: &Running, as_json: bool, is_synthetic: bool) -> Result<(), Failure> {
    // Records that were given may be of real people: their facts are not printed.
    let members = if is_synthetic { running.members(NAMED) } else { Vec::new() };
    if as_json {
        let line = json!({
            "base_url": running.base_url(),
            "fhir_base": running.fhir_base(),
            "authorize_url": running.authorize_url(),
            "token_url": running.token_url(),
            "client_id": running.client_id(),
            "client_secret": running.client_secret(),
            "public_client_id": running.public_client_id(),
            "backend_client_id": running.backend_client_id(),
            "members": members,
        });
        return output::print(&format!("{line}\n"));
    }
    output::print(&format!("{}\n", running.base_url()))?;
    let stderr = &settings.stderr;
    stderr.say(&format!("  client {} · secret {}", running.client_id(), running.client_secret()));
    stderr.say(&format!("  client {} · public, PKCE, any loopback port", running.public_client_id()));
    for facts in members {
        stderr.say(&format!(
            "  member: subscriber {} · code {} · {} {} · born {} · zip {}",
            facts.subscriber_id,
            facts.member_code,
            facts.first_name,
            facts.last_name,
            facts.birth_date,
            facts.zip
        ));
    }
    stderr.say("next, in another terminal: fhirkit login sandbox && fhirkit fetch sandbox -o me.ndjson");
    Ok(())
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let mut failure = match error.kind() {
            ErrorKind::Bind => {
                Failure::new(Exit::Network, Issue::new(&rules::NET_CONNECT, error.to_string()))
            }
            ErrorKind::Data => {
                Failure::new(Exit::NothingReadable, Issue::new(&rules::IO_UNREADABLE, error.to_string()))
            }
            _ => Failure::usage("sandbox", error.to_string()),
        };
        if let (Some(help), Some(issue)) = (error.help(), &mut failure.issue) {
            issue.help = Some(help.to_owned());
        }
        failure
    }
}
