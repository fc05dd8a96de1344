//! One file of an output: counted and hashed while it is written.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};

use crate::error::Error;

/// A stream that several may write to, one after the other.
pub(super) type Stream = Arc<Mutex<Box<dyn Write + Send>>>;

/// What was written to a file that is closed now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Relative to the output folder, with `/`.
    pub name: String,
    /// How many bytes.
    pub bytes: u64,
    /// Their SHA-256 in lower-case hexadecimal digits.
    pub sha256: String,
}

/// A file of an output tree. Buffered; [`close`](Self::close) tells what was written. A file that is
/// dropped without being closed is part of a run that failed.
#[derive(Debug)]
pub struct TreeFile {
    out: BufWriter<Counted>,
    name: String,
    path: PathBuf,
    sync: bool,
}

impl TreeFile {
    pub(super) fn on_disk(file: File, name: &str, path: PathBuf, sync: bool) -> Self {
        Self::new(Target::File(file), name, path, sync)
    }

    pub(super) fn on_stream(stream: Stream, name: &str) -> Self {
        Self::new(Target::Stream(stream), name, PathBuf::from("-"), false)
    }

    fn new(target: Target, name: &str, path: PathBuf, sync: bool) -> Self {
        let counted = Counted { target, hash: Sha256::new(), bytes: 0 };
        Self { out: BufWriter::with_capacity(64 * 1024, counted), name: name.to_owned(), path, sync }
    }

    /// Where it will stand when the tree is committed; `-` for a stream.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// On a stream, hands on what is buffered: its reader gets whole rows at once. Files stay buffered.
    pub(crate) fn flush_stream(&mut self) -> io::Result<()> {
        match self.out.get_ref().target {
            Target::Stream(_) => self.out.flush(),
            Target::File(_) => Ok(()),
        }
    }

    /// Writes what is buffered and, unless turned off, has the disk confirm it.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn close(mut self) -> Result<Written, Error> {
        self.out.flush().map_err(|error| Error::io("write", &self.path, error))?;
        let counted = self.out.get_ref();
        if let (Target::File(file), true) = (&counted.target, self.sync) {
            file.sync_all().map_err(|error| Error::io("write", &self.path, error))?;
        }
        let sha256 = counted.hash.clone().finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Written { name: self.name, bytes: counted.bytes, sha256 })
    }
}

impl Write for TreeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[derive(Debug)]
struct Counted {
    target: Target,
    hash: Sha256,
    bytes: u64,
}

enum Target {
    File(File),
    Stream(Stream),
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::File(_) => "File",
            Self::Stream(_) => "Stream",
        })
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = match &mut self.target {
            Target::File(file) => file.write(bytes)?,
            Target::Stream(stream) => lock(stream)?.write(bytes)?,
        };
        self.hash.update(bytes.get(..count).unwrap_or(bytes));
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.target {
            Target::File(file) => file.flush(),
            Target::Stream(stream) => lock(stream)?.flush(),
        }
    }
}

fn lock(stream: &Stream) -> io::Result<std::sync::MutexGuard<'_, Box<dyn Write + Send>>> {
    stream.lock().map_err(|_| io::Error::other("another writer of the stream failed"))
}
