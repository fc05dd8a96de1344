//! The journal: each complete page in a private folder, so that a run that was killed goes on where it stopped.
//!
//! A page is written under its number, synced and renamed before the index gets its line; a line without its page, or
//! half a line, is what a kill leaves behind, and is dropped. One process at a time holds the folder.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::seen::first_half;
use crate::error::{Error, ErrorKind, Result};
use crate::private;

/// The first line of the index.
#[derive(Serialize, Deserialize)]
struct Header {
    journal: u32,
    request: String,
}

/// One line of the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) page: u64,
    /// Which step of the plan it belongs to.
    pub(super) step: usize,
    pub(super) url: String,
    pub(super) next: Option<String>,
    pub(super) sha256: String,
    pub(super) bytes: u64,
    pub(super) entries: u64,
}

/// An open journal.
pub(super) struct Journal {
    folder: PathBuf,
    index: File,
    header: String,
    last: Option<Line>,
    page_count: u64,
    byte_count: u64,
    urls: FxHashSet<[u8; 16]>,
    contents: FxHashSet<[u8; 16]>,
    // Last: whoever waits for the folder gets it when everything else is done.
    _lock: File,
}

impl Journal {
    /// Opens the journal in `folder`, or begins one, for the request with this fingerprint.
    pub(super) fn open(folder: &Path, fingerprint: &str) -> Result<Journal> {
        private::create_folder(folder).map_err(private::failed(folder))?;
        let lock = private::lock(&folder.join("lock"))?;
        let index = private::open_file(&folder.join("index"), false).map_err(private::failed(folder))?;
        let header = Header { journal: 1, request: fingerprint.to_owned() };
        let header = serde_json::to_string(&header).unwrap_or_default();
        let mut journal = Journal {
            folder: folder.to_owned(),
            index,
            header,
            last: None,
            page_count: 0,
            byte_count: 0,
            urls: FxHashSet::default(),
            contents: FxHashSet::default(),
            _lock: lock,
        };
        let whole = journal.read()?;
        journal.cut(whole).map_err(private::failed(folder))?;
        Ok(journal)
    }

    /// Takes up the lines that are whole. Returns their length in bytes.
    fn read(&mut self) -> Result<usize> {
        let mut text = Vec::new();
        self.index.read_to_end(&mut text).map_err(private::failed(&self.folder))?;
        let mut whole = 0;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            if !line.ends_with(b"\n") {
                break;
            }
            if whole == 0 {
                if line.trim_ascii_end() != self.header.as_bytes() {
                    let message =
                        format!("the journal `{}` belongs to another request", self.folder.display());
                    let help = "remove that folder, or write to another file";
                    return Err(Error::new(ErrorKind::Configuration, message).with_help(help));
                }
            } else {
                let Ok(line) = serde_json::from_slice::<Line>(line) else { break };
                if !self.is_whole(&line) {
                    break;
                }
                self.note(line);
            }
            whole += line.len();
        }
        Ok(whole)
    }

    /// Whether the page of `line` is there, and is what was written.
    fn is_whole(&self, line: &Line) -> bool {
        line.page == self.page_count + 1
            && private::hash_of(&self.place(line.page))
                .is_ok_and(|(bytes, hash)| bytes == line.bytes && hash == line.sha256)
    }

    fn note(&mut self, line: Line) {
        self.urls.insert(half(0, &line.url));
        self.contents.insert(half(line.step, &line.sha256));
        (self.page_count, self.byte_count) = (line.page, self.byte_count + line.bytes);
        self.last = Some(line);
    }

    /// Drops what stands behind the `whole` bytes of the index, and the pages that it does not name.
    fn cut(&mut self, whole: usize) -> io::Result<()> {
        self.index.set_len(whole as u64)?;
        self.index.seek(SeekFrom::End(0))?;
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let number = name.strip_suffix(".json").and_then(|stem| stem.parse::<u64>().ok());
            if name.ends_with(".part") || number.is_some_and(|number| number > self.page_count) {
                fs::remove_file(entry.path())?;
            }
        }
        if whole == 0 {
            self.index.write_all(format!("{}\n", self.header).as_bytes())?;
        }
        Ok(())
    }

    /// Forgets all pages.
    pub(super) fn restart(&mut self) -> Result<()> {
        (self.last, self.page_count, self.byte_count) = (None, 0, 0);
        self.urls.clear();
        self.contents.clear();
        self.cut(0).map_err(private::failed(&self.folder))
    }

    /// Adds the next page. Its number is one more than there are.
    pub(super) fn append(&mut self, page: &[u8], line: Line) -> Result<()> {
        let written = private::write_file(&self.place(line.page), page).and_then(|()| {
            let mut text = serde_json::to_vec(&line)?;
            text.push(b'\n');
            // Not synced: should the machine fail, a lost line or rename costs this page, which is asked for again.
            self.index.write_all(&text)
        });
        written.map_err(private::failed(&self.folder))?;
        self.note(line);
        Ok(())
    }

    /// The bytes of a page that the index names.
    pub(super) fn page(&self, number: u64) -> Result<Vec<u8>> {
        let path = self.place(number);
        fs::read(&path).map_err(|error| {
            let message = format!("`{}` of the journal cannot be read", path.display());
            Error::new(ErrorKind::Output, message).with_source(error)
        })
    }

    /// Whether a page came from `url`.
    pub(super) fn has_url(&self, url: &str) -> bool {
        self.urls.contains(&half(0, url))
    }

    /// Whether a page of this step had this content.
    pub(super) fn has_content(&self, step: usize, sha256: &str) -> bool {
        self.contents.contains(&half(step, sha256))
    }

    /// The line of the last page.
    pub(super) fn last(&self) -> Option<&Line> {
        self.last.as_ref()
    }

    /// How many pages it has.
    pub(super) fn page_count(&self) -> u64 {
        self.page_count
    }

    /// How many bytes they have.
    pub(super) fn byte_count(&self) -> u64 {
        self.byte_count
    }

    /// Removes it, when the record has arrived.
    pub(super) fn remove(self) -> Result<()> {
        private::remove(&self.folder).map_err(private::failed(&self.folder))
    }

    fn place(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number:06}.json"))
    }
}

fn half(step: usize, text: &str) -> [u8; 16] {
    first_half(&Sha256::new().chain_update((step as u64).to_le_bytes()).chain_update(text).finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::private::hex;

    fn line(page: u64, bytes: &[u8]) -> Line {
        Line {
            page,
            step: 0,
            url: format!("https://payer.example/?page={page}"),
            next: Some(format!("https://payer.example/?page={}", page + 1)),
            sha256: hex(&Sha256::digest(bytes)),
            bytes: bytes.len() as u64,
            entries: 0,
        }
    }

    fn with_pages(folder: &Path, count: u64) {
        let mut journal = Journal::open(folder, "f").unwrap();
        for number in 1..=count {
            let page = format!("page {number}");
            journal.append(page.as_bytes(), line(number, page.as_bytes())).unwrap();
        }
    }

    #[test]
    fn pages_are_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("x.journal");
        with_pages(&folder, 3);
        let journal = Journal::open(&folder, "f").unwrap();
        assert_eq!((journal.page_count(), journal.byte_count()), (3, 18));
        assert_eq!(journal.page(2).unwrap(), b"page 2");
        assert!(
            journal.has_url("https://payer.example/?page=3")
                && !journal.has_url("https://payer.example/?page=4")
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&folder), mode(&folder.join("000001.json"))), (0o700, 0o600));
        }
        journal.remove().unwrap();
        assert!(!folder.exists());
    }

    #[test]
    fn wherever_the_index_was_cut_what_is_left_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let whole = folder.path().join("whole");
        with_pages(&whole, 2);
        let index = fs::read(whole.join("index")).unwrap();
        let place = folder.path().join("cut");
        for length in 0..index.len() {
            let _ = fs::remove_dir_all(&place);
            fs::create_dir(&place).unwrap();
            for entry in fs::read_dir(&whole).unwrap() {
                let path = entry.unwrap().path();
                fs::copy(&path, place.join(path.file_name().unwrap())).unwrap();
            }
            fs::write(place.join("index"), &index[..length]).unwrap();
            fs::write(place.join("000009.json.part"), "half").unwrap();
            let journal = Journal::open(&place, "f").unwrap();
            let lines = index[..length].iter().filter(|byte| **byte == b'\n').count() as u64;
            assert_eq!(journal.page_count(), lines.saturating_sub(1), "{length}");
            assert!(!place.join("000009.json.part").exists());
            let next = journal.page_count() + 1;
            assert!(!place.join(format!("{next:06}.json")).exists());
        }
    }

    #[test]
    fn a_damaged_page_takes_those_behind_it_along() {
        let folder = tempfile::tempdir().unwrap();
        with_pages(folder.path(), 4);
        fs::write(folder.path().join("000002.json"), "page X").unwrap();
        let journal = Journal::open(folder.path(), "f").unwrap();
        assert_eq!(journal.page_count(), 1);
        assert_eq!(journal.last().unwrap().page, 1);
    }

    #[test]
    fn one_process_and_one_request_have_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = Journal::open(folder.path(), "f").unwrap();
        let error = Journal::open(folder.path(), "f").err().unwrap();
        assert!(error.to_string().starts_with("another fhirkit is writing"), "{error}");
        drop(first);
        let error = Journal::open(folder.path(), "g").err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Configuration);
    }
}
