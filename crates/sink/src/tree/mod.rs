//! Where the files go: a folder, one file or a stream; whole or not at all.
//!
//! A folder is written under a hidden name beside its place and renamed at the end; one file likewise.
//! A tree that is dropped before [`OutputTree::commit`] removes what it wrote.

mod file;
mod folder;
mod leftover;
mod set;
mod single;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use self::file::Stream;
pub use self::file::{TreeFile, Written};
use self::folder::Folder;
pub use self::leftover::{Fate, Leftover};
pub use self::set::FileSet;
use self::single::Pending;
use crate::error::{Error, Kind};
use crate::manifest::Manifest;

/// Where an output goes.
pub enum Target {
    /// A folder of files, with a manifest.
    Folder(PathBuf),
    /// One table in one file. A device or pipe is written to as a stream.
    File(PathBuf),
    /// One table to someone who reads along, such as standard output: whole rows until the end or an error.
    Stream(Box<dyn Write + Send>),
}

/// How an output is put in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeOptions {
    /// Replace an export of ours, or a file, that stands there.
    pub overwrite: bool,
    /// Have the disk confirm every file before it gets its final name.
    pub sync: bool,
}

impl Default for TreeOptions {
    fn default() -> Self {
        Self { overwrite: false, sync: true }
    }
}

/// An output that is being written.
#[derive(Debug)]
pub struct OutputTree {
    place: Place,
    options: TreeOptions,
    leftovers: Vec<Leftover>,
    /// Files outside the tree, and in one-file mode all of them.
    pending: Mutex<Vec<Pending>>,
    /// Files of an earlier export beside the one file, which go if no new one takes their place.
    outdated: Mutex<Vec<PathBuf>>,
}

enum Place {
    Folder(Folder),
    File(PathBuf),
    Stream(Stream),
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(folder) => f.debug_tuple("Folder").field(folder).finish(),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}

impl OutputTree {
    /// Begins an output. Leftovers of killed runs to the same place are cleared first.
    ///
    /// # Errors
    /// Something stands there that may not be replaced; another run writes there now; the place cannot
    /// be written to.
    pub fn create(target: Target, options: TreeOptions) -> Result<Self, Error> {
        let mut leftovers = Vec::new();
        let place = match target {
            Target::Folder(path) => Place::Folder(Folder::create(&path, options.overwrite, &mut leftovers)?),
            Target::File(path) => single::place(path, options, &mut leftovers)?,
            Target::Stream(stream) => Place::Stream(Arc::new(Mutex::new(stream))),
        };
        Ok(Self { place, options, leftovers, pending: Mutex::default(), outdated: Mutex::default() })
    }

    /// What killed runs had left at this place, and what became of it.
    pub fn leftovers(&self) -> &[Leftover] {
        &self.leftovers
    }

    /// Whether it can hold several files.
    pub fn is_folder(&self) -> bool {
        matches!(self.place, Place::Folder(_))
    }

    /// Whether it is a stream.
    pub fn is_stream(&self) -> bool {
        matches!(self.place, Place::Stream(_))
    }

    /// A further file of the tree, by its path relative to the folder, with `/`. Beside one file `F`,
    /// `_rejects.ndjson` is `F.rejects.ndjson`.
    ///
    /// # Errors
    /// The file cannot be made; the output is a stream.
    pub fn file(&self, name: &str) -> Result<TreeFile, Error> {
        match &self.place {
            Place::Folder(folder) => folder.file(name, self.options.sync),
            Place::File(main) => self.outside(companion(main, name)),
            Place::Stream(_) => {
                Err(Error::usage(format!("a stream has no place for `{name}`: name a file for it")))
            }
        }
    }

    /// Says that [`file`](Self::file) may be asked for this name later. What stands beside one file from an earlier
    /// export is refused now, before the work; with `overwrite` it is gone after the commit even if nothing replaces it.
    ///
    /// # Errors
    /// The file stands there and may not be replaced.
    pub fn expect_file(&self, name: &str) -> Result<(), Error> {
        let Place::File(main) = &self.place else { return Ok(()) };
        let path = companion(main, name);
        single::may_be_written(&path, self.options)?;
        if path.is_file() {
            self.outdated.lock().map_err(|_| Error::new(Kind::Internal, "a writer failed"))?.push(path);
        }
        Ok(())
    }

    /// Clears what killed runs left of a file outside the tree.
    ///
    /// # Errors
    /// Another run writes there now.
    pub fn clear_outside(&mut self, path: &Path) -> Result<(), Error> {
        leftover::clear_files(&parent_of(path), path, &mut self.leftovers)
    }

    /// A file outside the tree that shares its fate: it appears when the tree does. A device or pipe is written to as a
    /// stream.
    ///
    /// # Errors
    /// The file cannot be made, or stands there and may not be replaced.
    pub fn outside(&self, path: PathBuf) -> Result<TreeFile, Error> {
        if let Some(stream) = single::stream(&path)? {
            return Ok(TreeFile::on_stream(stream, &path.display().to_string()));
        }
        let (file, pending) = single::begin(path, self.options)?;
        let mut all = self.pending.lock().map_err(|_| Error::new(Kind::Internal, "a writer failed"))?;
        all.push(pending);
        Ok(file)
    }

    /// The file of a table: by this name in a folder, else the one file or the stream itself.
    pub(crate) fn main_file(&self, name: &str) -> Result<TreeFile, Error> {
        match &self.place {
            Place::Folder(folder) => folder.file(name, self.options.sync),
            Place::File(path) => self.outside(path.clone()),
            Place::Stream(stream) => Ok(TreeFile::on_stream(Arc::clone(stream), "-")),
        }
    }

    /// Puts everything in its place. A folder gets the manifest; beside one file and on a stream there is none.
    ///
    /// # Errors
    /// The output cannot be put there; then nothing stands under the final name, unless the hint says
    /// how to finish.
    pub fn commit(self, manifest: &Manifest) -> Result<(), Error> {
        let sync = self.options.sync;
        let mut pending = self.pending.into_inner().unwrap_or_default();
        // The main file last: when it is there, all is.
        if let Place::File(main) = &self.place {
            pending.sort_by_key(|pending| pending.path() == main);
        }
        if let Place::Folder(folder) = self.place {
            let mut file = folder.file(crate::manifest::MANIFEST, sync)?;
            let failed = |error: std::io::Error| {
                Error::io("write", &folder.final_path(crate::manifest::MANIFEST), error)
            };
            serde_json::to_writer_pretty(&mut file, &manifest.to_json())
                .map_err(|error| failed(error.into()))?;
            file.write_all(b"\n").map_err(failed)?;
            file.close()?;
            folder.commit(self.options)?;
        }
        let mut outdated = self.outdated.into_inner().unwrap_or_default();
        outdated.retain(|path| pending.iter().all(|pending| pending.path() != path));
        pending.into_iter().try_for_each(|pending| pending.commit(sync))?;
        let remove =
            |path: PathBuf| fs::remove_file(&path).map_err(|error| Error::io("remove", &path, error));
        outdated.into_iter().try_for_each(remove)
    }
}

/// Beside one file `F`, `_rejects.ndjson` is `F.rejects.ndjson`.
fn companion(main: &Path, name: &str) -> PathBuf {
    let mut path = main.as_os_str().to_owned();
    path.push(".");
    path.push(name.strip_prefix('_').unwrap_or(name));
    PathBuf::from(path)
}

/// Has the disk confirm the entries of a folder.
fn sync_folder(path: &Path) -> Result<(), Error> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(|error| Error::io("sync", path, error))
}

/// The folder that holds `path`.
fn parent_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn make_parents(path: &Path) -> Result<PathBuf, Error> {
    let parent = parent_of(path);
    if let Some(file) = parent.ancestors().find(|one| one.exists()).filter(|one| !one.is_dir()) {
        let message = format!("`{}` is a file, not a folder", file.display());
        return Err(Error::new(Kind::Output, message).at(file));
    }
    fs::create_dir_all(&parent).map_err(|error| Error::io("make folder", &parent, error))?;
    Ok(parent)
}
