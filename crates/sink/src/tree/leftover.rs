//! What a killed run left: found by its name, told from a living run by its lock.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::folder::{LOCK, OLD, TREE, move_up};
use crate::error::{Error, Kind};
use crate::manifest::MANIFEST;

/// How hidden folders within an output folder begin.
pub(super) const INSIDE: &str = ".fhirkit-";

/// What became of a leftover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was part of an output and was removed.
    Removed,
    /// It was whole, and the run had been killed while it took its place: it stands there now.
    Finished,
    /// It could not be told whether its run still lives, or it could not be removed.
    Left,
}

/// Something that a killed run left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// Where it was.
    pub path: PathBuf,
    /// What became of it.
    pub fate: Fate,
}

impl fmt::Display for Leftover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.fate {
            Fate::Removed => write!(f, "`{path}`, left by a run that was killed, was removed"),
            Fate::Finished => write!(f, "`{path}`, whole when its run was killed, was put in its place"),
            Fate::Left => write!(f, "`{path}`, left by another run, could not be removed"),
        }
    }
}

/// How hidden files and folders for the output `target` begin.
pub(super) fn prefix(target: &Path) -> OsString {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".fhirkit-");
    name
}

/// Whether this entry of an output folder is a hidden folder of ours.
pub(super) fn is_inside(name: &OsStr) -> bool {
    name.as_bytes().starts_with(INSIDE.as_bytes())
}

/// Clears the hidden folders beside and within `target`.
pub(super) fn clear_folders(parent: &Path, target: &Path, found: &mut Vec<Leftover>) -> Result<(), Error> {
    let prefix = prefix(target);
    let beside = entries(parent, |name| name.as_bytes().starts_with(prefix.as_bytes()));
    let within = entries(target, is_inside);
    for (path, inside) in
        beside.into_iter().map(|path| (path, false)).chain(within.into_iter().map(|path| (path, true)))
    {
        if !path.is_dir() {
            continue;
        }
        let lock = match File::open(path.join(LOCK)) {
            Ok(lock) => lock,
            Err(_) => {
                // Its run was killed before the lock was made, or begins at this moment.
                found.push(Leftover { fate: Fate::Left, path });
                continue;
            }
        };
        let fate = match lock.try_lock() {
            Ok(()) if inside => finish_inside(&path, target)?,
            Ok(()) => finish_beside(&path, target)?,
            Err(TryLockError::WouldBlock) => return Err(busy(target)),
            Err(TryLockError::Error(_)) => Fate::Left,
        };
        found.push(Leftover { path, fate });
    }
    Ok(())
}

/// Clears the hidden files of `target` and of its companions (`target.rejects.ndjson`).
pub(super) fn clear_files(parent: &Path, target: &Path, found: &mut Vec<Leftover>) -> Result<(), Error> {
    let own = prefix(target);
    let family = &own.as_bytes()[..own.len() - INSIDE.len() + 1];
    let marked = |name: &[u8]| name.windows(INSIDE.len()).any(|part| part == INSIDE.as_bytes());
    for path in entries(parent, |name| name.as_bytes().starts_with(family) && marked(name.as_bytes())) {
        let Ok(file) = File::open(&path) else { continue };
        if !path.is_file() {
            continue;
        }
        let is_own = path.file_name().is_some_and(|name| name.as_bytes().starts_with(own.as_bytes()));
        let fate = match file.try_lock() {
            Ok(()) => removed(fs::remove_file(&path)),
            Err(TryLockError::WouldBlock) if is_own => return Err(busy(target)),
            // Another output, whose name only begins like this one.
            Err(TryLockError::WouldBlock) => continue,
            Err(TryLockError::Error(_)) => Fate::Left,
        };
        found.push(Leftover { path, fate });
    }
    Ok(())
}

/// Between the two renames of a replacement no tree has the name: the new one, which is whole, gets it.
fn finish_beside(hidden: &Path, target: &Path) -> Result<Fate, Error> {
    let tree = hidden.join(TREE);
    if !target.exists() && hidden.join(OLD).exists() && tree.join(MANIFEST).exists() {
        fs::rename(&tree, target).map_err(|error| Error::io("rename to", target, error))?;
        let _ = fs::remove_dir_all(hidden);
        return Ok(Fate::Finished);
    }
    if !target.exists() && hidden.join(OLD).join(MANIFEST).exists() {
        // No run of ours leaves this; the old tree is worth more than a clean folder.
        return Ok(Fate::Left);
    }
    Ok(removed(fs::remove_dir_all(hidden)))
}

/// Files move up one by one, the manifest last. One that has moved already shows that it had begun.
fn finish_inside(hidden: &Path, target: &Path) -> Result<Fate, Error> {
    let tree = hidden.join(TREE);
    let begun = fs::read_dir(target)
        .is_ok_and(|mut all| all.any(|entry| entry.is_ok_and(|entry| !is_inside(&entry.file_name()))));
    if begun && tree.join(MANIFEST).exists() && !target.join(MANIFEST).exists() {
        move_up(&tree, target).map_err(|error| Error::io("move files into", target, error))?;
        let _ = fs::remove_dir_all(hidden);
        return Ok(Fate::Finished);
    }
    Ok(removed(fs::remove_dir_all(hidden)))
}

fn removed(result: std::io::Result<()>) -> Fate {
    if result.is_ok() { Fate::Removed } else { Fate::Left }
}

fn busy(target: &Path) -> Error {
    let message = format!("another run is writing to `{}`", target.display());
    Error::new(Kind::Busy, message).at(target).with_hint("wait until it ends, or choose another place")
}

/// The entries of a folder whose names are wanted, sorted; none where it cannot be read.
fn entries(folder: &Path, wanted: impl Fn(&OsStr) -> bool) -> Vec<PathBuf> {
    let Ok(all) = fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<_> = all
        .filter_map(Result::ok)
        .filter(|entry| wanted(&entry.file_name()))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}
