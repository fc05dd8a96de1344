//! `fhirkit packages`: the packages that validation knows.

use std::path::Path;

use fhirkit_definitions::package::Package;
use fhirkit_definitions::{Definitions, PackageId, Sort};
use fhirkit_fetch::http::Client;
use fhirkit_fetch::registry::{Registry, Wanted};
use fhirkit_issue::{Severity, counted};
use serde::Serialize;
use url::Url;

use crate::args::OutputFormat;
use crate::args::network::HttpArgs;
use crate::args::project::{PackagesArgs, PackagesCommand};
use crate::definitions::{self, cache};
use crate::exit::{Exit, Failure, usage_issue};
use crate::settings::Settings;
use crate::{network, output};

/// Lists, shows, adds or installs.
pub(crate) fn run(settings: &Settings, arguments: &PackagesArgs) -> Result<Exit, Failure> {
    match &arguments.command {
        PackagesCommand::List { output_format } => list(*output_format)?,
        PackagesCommand::Show { package } => show(package)?,
        PackagesCommand::Add { paths } => {
            for path in paths {
                let label = add(settings, path)?;
                settings.stderr.say(&format!("next: fhirkit validate PATH --ig {label}"));
            }
        }
        PackagesCommand::Install { packages, http } => {
            let registry = arguments.registry.as_deref().ok_or_else(|| {
                Failure::usage("registry", "no package registry is configured").with_help(
                    "--registry URL, FHIRKIT_PACKAGES_REGISTRY, or [packages] registry = \"…\" in fhirkit.toml",
                )
            })?;
            install(settings, registry, packages, http)?;
        }
    }
    Ok(Exit::Clean)
}

/// Adds a package to the user's own, and says so. Returns its label.
fn add(settings: &Settings, path: &Path) -> Result<String, Failure> {
    let package = match path.is_dir() {
        true => definitions::from_folder(path)?,
        false => definitions::from_file(path)?,
    };
    let label = package.label();
    let place = cache::keep(path, &label)?;
    let what = contents(&package);
    settings.stderr.say(&format!("  {label} ({what}) → {}", place.display()));
    Ok(label)
}

/// Downloads packages into a folder that goes again, and adds them once they are verified and read.
fn install(settings: &Settings, registry: &str, names: &[String], http: &HttpArgs) -> Result<(), Failure> {
    let base = Url::parse(registry)
        .map_err(|error| Failure::usage("registry", format!("`{registry}` is no address: {error}")))?;
    let registry = Registry::new(&Client::new(http.options())?, &base)?;
    let embedded = definitions::embedded()?;
    let is_held = |name: &str, version: &str| {
        embedded.package_named(name, Some(version)).is_some()
            || cache::find(&format!("{name}#{version}")).is_some()
    };
    let made = match &settings.tmp_dir {
        Some(folder) => tempfile::tempdir_in(folder),
        None => tempfile::tempdir(),
    };
    let folder = made.map_err(|error| Failure::write("a temporary folder", &error))?;
    for name in names {
        let wanted = Wanted::parse(name)?;
        let done = network::run(async { Ok(registry.install(&wanted, &is_held, folder.path()).await?) })?;
        for warning in done.warnings {
            let mut issue = usage_issue("package", warning);
            issue.severity = Severity::Warning;
            settings.stderr.issue(&issue);
        }
        let mut first = None;
        for package in &done.packages {
            let label = add(settings, &package.path)?;
            first.get_or_insert(label);
        }
        if let Some(label) = first {
            settings.stderr.say(&format!("next: fhirkit validate PATH --ig {label}"));
        }
    }
    Ok(())
}

fn contents(package: &Package) -> String {
    let structures = (package.structures.len() + package.differentials.len()) as u64;
    let structures = counted(structures, "structure definition", "structure definitions");
    format!("{structures}, {} value sets and code systems", package.terminology.len())
}

#[derive(Serialize)]
struct Listed {
    name: String,
    version: String,
    source: String,
    is_default: bool,
    built_from_source: bool,
}

fn list(format: OutputFormat) -> Result<(), Failure> {
    let embedded = definitions::embedded()?;
    let mut packages: Vec<Listed> = embedded
        .packages()
        .map(|(id, manifest)| Listed {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            source: "built in".to_owned(),
            is_default: embedded.package_named(&manifest.name, None) == Some(id),
            built_from_source: manifest.built_from_source,
        })
        .collect();
    packages.extend(cache::all().into_iter().map(|kept| Listed {
        name: kept.name,
        version: kept.version,
        source: kept.path.display().to_string(),
        is_default: false,
        built_from_source: false,
    }));
    packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    match format {
        OutputFormat::Json => output::print_json(&packages),
        OutputFormat::Human => {
            let row = |one: &Listed| {
                let notes = [(one.is_default, "default"), (one.built_from_source, "built from source")];
                let notes = notes.iter().filter(|(holds, _)| *holds).map(|(_, note)| *note);
                let notes = std::iter::once(one.source.as_str()).chain(notes).collect::<Vec<_>>();
                vec![one.name.clone(), one.version.clone(), notes.join(", ")]
            };
            output::print(&output::aligned(&packages.iter().map(row).collect::<Vec<_>>()))
        }
    }
}

fn show(name: &str) -> Result<(), Failure> {
    let chosen = definitions::choose(&[name.to_owned()])?;
    let Some(&id) = chosen.given.first() else {
        return Err(Failure::usage("package", format!("`{name}` could not be opened")));
    };
    output::print(&described(chosen.definitions(), id))
}

fn described(definitions: &Definitions, id: PackageId) -> String {
    let manifest = definitions.package(id);
    let mut text = manifest.label();
    if manifest.built_from_source {
        text.push_str(" (built from source)");
    }
    text.push('\n');
    for dependency in &manifest.dependencies {
        let held = definitions.package_named(&dependency.name, Some(&dependency.version)).is_some();
        let note = if held { "" } else { " (not at hand)" };
        text.push_str(&format!("  needs {}#{}{note}\n", dependency.name, dependency.version));
    }
    let of_package = || definitions.all().map(|(_, summary)| summary).filter(|one| one.package == id);
    let mut rows: Vec<Vec<String>> = of_package()
        .filter(|one| one.sort == Sort::Structure && one.derivation == "constraint")
        .map(|one| vec![format!("  {}", one.type_name), one.id.to_owned(), one.url.to_owned()])
        .collect();
    rows.sort();
    text.push_str(&output::aligned(&rows));
    let count = |sort: Sort| of_package().filter(|one| one.sort == sort).count() as u64;
    text.push_str(&format!(
        "{}, {}, {}\n",
        counted(count(Sort::Structure), "structure definition", "structure definitions"),
        counted(count(Sort::ValueSet), "value set", "value sets"),
        counted(count(Sort::CodeSystem), "code system", "code systems"),
    ));
    text
}
