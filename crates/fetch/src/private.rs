//! Files and folders that only their owner may read: they hold a patient's record. Their locks and hashes.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind, Result};

/// Makes a folder (0700) unless it exists.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Opens a file (0600 when new) for reading and writing; emptied when `anew`.
pub(crate) fn open_file(path: &Path, anew: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(anew);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes a file whole: under another name first, synced, then renamed.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut hidden = path.as_os_str().to_owned();
    hidden.push(".part");
    let mut file = open_file(Path::new(&hidden), true)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&hidden, path)
}

/// Writes `value` as JSON for people.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let written = serde_json::to_vec_pretty(value).map_err(io::Error::from).and_then(|mut text| {
        text.push(b'\n');
        write_file(path, &text)
    });
    written.map_err(failed(path))
}

/// Makes a rename outlive a power cut.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Removes a file or folder that need not be there.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// What is said when a file cannot be read or written.
pub(crate) fn failed(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let message = format!("`{}` cannot be written", path.display());
    move |error| {
        let message = format!("{message}: {}", error.kind());
        Error::new(ErrorKind::Output, message).with_source(error)
    }
}

/// Takes the lock file at `path`: one process at a time has the folder it lies in.
pub(crate) fn lock(path: &Path) -> Result<File> {
    let lock = open_file(path, false).map_err(failed(path))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            let folder = path.parent().unwrap_or(path);
            let message = format!("another fhirkit is writing to `{}`", folder.display());
            Err(Error::new(ErrorKind::Output, message).with_help("wait for it, or write to another file"))
        }
        Err(TryLockError::Error(error)) => Err(failed(path)(error)),
    }
}

/// The length of a file, and its SHA-256.
pub(crate) fn hash_of(path: &Path) -> io::Result<(u64, String)> {
    let (mut file, mut hash) = (File::open(path)?, Sha256::new());
    let (mut piece, mut length) = (vec![0; 1 << 16], 0);
    loop {
        let count = file.read(&mut piece)?;
        if count == 0 {
            return Ok((length, hex(&hash.finalize())));
        }
        hash.update(piece.get(..count).unwrap_or_default());
        length += count as u64;
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Tells requests apart, without saying whose they are.
pub(crate) fn fingerprint<'p>(parts: impl Iterator<Item = &'p str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}
