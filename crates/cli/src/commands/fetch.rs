//! `fhirkit fetch`: a member's record to a file.

mod bulk;

use std::path::PathBuf;
use std::sync::Arc;

use fhirkit_fetch::everything::{Fetched, Format, Limits, Outcomes, Output, Receipt, Request, fetch};
use fhirkit_fetch::http::{Client, TokenSource};
use fhirkit_fetch::{Error, ErrorKind, Provider};
use fhirkit_issue::{Issue, Severity, counted, grouped, rules};

use crate::args::network::{FetchArgs, FetchFormat, RecordArgs};
use crate::exit::{Exit, Failure};
use crate::paging::Paging;
use crate::settings::Settings;
use crate::{network, size};

/// Fetches, and says what came.
pub(crate) fn run(settings: &Settings, arguments: &FetchArgs) -> Result<Exit, Failure> {
    let provider = network::provider(settings, &arguments.server.provider)?;
    if arguments.bulk.bulk {
        return bulk::run(settings, arguments, &provider);
    }
    let session = Arc::new(network::session(&provider, &arguments.server.http)?);
    let client = Client::new(arguments.server.http.options())?;
    let output = Output {
        path: path(arguments, &provider.name),
        format: match arguments.format {
            FetchFormat::Ndjson => Format::Ndjson,
            FetchFormat::Bundle => Format::Bundle,
            FetchFormat::Pages => Format::Pages,
        },
        overwrite: arguments.overwrite,
    };
    let mut paging = Paging::start(settings.stderr);
    let fetched = network::run(async {
        let patient = session.grant().await.patient().map(str::to_owned);
        let request = arguments.record.request(&provider, patient)?;
        let tokens: Arc<dyn TokenSource> = session;
        Ok(fetch(&client, Some(tokens), &request, &output, &mut |step| paging.step(step)).await?)
    });
    paging.finish();
    if let Err(Failure { exit: Exit::Interrupted, .. }) = &fetched {
        eprintln!("interrupted: the pages that came stay; the same command goes on from them");
    }
    Ok(said(settings, fetched?))
}

impl RecordArgs {
    /// What is asked for; `signed_in` is the patient that the sign-in named.
    pub(crate) fn request(&self, provider: &Provider, signed_in: Option<String>) -> Result<Request, Failure> {
        let Some(patient) = self.patient.clone().or(signed_in) else {
            let message = format!("`{}` did not say whose record it is", provider.name);
            return Err(Failure::usage("patient", message).with_help("name the patient: --patient ID"));
        };
        Ok(Request {
            types: self.types.clone(),
            since: self.since.clone(),
            count: self.count,
            falls_back_to_search: self.everything_fallback.is_some(),
            limits: Limits { pages: self.max_pages, bytes: self.max_bytes },
            ..Request::new(provider.name.clone(), provider.fhir_base.clone(), patient)
        })
    }
}

fn path(arguments: &FetchArgs, provider: &str) -> PathBuf {
    let named = || match arguments.format {
        FetchFormat::Ndjson => format!("{provider}.ndjson"),
        FetchFormat::Bundle => format!("{provider}.json"),
        FetchFormat::Pages => format!("{provider}-pages"),
    };
    arguments.output.clone().unwrap_or_else(|| named().into())
}

/// Says what came, and why not all of it.
fn said(settings: &Settings, fetched: Fetched) -> Exit {
    let path = fetched.path.display().to_string();
    let exit = came(settings, &fetched.receipt, fetched.problem.as_ref(), &path);
    if exit == Exit::Clean {
        settings.stderr.say(&format!("next: fhirkit validate {path}"));
    }
    exit
}

/// Says what came to `place`, what the server said about it, and why it is not all.
pub(crate) fn came(settings: &Settings, receipt: &Receipt, problem: Option<&Error>, place: &str) -> Exit {
    let mut line = format!(
        "  {} · {} · {}",
        counted(receipt.pages, "page", "pages"),
        counted(receipt.resources, "resource", "resources"),
        size::human(receipt.bytes),
    );
    if receipt.duplicates > 0 {
        line.push_str(&format!(" · {} left out that came twice", grouped(receipt.duplicates)));
    }
    settings.stderr.say(&format!("{line} → {place}"));
    report(settings, &receipt.outcomes);
    let what = format!("{} came, and not all of it", counted(receipt.pages, "page", "pages"));
    problem.map_or(Exit::Clean, |problem| broken_off(settings, problem, &what))
}

/// Says why what came, which `what` names, is not all; and how such a run ends.
fn broken_off(settings: &Settings, problem: &Error, what: &str) -> Exit {
    let (rule, exit) = network::ending(problem.kind());
    settings.stderr.issue(&network::issue(problem, rule));
    if problem.kind() != ErrorKind::Incomplete {
        let help = "what is whole is kept; the same command goes on from there";
        settings.stderr.issue(&Issue::new(&rules::FETCH_INCOMPLETE, what).with_help(help));
    }
    match problem.kind() {
        // The server answered; what it sent is not the rest.
        ErrorKind::NotFhir | ErrorKind::TooLarge => Exit::Incomplete,
        _ => exit.and(Exit::Incomplete),
    }
}

/// What the server said about its answer.
fn report(settings: &Settings, outcomes: &[Outcomes]) {
    for outcome in outcomes {
        let what = format!("the server sent an OperationOutcome ({}, {}) ", outcome.severity, outcome.code);
        let times = if outcome.count == 1 { String::new() } else { format!("{} times ", outcome.count) };
        let message = format!("{what}{times}among the entries");
        let mut issue = Issue::new(&rules::IO_OPERATION_OUTCOME, message);
        if matches!(outcome.severity.as_str(), "fatal" | "error") {
            issue.severity = Severity::Error;
        }
        settings.stderr.issue(&issue);
    }
}
