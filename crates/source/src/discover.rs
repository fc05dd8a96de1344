//! Arguments to inputs: files, folders, globs and `-`.
//!
//! Folders are walked in byte order of the relative path, so that the same tree is read in the
//! same order on every machine. What a thing is, its content tells, never its name: every visible
//! file of a folder is an input. Hidden files and folders (`.git`, `.DS_Store`, our own unfinished
//! output) are skipped, unless they are named.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};
use rustc_hash::FxHashSet;

use crate::error::plain;
use crate::{Error, ErrorKind, Input};

/// Finds the inputs that the arguments name, each file once, in the order of the arguments.
///
/// A folder or file inside a folder that cannot be read becomes an input with
/// [`Input::unreadable`] set, which the reader turns into a reject; one that was named is an error.
///
/// # Errors
/// A path that does not exist (with the nearest name that does), that cannot be read, or a glob
/// that is malformed or matches nothing.
pub fn discover<S: AsRef<str>>(arguments: &[S]) -> Result<Vec<Input>, Error> {
    let mut discovery = Discovery::default();
    for argument in arguments {
        discovery.argument(argument.as_ref())?;
    }
    Ok(discovery.inputs)
}

#[derive(Default)]
struct Discovery {
    inputs: Vec<Input>,
    /// Canonical paths of files: a file reached twice is read once.
    seen: FxHashSet<PathBuf>,
    has_stdin: bool,
}

impl Discovery {
    fn argument(&mut self, argument: &str) -> Result<(), Error> {
        if argument == "-" {
            if !self.has_stdin {
                self.inputs.push(Input::stdin());
            }
            self.has_stdin = true;
            return Ok(());
        }
        let path = Path::new(argument);
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => self.folder(path),
            Ok(_) => self.named_file(path, argument),
            // A name that exists literally is that file, brackets and all; only then a glob.
            Err(_) if argument.contains(['*', '?', '[', '{']) => self.glob(argument),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(Error::new(ErrorKind::NoFile, argument).with_suggestion(nearest(path)))
            }
            Err(error) => Err(unreadable(argument, error)),
        }
    }

    fn named_file(&mut self, path: &Path, name: &str) -> Result<(), Error> {
        // A pipe is opened once, by its reader: whoever writes into it would see this one leave.
        if path.is_file() {
            fs::File::open(path).map_err(|error| unreadable(name, error))?;
        }
        self.add(Input::file(path, name));
        Ok(())
    }

    fn add(&mut self, input: Input) {
        let path = input.path.clone().unwrap_or_default();
        // What has no canonical path (a pipe under /dev/fd) cannot be reached twice either.
        let canonical = fs::canonicalize(&path).unwrap_or(path);
        if self.seen.insert(canonical) {
            self.inputs.push(input);
        }
    }

    fn folder(&mut self, root: &Path) -> Result<(), Error> {
        fs::read_dir(root).map_err(|error| unreadable(&root.to_string_lossy(), error))?;
        let mut found = walk(root);
        found.sort_by(|a, b| a.relative.as_bytes().cmp(b.relative.as_bytes()));
        for file in found {
            self.add(file.into_input());
        }
        Ok(())
    }

    fn glob(&mut self, pattern: &str) -> Result<(), Error> {
        let matcher = GlobBuilder::new(pattern)
            .literal_separator(true)
            .build()
            .map_err(|error| Error::new(ErrorKind::BadGlob, format!("{pattern}: {}", error.kind())))?
            .compile_matcher();
        let (base, prefix) = literal_base(pattern);
        let mut found: Vec<Found> =
            walk(&base).into_iter().filter_map(|file| file.matching(&matcher, &prefix)).collect();
        if found.is_empty() {
            return Err(Error::new(ErrorKind::NoFile, format!("{pattern}: no file matches")));
        }
        found.sort_by(|a, b| a.relative.as_bytes().cmp(b.relative.as_bytes()));
        for file in found {
            self.add(file.into_input());
        }
        Ok(())
    }
}

fn unreadable(name: &str, error: io::Error) -> Error {
    let message = format!("{name} cannot be read: {}", plain(&error));
    Error::new(ErrorKind::Unreadable, message).with_cause(error)
}

/// The folder that a glob starts from, and how its files' names begin: `data/` of `data/*.json`.
fn literal_base(pattern: &str) -> (PathBuf, String) {
    let first = pattern.find(['*', '?', '[', '{']).unwrap_or(pattern.len());
    let (literal, _) = pattern.split_at(first);
    match literal.rfind('/') {
        Some(slash) => {
            let prefix = literal.split_at(slash + 1).0;
            (PathBuf::from(prefix), prefix.to_owned())
        }
        None => (PathBuf::from("."), String::new()),
    }
}

/// A file of a folder.
struct Found {
    path: PathBuf,
    relative: String,
    unreadable: Option<String>,
    is_own_export: bool,
}

impl Found {
    fn new(path: PathBuf, relative: String) -> Self {
        Found { path, relative, unreadable: None, is_own_export: false }
    }

    fn unreadable(path: PathBuf, relative: String, error: &io::Error) -> Self {
        Found { unreadable: Some(plain(error)), ..Found::new(path, relative) }
    }

    fn into_input(self) -> Input {
        let mut input = Input::file(self.path, Arc::from(self.relative.as_str()));
        input.unreadable = self.unreadable;
        input.is_own_export = self.is_own_export;
        input
    }

    /// The file under the name that the shell would have given it, if the glob matches it or a folder that it is in.
    fn matching(mut self, glob: &GlobMatcher, prefix: &str) -> Option<Self> {
        self.relative.insert_str(0, prefix);
        let (_, below) = self.relative.split_at(prefix.len());
        let mut folders = below.match_indices('/').map(|(slash, _)| &self.relative[..prefix.len() + slash]);
        let matches = glob.is_match(&self.relative) || folders.any(|folder| glob.is_match(folder));
        matches.then_some(self)
    }
}

/// All visible files below a folder. Links are followed, a folder reached again is not entered.
fn walk(root: &Path) -> Vec<Found> {
    let mut files = Vec::new();
    let mut folders = vec![(root.to_path_buf(), String::new())];
    let mut entered = FxHashSet::default();
    while let Some((folder, prefix)) = folders.pop() {
        if !entered.insert(fs::canonicalize(&folder).unwrap_or_else(|_| folder.clone())) {
            continue;
        }
        let listing = match fs::read_dir(&folder) {
            Ok(listing) => listing,
            Err(error) => {
                files.push(Found::unreadable(folder, prefix, &error));
                continue;
            }
        };
        // Tables of an earlier run beside the data would all be rejected, row by row.
        if !prefix.is_empty() && is_own_export(&folder) {
            files.push(Found { is_own_export: true, ..Found::new(folder, prefix) });
            continue;
        }
        for item in listing.flatten() {
            let name = item.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            let relative = format!("{prefix}{name}");
            match fs::metadata(item.path()) {
                Ok(found) if found.is_dir() => folders.push((item.path(), format!("{relative}/"))),
                Ok(found) if found.is_file() => {
                    files.push(Found::new(item.path(), relative));
                }
                // Sockets, devices and pipes in a folder are not data.
                Ok(_) => {}
                Err(error) => {
                    files.push(Found::unreadable(item.path(), relative, &error));
                }
            }
        }
    }
    files
}

/// Whether a folder holds the manifest that every export of ours ends with.
fn is_own_export(folder: &Path) -> bool {
    let mut head = Vec::new();
    let read =
        fs::File::open(folder.join("_manifest.json")).and_then(|file| file.take(64).read_to_end(&mut head));
    read.is_ok() && memchr::memmem::find(&head, b"\"fhirkit\"").is_some()
}

/// The existing path whose last part is spelt most like that of `missing`: beside it, or one
/// folder further down.
fn nearest(missing: &Path) -> Option<String> {
    const LOOKED_AT: usize = 10_000;
    let wanted = missing.file_name()?.to_string_lossy().to_lowercase();
    let parent = missing.parent()?;
    let beside = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    let mut candidates: Vec<PathBuf> = list(beside);
    let below: Vec<PathBuf> =
        candidates.iter().take(100).filter(|path| path.is_dir()).flat_map(|folder| list(folder)).collect();
    candidates.extend(below);
    candidates
        .into_iter()
        .take(LOOKED_AT)
        .filter_map(|path| {
            let name = path.file_name()?.to_string_lossy().to_lowercase();
            let distance = strsim::damerau_levenshtein(&name, &wanted);
            let near = distance * 3 <= wanted.chars().count();
            near.then_some((distance, path))
        })
        .min()
        .map(|(_, path)| {
            let shown = path.strip_prefix("./").unwrap_or(&path);
            shown.to_string_lossy().into_owned()
        })
}

fn list(folder: &Path) -> Vec<PathBuf> {
    let items = fs::read_dir(folder).into_iter().flatten().flatten();
    items
        .filter(|item| !item.file_name().to_string_lossy().starts_with('.'))
        .map(|item| item.path())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "{}").unwrap();
        }
        root
    }

    fn names(inputs: &[Input]) -> Vec<&str> {
        inputs.iter().map(|input| input.name.as_ref()).collect()
    }

    #[test]
    fn folders_are_walked_in_byte_order_of_the_relative_path() {
        let root = tree(&["a/x.json", "a-b/x", "B.ndjson", "a.json", ".hidden/x", ".x", "_SUCCESS"]);
        let inputs = discover(&[root.path().to_str().unwrap()]).unwrap();
        assert_eq!(names(&inputs), ["B.ndjson", "_SUCCESS", "a-b/x", "a.json", "a/x.json"]);
    }

    #[test]
    fn a_file_reached_twice_is_read_once() {
        let root = tree(&["a/x.json", "b.json"]);
        let folder = root.path().to_str().unwrap().to_owned();
        let inputs = discover(&[
            format!("{folder}/a/../b.json"),
            "-".to_owned(),
            folder.clone(),
            format!("{folder}/a"),
            "-".to_owned(),
        ])
        .unwrap();
        assert_eq!(inputs.len(), 3);
        assert!(inputs[1].is_stdin());
    }

    #[test]
    fn globs_name_files_as_the_shell_would() {
        let root = tree(&["a/x.json", "a/b/y.json", "a/z.txt"]);
        let folder = root.path().to_str().unwrap();
        let inputs = discover(&[format!("{folder}/a/*.json")]).unwrap();
        assert_eq!(names(&inputs), [format!("{folder}/a/x.json")]);
        let inputs = discover(&[format!("{folder}/**/*.json")]).unwrap();
        assert_eq!(inputs.len(), 2);
        let inputs = discover(&[format!("{folder}/?")]).unwrap();
        let all = ["a/b/y.json", "a/x.json", "a/z.txt"].map(|name| format!("{folder}/{name}"));
        assert_eq!(names(&inputs), all, "a folder is read, as if the shell had named it");
        let error = discover(&[format!("{folder}/*.xml")]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoFile);
    }

    #[test]
    fn a_missing_file_names_the_nearest_one() {
        let root = tree(&["data/nosuch2.json", "other.txt"]);
        let missing = root.path().join("nosuch.json");
        let error = discover(&[missing.to_str().unwrap()]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoFile);
        assert!(error.suggestion().unwrap().ends_with("data/nosuch2.json"));
    }

    #[test]
    fn an_export_of_ours_among_the_inputs_is_told_and_not_read() {
        let root = tree(&["a.json", "out/patient/part-00000.ndjson", "other/_manifest.json"]);
        let folder = root.path().to_str().unwrap();
        fs::write(root.path().join("out/_manifest.json"), "{\n \"schema_version\": 1,\n \"fhirkit\": \"0\"}")
            .unwrap();
        let inputs = discover(&[folder]).unwrap();
        assert_eq!(names(&inputs), ["a.json", "other/_manifest.json", "out/"]);
        assert_eq!(inputs.iter().map(|input| input.is_own_export).collect::<Vec<_>>(), [false, false, true]);
        // Who names it means it.
        assert_eq!(discover(&[format!("{folder}/out")]).unwrap().len(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn folders_that_link_to_themselves_end() {
        let root = tree(&["a/x.json"]);
        std::os::unix::fs::symlink(root.path(), root.path().join("a/loop")).unwrap();
        let inputs = discover(&[root.path().to_str().unwrap()]).unwrap();
        assert_eq!(names(&inputs), ["a/x.json"]);
    }
}
