//! The file that a record is written to: complete under its name, or incomplete under `FILE.part`.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::compact;
use super::page::{Entry, Page};
use crate::error::{Error, ErrorKind, Result};
use crate::private::{self, hex};

/// How a record is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One resource a line.
    Ndjson,
    /// One collection Bundle.
    Bundle,
    /// A folder with the pages as they came.
    Pages,
}

/// Where a record is written, and how.
#[derive(Debug, Clone)]
pub struct Output {
    /// The file; of [`Format::Pages`] the folder.
    pub path: PathBuf,
    /// How.
    pub format: Format,
    /// Whether what is there is replaced.
    pub overwrite: bool,
}

impl Output {
    /// `FILE.journal`, `FILE.part`, `FILE.receipt.json`.
    pub(crate) fn beside(&self, end: &str) -> PathBuf {
        let mut path = self.path.as_os_str().to_owned();
        path.push(end);
        PathBuf::from(path)
    }

    /// Refuses what could not be renamed in the end.
    pub(crate) fn check(&self) -> Result<()> {
        let wrong = |words: &str, help: &str| {
            let message = format!("`{}` {words}", self.path.display());
            Err(Error::new(ErrorKind::Exists, message).with_help(help))
        };
        match fs::symlink_metadata(&self.path) {
            Err(_) => Ok(()),
            Ok(_) if !self.overwrite => wrong("exists already", "--overwrite replaces it"),
            Ok(found) if found.is_dir() != (self.format == Format::Pages) => {
                wrong("is something else than what would be written", "write to another place")
            }
            Ok(_) => Ok(()),
        }
    }

    /// Gives what lies at `part` its name.
    pub(crate) fn rename(&self, part: &Path) -> io::Result<()> {
        if self.format == Format::Pages && self.overwrite {
            private::remove(&self.path)?;
        }
        fs::rename(part, &self.path)?;
        private::sync_folder_of(&self.path)
    }
}

/// An output that grows.
pub(super) struct Writer {
    output: Output,
    part: PathBuf,
    /// Absent for [`Format::Pages`].
    file: Option<BufWriter<File>>,
    hash: Sha256,
    line: Vec<u8>,
    is_first: bool,
}

impl Writer {
    pub(super) fn begin(output: &Output) -> Result<Writer> {
        let part = output.beside(".part");
        let begun = private::remove(&part).and_then(|()| match output.format {
            Format::Pages => private::create_folder(&part).map(|()| None),
            _ => private::open_file(&part, true).map(|file| Some(BufWriter::with_capacity(1 << 18, file))),
        });
        let file = begun.map_err(private::failed(&part))?;
        let (output, hash, line) = (output.clone(), Sha256::new(), Vec::new());
        let mut writer = Writer { output, part, file, hash, line, is_first: true };
        if writer.output.format == Format::Bundle {
            writer.put(b"{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[")?;
        }
        Ok(writer)
    }

    /// Adds a page, for the format that keeps pages.
    pub(super) fn page(&mut self, page: &Page) -> Result<()> {
        if self.output.format != Format::Pages {
            return Ok(());
        }
        self.hash.update(page.bytes());
        let path = self.part.join(format!("page-{:06}.json", page.number()));
        private::write_file(&path, page.bytes()).map_err(private::failed(&path))
    }

    /// Adds an entry, for the formats that keep entries.
    pub(super) fn entry(&mut self, entry: Entry<'_>) -> Result<()> {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        match self.output.format {
            Format::Pages => {}
            Format::Ndjson => {
                compact::append(&mut line, entry.resource.raw());
                line.push(b'\n');
            }
            Format::Bundle => {
                line.extend_from_slice(if self.is_first { b"\n{" } else { b",\n{" });
                if !entry.full_url.is_absent() {
                    line.extend_from_slice(b"\"fullUrl\":");
                    compact::append(&mut line, entry.full_url.raw());
                    line.push(b',');
                }
                line.extend_from_slice(b"\"resource\":");
                compact::append(&mut line, entry.resource.raw());
                line.push(b'}');
            }
        }
        self.is_first = false;
        let put = self.put(&line);
        self.line = line;
        put
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        self.hash.update(bytes);
        file.write_all(bytes).map_err(private::failed(&self.part))
    }

    /// Ends the output, and gives it its name when it `is_complete`. Returns its SHA-256: of the file, or of all
    /// pages one after the other.
    pub(super) fn finish(mut self, is_complete: bool) -> Result<String> {
        if self.output.format == Format::Bundle {
            self.put(if self.is_first { b"]}\n" } else { b"\n]}\n" })?;
        }
        let synced = match &mut self.file {
            Some(file) => file.flush().and_then(|()| file.get_ref().sync_all()),
            None => Ok(()),
        };
        synced.map_err(private::failed(&self.part))?;
        if is_complete {
            self.output.rename(&self.part).map_err(private::failed(&self.output.path))?;
        }
        Ok(hex(&self.hash.finalize()))
    }
}
