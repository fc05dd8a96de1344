//! A package and all it needs, downloaded and verified.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use url::Url;

use super::checksum::{self, Checked};
use super::listing::{Dist, Listing};
use super::tarball::{self, Manifest};
use super::wanted::Wanted;
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Client, Request, is_loopback, place};

/// The most of a list of versions.
const LISTING_LIMIT: u64 = 32 << 20;

/// The most of a package.
const PACKAGE_LIMIT: u64 = 512 << 20;

/// How far dependencies of dependencies are followed.
const MOST_DEEP: usize = 16;

/// How many packages one installation brings.
const MOST_PACKAGES: usize = 100;

/// A registry of FHIR packages.
#[derive(Clone)]
pub struct Registry {
    client: Client,
    base: Url,
}

/// What an installation brought.
#[derive(Debug)]
pub struct Installation {
    /// The package asked for, then what it needs, nearest first.
    pub packages: Vec<Installed>,
    /// What somebody should know: packages without a checksum, dependencies that are not to be had.
    pub warnings: Vec<String>,
}

/// One package, verified, as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The `.tgz`: `NAME#VERSION.tgz` in the folder that was given.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// By what it was verified.
    pub checked: Checked,
}

/// Where a version is.
struct Found {
    version: String,
    url: Url,
    dist: Dist,
}

/// Why a package did not come.
enum Absent {
    /// The registry does not have it.
    Missing(Error),
    Failed(Error),
}

impl From<Error> for Absent {
    fn from(error: Error) -> Absent {
        Absent::Failed(error)
    }
}

impl Registry {
    /// The registry at `base`.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when it is no https address, nor one of this machine: its checksums would be worth
    /// nothing.
    pub fn new(client: &Client, base: &Url) -> Result<Registry> {
        let is_safe = base.scheme() == "https" || (base.scheme() == "http" && is_loopback(base));
        if !is_safe || base.cannot_be_a_base() {
            let message = format!("the package registry `{}` has no https address", place(base));
            return Err(Error::new(ErrorKind::Configuration, message));
        }
        Ok(Registry { client: client.clone(), base: base.clone() })
    }

    /// Downloads the package that `wanted` means, and what it needs, into `folder`. What `is_held` knows is left out,
    /// and so is what only that needs; it is asked with a version as a dependency gives it, which may be a range.
    ///
    /// # Errors
    /// When the package is not to be had or not what its checksum says; when a dependency is not what its checksum
    /// says. A dependency that the registry does not have is a warning.
    pub async fn install(
        &self,
        wanted: &Wanted,
        is_held: &(dyn Fn(&str, &str) -> bool + Sync),
        folder: &Path,
    ) -> Result<Installation> {
        let mut done = Installation { packages: Vec::new(), warnings: Vec::new() };
        let mut seen = BTreeSet::from([wanted.clone()]);
        let mut waiting = VecDeque::from([(wanted.clone(), 0)]);
        while let Some((wanted, depth)) = waiting.pop_front() {
            let (installed, manifest) = match self.get(&wanted, &done.packages, folder).await {
                Ok(Some(got)) => got,
                Ok(None) => continue,
                Err(Absent::Missing(error)) if depth > 0 => {
                    done.warnings.push(format!("{error}, and another package needs it"));
                    continue;
                }
                Err(Absent::Missing(error) | Absent::Failed(error)) => return Err(error),
            };
            if installed.checked == Checked::Not {
                let label = format!("{}#{}", installed.name, installed.version);
                done.warnings
                    .push(format!("the registry gives no checksum for `{label}`: it was not verified"));
            }
            done.packages.push(installed);
            if depth < MOST_DEEP {
                let needed = needed(&manifest, &mut done.warnings);
                let fresh = needed.into_iter().filter(|one| !is_held(one.name(), one.version()));
                waiting.extend(fresh.filter(|one| seen.insert(one.clone())).map(|one| (one, depth + 1)));
            }
        }
        Ok(done)
    }

    /// Downloads what `wanted` means, unless it is among what is `done`.
    async fn get(
        &self,
        wanted: &Wanted,
        done: &[Installed],
        folder: &Path,
    ) -> std::result::Result<Option<(Installed, Manifest)>, Absent> {
        let found = self.find(wanted).await?;
        if done.iter().any(|one| one.name == wanted.name() && one.version == found.version) {
            return Ok(None);
        }
        if done.len() >= MOST_PACKAGES {
            let message = format!("more than {MOST_PACKAGES} packages need each other, the last `{wanted}`");
            return Err(Error::new(ErrorKind::TooLarge, message).into());
        }
        self.download(wanted.name(), found, folder).await.map(Some)
    }

    /// Where the version is that `wanted` means.
    async fn find(&self, wanted: &Wanted) -> std::result::Result<Found, Absent> {
        let url = self.at(&[wanted.name()])?;
        let request = Request::get(url.clone()).accepting("application/json").at_most(LISTING_LIMIT);
        let answer = self.client.send(request).await?;
        if !(200..300).contains(&answer.status) {
            return match answer.status {
                // Some registries do not list; a version by its very name may be there all the same.
                404 | 405 if is_exact(wanted.version()) => Ok(self.direct(wanted, Dist::default())?),
                404 | 405 => Err(Absent::Missing(not_found(&wanted.to_string()))),
                status => Err(refused(&answer.url, status).into()),
            };
        }
        let listing = Listing::read(wanted.name(), &answer.body)?;
        let Some((version, dist)) = listing.choose(wanted.version()) else {
            let message =
                format!("the registry has no version `{}` of `{}`", wanted.version(), wanted.name());
            let error = Error::new(ErrorKind::Status, message);
            // The words of others, but for names of versions.
            let some =
                Some(listing.some()).filter(|some| some.bytes().all(|b| b.is_ascii_graphic() || b == b' '));
            return Err(Absent::Missing(match some.filter(|some| !some.is_empty()) {
                Some(some) => error.with_help(format!("it has {some}")),
                None => error,
            }));
        };
        // The version becomes part of a file's name; it is as strict as one that is asked for.
        let chosen = Wanted::new(wanted.name(), version)?;
        let Some(tarball) = &dist.tarball else { return Ok(self.direct(&chosen, dist.clone())?) };
        // A registry elsewhere has no business with servers of this machine.
        let is_near = |to: &Url| to.scheme() == "http" && is_loopback(to) && is_loopback(&self.base);
        let to = answer.url.join(tarball).ok().filter(|to| to.scheme() == "https" || is_near(to));
        let Some(to) = to else {
            let message = format!("the registry says that `{chosen}` is at no https address");
            return Err(Error::new(ErrorKind::Redirect, message).into());
        };
        Ok(Found { version: version.to_owned(), url: to, dist: dist.clone() })
    }

    /// `{registry}/{name}/{version}`.
    fn direct(&self, wanted: &Wanted, dist: Dist) -> Result<Found> {
        let url = self.at(&[wanted.name(), wanted.version()])?;
        Ok(Found { version: wanted.version().to_owned(), url, dist })
    }

    fn at(&self, segments: &[&str]) -> Result<Url> {
        let mut url = self.base.clone();
        match url.path_segments_mut() {
            Ok(mut path) => path.pop_if_empty().extend(segments),
            Err(()) => return Err(Error::new(ErrorKind::Configuration, "the registry has no web address")),
        };
        Ok(url)
    }

    async fn download(
        &self,
        name: &str,
        found: Found,
        folder: &Path,
    ) -> std::result::Result<(Installed, Manifest), Absent> {
        let label = format!("{name}#{}", found.version);
        let failed = |error: std::io::Error| {
            let message = format!("`{}` cannot be written: {}", folder.display(), error.kind());
            Error::new(ErrorKind::Output, message).with_source(error)
        };
        let mut file = NamedTempFile::new_in(folder).map_err(failed)?;
        let request = Request::get(found.url).at_most(PACKAGE_LIMIT);
        let answer = self.client.download(request, file.as_file_mut()).await?;
        match answer.status {
            200..300 => {}
            404 => {
                return Err(Absent::Missing(not_found(&label)));
            }
            status => return Err(refused(&answer.url, status).into()),
        }
        let checked = checksum::check(&label, file.as_file_mut(), &found.dist)?;
        let manifest = tarball::manifest(&label, file.as_file_mut())?;
        if manifest.name != name || manifest.version != found.version {
            let message = format!("what the registry gives as `{label}` calls itself something else");
            return Err(Error::new(ErrorKind::Checksum, message).into());
        }
        file.as_file().sync_all().map_err(failed)?;
        let path = folder.join(format!("{label}.tgz"));
        file.persist(&path).map_err(|error| failed(error.error))?;
        Ok((
            Installed { name: name.to_owned(), version: found.version, path, bytes: answer.bytes, checked },
            manifest,
        ))
    }
}

/// The dependencies of a package, without those that no registry can have.
fn needed(manifest: &Manifest, warnings: &mut Vec<String>) -> Vec<Wanted> {
    let mut all = Vec::new();
    for (name, version) in manifest.dependencies() {
        match Wanted::dependency(name, version) {
            Ok(wanted) => all.push(wanted),
            Err(error) => {
                warnings.push(format!(
                    "a dependency of `{}#{}` is left out: {error}",
                    manifest.name, manifest.version
                ));
            }
        }
    }
    all
}

fn is_exact(version: &str) -> bool {
    version != "latest" && !version.ends_with(['x', 'X'])
}

fn not_found(label: &str) -> Error {
    Error::new(ErrorKind::Status, format!("the registry does not have `{label}`"))
}

fn refused(url: &Url, status: u16) -> Error {
    Error::new(ErrorKind::Status, format!("the package registry `{}` answers {status}", place(url)))
}
