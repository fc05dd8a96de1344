//! How far an export is, in a file of one JSON text a line that only grows: what a kill leaves half is dropped.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use url::Url;

use super::lines::Counted;
use super::manifest::Manifest;
use crate::error::{Error, ErrorKind, Result};
use crate::private;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// The first: for which request it is.
    Export(String),
    /// Where the server says how far it is.
    Status(String),
    Manifest(Manifest),
    /// A file, by its name, that lies complete in the folder.
    Finished(String, Counted),
}

/// The state of an export.
pub(super) struct State {
    path: PathBuf,
    file: File,
    fingerprint: String,
    status: Option<Url>,
    manifest: Option<Manifest>,
    finished: BTreeMap<String, Counted>,
}

impl State {
    /// Opens the state at `path`, or begins one, for the request with this fingerprint.
    pub(super) fn open(path: &Path, fingerprint: &str) -> Result<State> {
        let file = private::open_file(path, false).map_err(private::failed(path))?;
        let mut state = State {
            path: path.to_owned(),
            file,
            fingerprint: fingerprint.to_owned(),
            status: None,
            manifest: None,
            finished: BTreeMap::new(),
        };
        let whole = state.read()?;
        state.cut(whole)?;
        Ok(state)
    }

    /// Takes up the lines that are whole. Returns their length in bytes.
    fn read(&mut self) -> Result<u64> {
        let mut text = Vec::new();
        self.file.read_to_end(&mut text).map_err(private::failed(&self.path))?;
        let mut whole = 0;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let read = serde_json::from_slice::<Line>(line);
            let Some(read) = read.ok().filter(|_| line.ends_with(b"\n")) else { break };
            if whole == 0 && !matches!(read, Line::Export(_)) {
                break;
            }
            match read {
                Line::Export(fingerprint) if fingerprint == self.fingerprint => {}
                Line::Export(_) => {
                    let folder = self.path.parent().unwrap_or(&self.path);
                    let message = format!("`{}` belongs to another export", folder.display());
                    let help = "remove that folder, or write to another one";
                    return Err(Error::new(ErrorKind::Configuration, message).with_help(help));
                }
                Line::Status(url) => self.status = Url::parse(&url).ok(),
                Line::Manifest(manifest) => self.manifest = Some(manifest),
                Line::Finished(name, counted) => {
                    self.finished.insert(name, counted);
                }
            }
            whole += line.len() as u64;
        }
        Ok(whole)
    }

    /// Drops what stands behind the first `whole` bytes.
    fn cut(&mut self, whole: u64) -> Result<()> {
        let cut = self.file.set_len(whole).and_then(|()| self.file.seek(SeekFrom::End(0)));
        cut.map_err(private::failed(&self.path))?;
        match whole {
            0 => self.append(&Line::Export(self.fingerprint.clone())),
            _ => Ok(()),
        }
    }

    fn append(&mut self, line: &Line) -> Result<()> {
        let written = serde_json::to_vec(line).map_err(std::io::Error::from).and_then(|mut text| {
            text.push(b'\n');
            self.file.write_all(&text)
        });
        written.map_err(private::failed(&self.path))
    }

    /// Forgets the export: the next one begins anew.
    pub(super) fn restart(&mut self) -> Result<()> {
        (self.status, self.manifest) = (None, None);
        self.finished.clear();
        self.cut(0)
    }

    pub(super) fn status(&self) -> Option<&Url> {
        self.status.as_ref()
    }

    pub(super) fn manifest(&self) -> Option<&Manifest> {
        self.manifest.as_ref()
    }

    /// What has come, by name.
    pub(super) fn finished(&self) -> &BTreeMap<String, Counted> {
        &self.finished
    }

    pub(super) fn set_status(&mut self, url: &Url) -> Result<()> {
        self.status = Some(url.clone());
        self.append(&Line::Status(url.to_string()))
    }

    pub(super) fn set_manifest(&mut self, manifest: &Manifest) -> Result<()> {
        self.manifest = Some(manifest.clone());
        self.append(&Line::Manifest(manifest.clone()))
    }

    pub(super) fn finish(&mut self, name: &str, counted: Counted) -> Result<()> {
        self.append(&Line::Finished(name.to_owned(), counted.clone()))?;
        self.finished.insert(name.to_owned(), counted);
        Ok(())
    }

    /// Keeps of the finished files those that lie in `folder` as they were written. It may block.
    pub(super) fn verify(&mut self, folder: &Path) {
        self.finished.retain(|name, counted| {
            let found = private::hash_of(&folder.join(name));
            found.is_ok_and(|(bytes, hash)| bytes == counted.bytes && hash == counted.sha256)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wherever_it_was_cut_what_is_left_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let mut state = State::open(&path, "f").unwrap();
        let url = Url::parse("https://payer.example/bulk/1").unwrap();
        state.set_status(&url).unwrap();
        state.finish("Patient-001.ndjson", Counted { resources: 3, ..Counted::default() }).unwrap();
        drop(state);
        let text = std::fs::read(&path).unwrap();
        for length in 0..=text.len() {
            std::fs::write(&path, &text[..length]).unwrap();
            let lines = text[..length].iter().filter(|byte| **byte == b'\n').count();
            let state = State::open(&path, "f").unwrap();
            assert_eq!(
                (state.status().is_some(), state.finished().len()),
                (lines > 1, usize::from(lines > 2))
            );
        }
        assert_eq!(State::open(&path, "g").err().unwrap().kind(), ErrorKind::Configuration);
    }

    #[test]
    fn finished_files_count_only_while_they_lie_there() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = State::open(&folder.path().join("state"), "f").unwrap();
        std::fs::write(folder.path().join("a"), "x").unwrap();
        let (bytes, sha256) = private::hash_of(&folder.path().join("a")).unwrap();
        let counted = Counted { bytes, sha256, ..Counted::default() };
        state.finish("a", counted.clone()).unwrap();
        state.finish("b", counted).unwrap();
        state.verify(folder.path());
        assert_eq!(state.finished().keys().collect::<Vec<_>>(), ["a"]);
        state.restart().unwrap();
        assert!(state.finished().is_empty());
    }
}
