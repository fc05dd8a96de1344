//! Files and folders that only their owner may read: they hold a patient's record.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use crate::error::{Error, ErrorKind};

/// Makes a folder (0700) unless it exists.
pub(super) fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Opens a file (0600 when new) for reading and writing; emptied when `anew`.
pub(super) fn open_file(path: &Path, anew: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(anew);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes a file whole: under another name first, synced, then renamed.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut hidden = path.as_os_str().to_owned();
    hidden.push(".part");
    let mut file = open_file(Path::new(&hidden), true)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&hidden, path)
}

/// Makes a rename outlive a power cut.
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
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
pub(super) fn remove(path: &Path) -> io::Result<()> {
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
pub(super) fn failed(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let message = format!("`{}` cannot be written", path.display());
    move |error| {
        let message = format!("{message}: {}", error.kind());
        Error::new(ErrorKind::Output, message).with_source(error)
    }
}
