//! Packages of the user's own: those that `fhirkit packages add` keeps, and the cache that other FHIR tools share.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::exit::Failure;

/// A package that lies in a cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// A `.tgz`, or the folder that was unpacked.
    pub(crate) path: PathBuf,
}

/// Where `packages add` keeps them: `$XDG_DATA_HOME/fhirkit/packages`.
fn own() -> Option<PathBuf> {
    let data = variable("XDG_DATA_HOME").filter(|path| path.is_absolute());
    let data = data.or_else(|| variable("HOME").map(|home| home.join(".local/share")));
    data.or_else(|| variable("APPDATA")).map(|data| data.join("fhirkit").join("packages"))
}

/// The cache of other FHIR tools: `~/.fhir/packages`, only read.
fn shared() -> Option<PathBuf> {
    variable("HOME").or_else(|| variable("USERPROFILE")).map(|home| home.join(".fhir").join("packages"))
}

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Every package in both caches, our own first, in the order of their names.
pub(crate) fn all() -> Vec<Kept> {
    let mut all: Vec<Kept> = Vec::new();
    for folder in [own(), shared()].into_iter().flatten() {
        let mut found: Vec<Kept> =
            fs::read_dir(folder).into_iter().flatten().flatten().filter_map(kept).collect();
        found.sort_by(|a, b| a.path.cmp(&b.path));
        found.retain(|one| {
            !all.iter().any(|known| (&known.name, &known.version) == (&one.name, &one.version))
        });
        all.append(&mut found);
    }
    all
}

fn kept(entry: fs::DirEntry) -> Option<Kept> {
    let path = entry.path();
    let label = entry.file_name().to_string_lossy().into_owned();
    let label = if path.is_dir() { label.as_str() } else { label.strip_suffix(".tgz")? };
    let (name, version) = label.split_once('#')?;
    Some(Kept { name: name.to_owned(), version: version.to_owned(), path })
}

/// The kept package that a name means: `my.guide#1.0.0`, `my.guide@1.0.0`, or `my.guide` where there is only one.
pub(crate) fn find(text: &str) -> Option<Kept> {
    let (name, version) = match text.split_once(['@', '#']) {
        Some((name, version)) => (name, Some(version)),
        None => (text, None),
    };
    let fits = |kept: &Kept| kept.name == name && version.is_none_or(|version| kept.version == version);
    let mut found = all().into_iter().filter(fits);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// Keeps a `.tgz` as it is, and of a folder its JSON files. Returns where.
pub(crate) fn keep(path: &Path, label: &str) -> Result<PathBuf, Failure> {
    let Some(folder) = own() else {
        let failure = Failure::usage("no-data-folder", "there is no folder for data of yours");
        return Err(failure.with_help("set XDG_DATA_HOME"));
    };
    // The label comes from the package; it must stay in the folder.
    if label.contains(['/', '\\']) || label.starts_with('.') {
        return Err(Failure::usage("package", format!("`{label}` cannot be the name of a file")));
    }
    let place = if path.is_dir() { folder.join(label) } else { folder.join(format!("{label}.tgz")) };
    let copied = fs::create_dir_all(&folder).and_then(|()| match path.is_dir() {
        true => copy_folder(path, &place),
        false => copy_file(path, &place),
    });
    copied.map_err(|error| Failure::write(&place.display().to_string(), &error))?;
    Ok(place)
}

/// Under another name first: what is in the cache is whole.
fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let hidden = hidden(to);
    fs::copy(from, &hidden)?;
    fs::rename(&hidden, to)
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    let inner = from.join("package");
    let from = if inner.join("package.json").is_file() { inner } else { from.to_owned() };
    let hidden = hidden(to);
    let _ = fs::remove_dir_all(&hidden);
    fs::create_dir_all(hidden.join("package"))?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        if let Some(name) = path.file_name().filter(|_| path.extension().is_some_and(|end| end == "json")) {
            fs::copy(&path, hidden.join("package").join(name))?;
        }
    }
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::rename(&hidden, to)
}

fn hidden(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}", std::process::id()))
}
