//! `FOLDER.part`, where an export grows: its files, its state, and the lock on both.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::request::Request;
use super::state::State;
use crate::error::Result;
use crate::everything::Output;
use crate::private;

/// Not read as data by whoever takes a folder of it.
const STATE: &str = ".state";
const LOCK: &str = ".lock";

pub(super) struct Folder {
    output: Output,
    part: PathBuf,
    pub(super) state: State,
    _lock: File,
}

impl Folder {
    /// Opens the folder, or begins one. It may block: the files in it are read.
    pub(super) fn open(request: &Request) -> Result<Folder> {
        let (output, fingerprint) = (request.output(), request.fingerprint()?);
        let part = output.beside(".part");
        private::create_folder(&part).map_err(private::failed(&part))?;
        let lock = private::lock(&part.join(LOCK))?;
        let mut state = State::open(&part.join(STATE), &fingerprint)?;
        state.verify(&part);
        Ok(Folder { output, part, state, _lock: lock })
    }

    /// Whether an export has begun that has not ended.
    pub(super) fn is_there(request: &Request) -> bool {
        request.output().beside(".part").join(STATE).exists()
    }

    /// Where the export is as yet.
    pub(super) fn part(&self) -> &Path {
        &self.part
    }

    /// Removes the files of an earlier export.
    pub(super) fn clear(&self) -> Result<()> {
        let removed = fs::read_dir(&self.part).and_then(|entries| {
            for entry in entries {
                let path = entry?.path();
                let is_ours = |end: &str| path.extension().is_some_and(|found| found == end);
                if is_ours("ndjson") || is_ours("part") {
                    fs::remove_file(&path)?;
                }
            }
            Ok(())
        });
        removed.map_err(private::failed(&self.part))
    }

    /// Gives the export its name.
    pub(super) fn rename(&self) -> Result<()> {
        self.output.rename(&self.part).map_err(private::failed(&self.output.path))
    }

    /// Removes state and lock, after all has come; wherever the folder is by now.
    pub(super) fn close(self) -> Result<()> {
        let place = if self.part.exists() { &self.part } else { &self.output.path };
        let removed = private::remove(&place.join(STATE)).and_then(|()| private::remove(&place.join(LOCK)));
        removed.map_err(private::failed(place))
    }

    /// Removes what holds nothing.
    pub(super) fn abandon(self) -> Result<()> {
        let part = self.part.clone();
        self.close()?;
        match fs::remove_dir(&part) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
            other => other.map_err(private::failed(&part)),
        }
    }

    /// Where the receipt is written.
    pub(super) fn receipt(&self) -> PathBuf {
        self.output.beside(".receipt.json")
    }

    /// The name that was asked for.
    pub(super) fn name(&self) -> &Path {
        &self.output.path
    }
}
