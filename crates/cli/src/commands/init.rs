//! `fhirkit init`: files that a project needs, written once and then the project's own.

mod provider;

use std::path::Path;

use fhirkit_issue::{Issue, rules};

use crate::args::project::InitCommand;
use crate::exit::{Exit, Failure};
use crate::settings::Settings;

/// Where each file goes, and its text; `{data}` stands for the folder of FHIR files.
const CI: [(&str, &str); 4] = [
    (".github/workflows/fhirkit.yml", include_str!("init/github.yml")),
    (".gitlab/fhirkit.yml", include_str!("init/gitlab.yml")),
    (".pre-commit-config.yaml", include_str!("init/pre-commit.yaml")),
    ("fhirkit.toml", include_str!("init/fhirkit.toml")),
];

/// Writes what was asked for, all or nothing.
pub(crate) fn run(settings: &Settings, command: &InitCommand) -> Result<Exit, Failure> {
    match command {
        InitCommand::Ci { data, force } => ci(settings, data, *force),
        InitCommand::Provider(arguments) => provider::run(settings, arguments),
    }
}

fn ci(settings: &Settings, data: &str, force: bool) -> Result<Exit, Failure> {
    let is_plain = data.chars().all(|c| c.is_alphanumeric() || "._-/".contains(c));
    if !is_plain || data.is_empty() {
        let message =
            format!("`{data}` cannot stand in all four files: letters, digits, `.`, `_`, `-` and `/` can");
        return Err(Failure::usage("folder", message));
    }
    if let Some((path, _)) = CI.iter().find(|(path, _)| !force && Path::new(path).exists()) {
        let issue = Issue::new(&rules::IO_EXISTS, format!("`{path}` exists; nothing was written"));
        let help = format!("--force replaces it; or copy from it: fhirkit init ci {data} in another folder");
        return Err(Failure::new(Exit::OutputFailed, issue.with_help(help)));
    }
    for (path, text) in CI {
        write(Path::new(path), &text.replace("{data}", data.trim_end_matches('/')))
            .map_err(|error| Failure::write(path, &error))?;
        settings.stderr.say(&format!("  → {path}"));
    }
    settings.stderr.say("  GitLab reads its job once .gitlab-ci.yml has `include: .gitlab/fhirkit.yml`");
    settings.stderr.say(&format!(
        "next: fhirkit validate {data} --write-baseline .fhirkit-baseline.json, if there are findings to live with"
    ));
    Ok(Exit::Clean)
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // Under another name first: a file is there whole or not at all.
    let hidden = path.with_extension("fhirkit-new");
    std::fs::write(&hidden, text).and_then(|()| std::fs::rename(&hidden, path))
}
