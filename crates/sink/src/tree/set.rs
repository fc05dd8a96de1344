//! Several files that appear together: reports, say. No folder of ours, no manifest.

use std::path::{Path, PathBuf};

use super::file::TreeFile;
use super::single::{self, Pending};
use super::{TreeOptions, make_parents};
use crate::error::Error;

/// Files that are written under hidden names and get their own when all are whole. Dropped before
/// [`FileSet::commit`], it removes what it wrote.
#[derive(Debug, Default)]
pub struct FileSet {
    options: TreeOptions,
    pending: Vec<Pending>,
}

impl FileSet {
    /// No file yet.
    #[must_use]
    pub fn new(options: TreeOptions) -> Self {
        Self { options, pending: Vec::new() }
    }

    /// Begins a file. Folders that lack on the way to it are made.
    ///
    /// # Errors
    /// The file cannot be made, stands there and may not be replaced, or is begun already.
    pub fn file(&mut self, path: &Path) -> Result<TreeFile, Error> {
        // A device or pipe has no name to give.
        if let Some(stream) = single::stream(path)? {
            return Ok(TreeFile::on_stream(stream, &path.display().to_string()));
        }
        if self.pending.iter().any(|pending| pending.path() == path) {
            return Err(Error::usage(format!("`{}` is named twice as an output", path.display())));
        }
        make_parents(path)?;
        let (file, pending) = single::begin(PathBuf::from(path), self.options)?;
        self.pending.push(pending);
        Ok(file)
    }

    /// Gives all files their names.
    ///
    /// # Errors
    /// A file cannot be put in its place.
    pub fn commit(self) -> Result<(), Error> {
        let sync = self.options.sync;
        self.pending.into_iter().try_for_each(|pending| pending.commit(sync))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn files_appear_together_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let options = TreeOptions { overwrite: true, sync: false };
        let names = || std::fs::read_dir(folder.path()).unwrap().count();
        let mut set = FileSet::new(options);
        let mut one = set.file(&folder.path().join("a/one.json")).unwrap();
        one.write_all(b"1").unwrap();
        drop((one.close().unwrap(), set));
        assert_eq!(std::fs::read_dir(folder.path().join("a")).unwrap().count(), 0);
        let mut set = FileSet::new(options);
        let one = set.file(&folder.path().join("one.json")).unwrap();
        assert!(set.file(&folder.path().join("one.json")).is_err());
        one.close().unwrap();
        set.commit().unwrap();
        assert_eq!(names(), 2);
    }
}
