//! `fhirkit login`, `logout` and `whoami`: a sign-in, kept until it is no longer wanted.

use std::io::{self, BufRead as _, Read as _};
use std::sync::Arc;
use std::time::Duration;

use fhirkit_fetch::auth::{
    Grant, Identity, Login, Mode, Notice, Secret, Store, Terminal, keep_client_secret, revoke,
};
use fhirkit_fetch::http::is_loopback;
use fhirkit_fetch::{Provider, Providers};
use fhirkit_issue::{Issue, Severity, rules};
use serde_json::{Value, json};

use crate::args::OutputFormat;
use crate::args::network::{LoginArgs, LogoutArgs, WhoamiArgs};
use crate::exit::{Exit, Failure};
use crate::output::{self, Stderr};
use crate::settings::Settings;
use crate::{network, progress};

/// No secret is longer, in bytes.
const LONGEST_SECRET: u64 = 64 << 10;

/// Signs in and keeps the grant.
pub(crate) fn run(settings: &Settings, arguments: &LoginArgs) -> Result<Exit, Failure> {
    let provider = network::provider(settings, &arguments.server.provider)?;
    warn_of_moved(settings, &provider);
    if arguments.secret_stdin {
        let line = io::read_to_string(io::stdin().lock().take(LONGEST_SECRET))
            .map_err(|error| Failure::usage("secret", format!("stdin cannot be read: {error}")))?;
        keep_client_secret(&provider.name, &Secret::new(line.trim_end_matches(['\r', '\n'])))?;
    }
    let transport = arguments.server.http.transport()?;
    let store = Store::of_user()?;
    let terminal = Arc::new(Person { stderr: settings.stderr });
    let login = Login {
        provider: &provider,
        mode: if arguments.paste { Mode::Paste } else { Mode::Auto },
        opens_browser: !arguments.no_browser,
        timeout: Duration::from_secs(arguments.wait),
    };
    let grant = network::run(async {
        let grant = login.run(&transport, terminal).await?;
        let _lock = store.lock(&provider.name).await?;
        store.save(&grant)?;
        Ok(grant)
    })?;
    let patient = match grant.patient() {
        Some(id) if settings.stderr.terminal.show_values => format!("patient {id}"),
        Some(_) => "patient [id]".to_owned(),
        None => "no patient named".to_owned(),
    };
    settings.stderr.say(&format!("  signed in · {patient} · {}", validity(&grant)));
    settings.stderr.say(&format!("next: fhirkit fetch {}", provider.name));
    Ok(Exit::Clean)
}

/// A settings file of a project that somebody else wrote may send code and secret of a built-in provider elsewhere.
fn warn_of_moved(settings: &Settings, provider: &Provider) {
    let built_in = Providers::built_in();
    let Ok(known) = built_in.get(&provider.name) else { return };
    let places =
        |one: &Provider| [Some(one.fhir_base.clone()), one.authorize_url.clone(), one.token_url.clone()];
    let moved: Vec<String> = places(provider)
        .into_iter()
        .zip(places(known))
        .filter_map(|(now, before)| now.filter(|now| Some(now) != before.as_ref() && !is_loopback(now)))
        .map(|url| url.to_string())
        .collect();
    if !moved.is_empty() {
        let message = format!(
            "a settings file moves the built-in provider `{}` to {}",
            provider.name,
            moved.join(", ")
        );
        let mut issue = Issue::new(&rules::CONFIG_PROVIDER, message);
        issue.severity = Severity::Warning;
        issue.help = Some("go on only if you know whose servers these are; Ctrl-C stops".to_owned());
        settings.stderr.issue(&issue);
    }
}

/// `token valid 23 h 59 min`.
fn validity(grant: &Grant) -> String {
    match remaining(grant) {
        None => "the server does not say how long the token is good".to_owned(),
        Some(0) => "token expired".to_owned(),
        Some(seconds) => format!("token valid {}", progress::clock(seconds)),
    }
}

/// Seconds until the token ends; 0 when it has.
fn remaining(grant: &Grant) -> Option<u64> {
    let end = grant.expires_at()?.as_second();
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |now| now.as_secs());
    Some(u64::try_from(end).unwrap_or(0).saturating_sub(now))
}

/// Whoever sits at the terminal.
struct Person {
    stderr: Stderr,
}

impl Terminal for Person {
    fn show(&self, notice: Notice<'_>) {
        // What one must read to sign in is shown even with -q.
        match notice {
            Notice::Visit { url, is_opened: true } => {
                self.stderr.say(&format!("  your browser was opened at {url}"));
            }
            Notice::Visit { url, .. } => eprintln!("  open in a browser: {url}"),
            Notice::Waiting(_) => self.stderr.say("  waiting for the browser to come back (Ctrl-C stops)"),
            Notice::Paste => eprintln!("  then paste the code, or the address that the browser landed on:"),
            Notice::NotThat(error) => eprintln!("  that is not it: {error}; once more:"),
            Notice::Warning(text) => {
                let mut issue = Issue::new(&rules::AUTH_MISMATCH, text);
                issue.severity = Severity::Warning;
                self.stderr.issue(&issue);
            }
            _ => {}
        }
    }

    fn read_line(&self) -> io::Result<Option<String>> {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line)?;
        Ok((read > 0).then_some(line))
    }
}

/// Forgets a sign-in, and hands its token back where the server takes it.
pub(crate) fn logout(settings: &Settings, arguments: &LogoutArgs) -> Result<Exit, Failure> {
    let name = &arguments.server.provider;
    let provider = network::provider(settings, name);
    let transport = arguments.server.http.transport()?;
    let store = Store::of_user()?;
    let removed = network::run(async {
        let _lock = store.lock(name).await?;
        // A grant that cannot be read is removed all the same.
        let grant = store.load(name).ok().flatten();
        let removed = store.remove(name)?;
        if let (Some(grant), Ok(provider)) = (grant, &provider)
            && let Err(error) = revoke(provider, &grant, &transport).await
        {
            let mut issue = network::issue(&error, network::ending(error.kind()).0);
            issue.severity = Severity::Warning;
            issue.help = Some("it is forgotten here, and good until it expires".to_owned());
            settings.stderr.issue(&issue);
        }
        Ok(removed)
    })?;
    // A name that nobody knows is more likely a slip than a provider that was removed.
    if !removed {
        provider?;
    }
    settings.stderr.say(match removed {
        true => "  signed out",
        false => "  nobody was signed in",
    });
    Ok(Exit::Clean)
}

/// Who is signed in where: never a token.
pub(crate) fn whoami(settings: &Settings, arguments: &WhoamiArgs) -> Result<Exit, Failure> {
    let store = Store::of_user()?;
    let mut grants = Vec::new();
    match &arguments.provider {
        Some(name) => {
            network::provider(settings, name)?;
            grants.extend(store.load(name)?);
        }
        None => {
            for name in store.providers()? {
                grants.extend(store.load(&name)?);
            }
        }
    }
    match arguments.output_format {
        OutputFormat::Json => output::print_json(&grants.iter().map(described).collect::<Vec<_>>())?,
        OutputFormat::Human => {
            for grant in &grants {
                let scopes = grant.scopes().join(" ");
                output::print(&format!(
                    "{}\n  patient   {}\n  scopes    {scopes}\n  token     {}\n  identity  {}\n",
                    grant.provider(),
                    grant.patient().unwrap_or("none named"),
                    validity(grant).trim_start_matches("token "),
                    identity(grant),
                ))?;
            }
        }
    }
    if grants.is_empty() {
        let name = arguments.provider.as_deref().unwrap_or("PROVIDER");
        let issue =
            Issue::new(&rules::AUTH_NONE, "nobody is signed in").with_help(format!("fhirkit login {name}"));
        return Err(Failure::new(Exit::Network, issue));
    }
    Ok(Exit::Clean)
}

/// A grant without its secrets.
pub(crate) fn described(grant: &Grant) -> Value {
    json!({
        "provider": grant.provider(),
        "patient": grant.patient(),
        "scopes": grant.scopes(),
        "expires_in": remaining(grant),
        "renews_itself": grant.is_renewable(),
        "issuer": grant.issuer(),
        "identity": identity(grant),
    })
}

fn identity(grant: &Grant) -> String {
    match grant.identity() {
        Identity::Absent => "no id_token".to_owned(),
        Identity::Verified => "id_token verified".to_owned(),
        Identity::Unverified(why) => format!("id_token not verified: {why}"),
    }
}
