//! A folder: written as `tree` within a hidden folder, renamed at the end.
//!
//! The hidden folder holds `lock` (locked while the run lives), `tree`, and while an older export is
//! being replaced `old`. It stands beside the folder, or within it where the parent cannot hold it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::file::TreeFile;
use super::leftover::{self, Leftover};
use super::{TreeOptions, make_parents, parent_of, sync_folder};
use crate::error::{Error, Kind};
use crate::manifest::{MANIFEST, Manifest};

pub(super) const TREE: &str = "tree";
pub(super) const OLD: &str = "old";
pub(super) const LOCK: &str = "lock";
const HOW_TO_FINISH: &str = "HOW-TO-FINISH.txt";

/// A folder that is being written.
#[derive(Debug)]
pub(super) struct Folder {
    target: PathBuf,
    hidden: TempDir,
    /// The hidden folder is within the target.
    inside: bool,
    _lock: File,
}

/// What stands at the place of an output.
enum There {
    Nothing,
    Empty,
    Ours,
    NotOurs,
}

impl Folder {
    pub(super) fn create(path: &Path, overwrite: bool, leftovers: &mut Vec<Leftover>) -> Result<Self, Error> {
        make_parents(path)?;
        // A link stays a link: what it points to is replaced. A folder called `.` gets its name.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        leftover::clear_folders(&parent_of(&target), &target, leftovers)?;
        let there = look(&target)?;
        match there {
            There::Ours | There::NotOurs if !overwrite => {
                let message = format!("`{}` exists and is not empty", path.display());
                return Err(Error::new(Kind::Exists, message)
                    .at(path)
                    .with_hint("--overwrite replaces an export"));
            }
            There::NotOurs => {
                let message = format!("`{}` is not an export: it has no `{MANIFEST}`", path.display());
                let hint = "--overwrite only replaces what fhirkit has written; choose another folder";
                return Err(Error::new(Kind::NotOurs, message).at(path).with_hint(hint));
            }
            _ => {}
        }
        let (hidden, inside) = hide(&target, &there)?;
        Self::begin(target, hidden, inside)
    }

    fn begin(target: PathBuf, hidden: TempDir, inside: bool) -> Result<Self, Error> {
        let failed = |error| Error::io("write to", &target, error);
        let lock = File::create(hidden.path().join(LOCK)).map_err(failed)?;
        // Where a file system has no locks, a later run only cannot tell a leftover.
        let _ = lock.try_lock();
        fs::create_dir(hidden.path().join(TREE)).map_err(failed)?;
        Ok(Self { target, hidden, inside, _lock: lock })
    }

    /// Where the file will be in the end.
    pub(super) fn final_path(&self, name: &str) -> PathBuf {
        self.target.join(name)
    }

    pub(super) fn file(&self, name: &str, sync: bool) -> Result<TreeFile, Error> {
        let (path, shown) = (self.hidden.path().join(TREE).join(name), self.final_path(name));
        let file = fs::create_dir_all(parent_of(&path)).and_then(|()| File::create_new(&path));
        let file = file.map_err(|error| Error::io("write", &shown, error))?;
        Ok(TreeFile::on_disk(file, name, shown, sync))
    }

    pub(super) fn commit(self, options: TreeOptions) -> Result<(), Error> {
        let tree = self.hidden.path().join(TREE);
        if options.sync {
            sync_all_folders(&tree)?;
        }
        let holder = if self.inside {
            move_up(&tree, &self.target)
                .map_err(|error| Error::io("move files into", &self.target, error))?;
            self.target.clone()
        } else {
            if matches!(look(&self.target)?, There::Ours) && options.overwrite {
                self.set_aside(options.sync)?;
            }
            if let Err(error) = fs::rename(&tree, &self.target) {
                return Err(self.put_back(error));
            }
            parent_of(&self.target)
        };
        if options.sync {
            sync_folder(&holder)?;
        }
        // The old tree goes with the hidden folder. What cannot be removed is the next run's leftover.
        let _ = self.hidden.close();
        Ok(())
    }

    /// Renames the old tree into the hidden folder, with a note for whoever finds both after a crash.
    fn set_aside(&self, sync: bool) -> Result<(), Error> {
        let hidden = self.hidden.path();
        let note = format!(
            "fhirkit was stopped while it replaced {target}\n\
             `{TREE}` is the new export and `{OLD}` the one before; both are whole.\n\
             The next run to the same place finishes this, or by hand: move `{TREE}` (or `{OLD}`) to {target}\n",
            target = self.target.display()
        );
        let noted = fs::write(hidden.join(HOW_TO_FINISH), note);
        noted.map_err(|error| Error::io("write to", hidden, error))?;
        if sync {
            sync_folder(hidden)?;
        }
        fs::rename(&self.target, hidden.join(OLD))
            .map_err(|error| Error::io("set aside", &self.target, error))
    }

    /// The new tree could not get its name: the old one gets it back.
    fn put_back(self, error: io::Error) -> Error {
        let old = self.hidden.path().join(OLD);
        let occupied =
            matches!(error.kind(), io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists);
        let mut failure = Error::io("rename to", &self.target, error);
        if occupied {
            let message = format!("`{}` came to exist while it was written", self.target.display());
            failure = Error::new(Kind::Exists, message).at(&self.target);
        }
        if old.exists() && fs::rename(&old, &self.target).is_err() {
            let kept = self.hidden.keep();
            let how = format!("both trees are whole: see {}", kept.join(HOW_TO_FINISH).display());
            return failure.with_hint(how);
        }
        failure
    }
}

/// Moves what is in `tree` up to `target`, the manifest last.
pub(super) fn move_up(tree: &Path, target: &Path) -> io::Result<()> {
    let mut names: Vec<_> =
        fs::read_dir(tree)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>()?;
    names.sort_by_key(|name| (name == MANIFEST, name.clone()));
    names.into_iter().try_for_each(|name| fs::rename(tree.join(&name), target.join(&name)))
}

/// A new hidden folder beside the target; within it where the target is a file system of its own or
/// the parent may not be written to.
fn hide(target: &Path, there: &There) -> Result<(TempDir, bool), Error> {
    let parent = parent_of(target);
    let exists = !matches!(there, There::Nothing);
    let device = |path: &Path| fs::metadata(path).map(|metadata| metadata.dev()).ok();
    if !exists || device(&parent) == device(target) {
        match tempfile::Builder::new().prefix(&leftover::prefix(target)).tempdir_in(&parent) {
            Ok(hidden) => return Ok((hidden, false)),
            Err(error) if exists && is_forbidden(&error) => {}
            Err(error) => return Err(Error::hidden(&parent, &error)),
        }
    }
    if matches!(there, There::Ours | There::NotOurs) {
        let message =
            format!("`{}` cannot be replaced: its parent cannot hold a second tree", target.display());
        let hint = "empty the folder first, or choose another";
        return Err(Error::new(Kind::Exists, message).at(target).with_hint(hint));
    }
    let hidden = tempfile::Builder::new().prefix(leftover::INSIDE).tempdir_in(target);
    Ok((hidden.map_err(|error| Error::hidden(target, &error))?, true))
}

fn is_forbidden(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

fn look(target: &Path) -> Result<There, Error> {
    let entries = match fs::read_dir(target) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(There::Nothing),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(
                Error::new(Kind::Exists, format!("`{}` is not a folder", target.display())).at(target)
            );
        }
        Err(error) => return Err(Error::io("read", target, error)),
    };
    let mut is_empty = true;
    for entry in entries {
        let name = entry.map_err(|error| Error::io("read", target, error))?.file_name();
        is_empty &= leftover::is_inside(&name);
    }
    if is_empty {
        return Ok(There::Empty);
    }
    let manifest = fs::read(target.join(MANIFEST));
    Ok(if manifest.is_ok_and(|bytes| Manifest::is_ours(&bytes)) { There::Ours } else { There::NotOurs })
}

fn sync_all_folders(path: &Path) -> Result<(), Error> {
    let failed = |error| Error::io("read", path, error);
    for entry in fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_dir() {
            sync_all_folders(&entry.path())?;
        }
    }
    sync_folder(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const OPTIONS: TreeOptions = TreeOptions { overwrite: false, sync: true };

    /// A folder whose parent cannot hold the hidden one: a mount point, in real life.
    fn begin_inside(target: &Path) -> Folder {
        let hidden = tempfile::Builder::new().prefix(leftover::INSIDE).tempdir_in(target).unwrap();
        Folder::begin(target.to_owned(), hidden, true).unwrap()
    }

    fn add(folder: &Folder, name: &str, bytes: &[u8]) {
        let mut file = folder.file(name, true).unwrap();
        file.write_all(bytes).unwrap();
        file.close().unwrap();
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn within_its_place_a_tree_moves_up_at_the_end() {
        let place = tempfile::tempdir().unwrap();
        let folder = begin_inside(place.path());
        add(&folder, "claim/part-00000.csv", b"x");
        add(&folder, MANIFEST, b"{}");
        assert!(matches!(look(place.path()), Ok(There::Empty)), "only the hidden folder stands there");
        folder.commit(OPTIONS).unwrap();
        assert_eq!(names(place.path()), [MANIFEST, "claim"]);
    }

    #[test]
    fn a_run_killed_while_files_moved_up_is_finished_by_the_next() {
        let place = tempfile::tempdir().unwrap();
        let folder = begin_inside(place.path());
        add(&folder, "claim/part-00000.csv", b"x");
        add(&folder, "patient/part-00000.csv", b"y");
        add(&folder, MANIFEST, b"{}");
        let tree = folder.hidden.path().join(TREE);
        fs::rename(tree.join("claim"), place.path().join("claim")).unwrap();
        let _ = folder.hidden.keep();
        drop(folder._lock);
        let mut found = Vec::new();
        leftover::clear_folders(&parent_of(place.path()), place.path(), &mut found).unwrap();
        assert_eq!(
            found.iter().map(|leftover| leftover.fate).collect::<Vec<_>>(),
            [leftover::Fate::Finished]
        );
        assert_eq!(names(place.path()), [MANIFEST, "claim", "patient"]);
    }

    #[test]
    fn a_run_killed_before_files_moved_up_is_removed() {
        let place = tempfile::tempdir().unwrap();
        let folder = begin_inside(place.path());
        add(&folder, MANIFEST, b"{}");
        let _ = folder.hidden.keep();
        drop(folder._lock);
        let mut found = Vec::new();
        leftover::clear_folders(&parent_of(place.path()), place.path(), &mut found).unwrap();
        assert_eq!(found.iter().map(|leftover| leftover.fate).collect::<Vec<_>>(), [leftover::Fate::Removed]);
        assert_eq!(names(place.path()), [""; 0]);
    }

    #[test]
    fn a_tree_that_cannot_get_its_name_gives_the_old_one_its_name_back() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("out");
        let folder = Folder::create(&target, true, &mut Vec::new()).unwrap();
        fs::create_dir(&target).unwrap();
        fs::write(target.join(MANIFEST), br#"{"fhirkit":"0","files":[]}"#).unwrap();
        fs::remove_dir(folder.hidden.path().join(TREE)).unwrap();
        folder.set_aside(true).unwrap();
        assert!(!target.exists());
        let error = fs::rename(folder.hidden.path().join(TREE), &target).unwrap_err();
        assert_eq!(folder.put_back(error).kind(), Kind::Output);
        assert_eq!(
            (names(place.path()), names(&target)),
            (vec!["out".to_owned()], vec![MANIFEST.to_owned()])
        );
    }
}
