//! One file: written under a hidden name beside its place, renamed at the end.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tempfile::TempPath;

use super::file::{Stream, TreeFile};
use super::leftover::{self, Leftover};
use super::{Place, TreeOptions, make_parents, parent_of, sync_folder};
use crate::error::{Error, Kind};

/// A file that has not got its name yet. Dropped, it is removed.
#[derive(Debug)]
pub(super) struct Pending {
    hidden: TempPath,
    path: PathBuf,
    /// Held so that no other run takes the hidden file for a leftover.
    _lock: Option<File>,
}

/// Where one file goes. What is neither a file nor a folder (a device, a pipe) is a stream.
pub(super) fn place(
    path: PathBuf,
    options: TreeOptions,
    leftovers: &mut Vec<Leftover>,
) -> Result<Place, Error> {
    let path = std::fs::canonicalize(&path).unwrap_or(path);
    if let Some(stream) = stream(&path)? {
        return Ok(Place::Stream(stream));
    }
    may_be_written(&path, options)?;
    leftover::clear_files(&make_parents(&path)?, &path, leftovers)?;
    Ok(Place::File(path))
}

/// What stands at `path` to be written to as it is: a device, a pipe. A folder is refused.
pub(super) fn stream(path: &Path) -> Result<Option<Stream>, Error> {
    match std::fs::metadata(path) {
        Ok(there) if there.is_dir() => {
            Err(Error::new(Kind::Exists, format!("`{}` is a folder", path.display())).at(path))
        }
        // `/dev/stdout` that the shell redirected: a second way to the file, and not the name to replace.
        Ok(there) if there.is_file() && (path.starts_with("/dev") || path.starts_with("/proc")) => {
            let message = format!("`{}` is redirected to a file", path.display());
            Err(Error::new(Kind::Exists, message).at(path).with_hint("name the file itself"))
        }
        Ok(there) if !there.is_file() => {
            let stream = OpenOptions::new().write(true).open(path);
            let stream = stream.map_err(|error| Error::io("open", path, error))?;
            Ok(Some(Arc::new(Mutex::new(Box::new(stream)))))
        }
        _ => Ok(None),
    }
}

/// Begins the file that will be called `path`.
pub(super) fn begin(path: PathBuf, options: TreeOptions) -> Result<(TreeFile, Pending), Error> {
    may_be_written(&path, options)?;
    let parent = make_parents(&path)?;
    // The right of a new file is the user's umask to decide, not ours.
    let hidden = tempfile::Builder::new()
        .prefix(&leftover::prefix(&path))
        .permissions(std::fs::Permissions::from_mode(0o666))
        .tempfile_in(&parent)
        .map_err(|error| Error::hidden(&parent, &error))?;
    let (file, hidden) = hidden.into_parts();
    let lock = file.try_clone().ok();
    if let Some(lock) = &lock {
        // Where a file system has no locks, a later run only cannot tell a leftover.
        let _ = lock.try_lock();
    }
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let file = TreeFile::on_disk(file, &name, path.clone(), options.sync);
    Ok((file, Pending { hidden, path, _lock: lock }))
}

pub(super) fn may_be_written(path: &Path, options: TreeOptions) -> Result<(), Error> {
    if options.overwrite || !path.exists() {
        return Ok(());
    }
    let error = Error::new(Kind::Exists, format!("`{}` exists", path.display())).at(path);
    Err(error.with_hint("--overwrite replaces it"))
}

impl Pending {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn commit(self, sync: bool) -> Result<(), Error> {
        self.hidden.persist(&self.path).map_err(|error| Error::io("rename to", &self.path, error.error))?;
        if sync { sync_folder(&parent_of(&self.path)) } else { Ok(()) }
    }
}
