//! `--split`: entries by their verdict, the good ones as NDJSON, the others as rejects.

use std::io::{self, Write};

use fhirkit_sink::{FileSet, TreeFile};
use fhirkit_source::Reject;

use super::Split;
use super::reports::failed;
use super::worker::Kept;
use crate::Error;
use crate::rejects::{self, Refused};

/// The files, open.
pub(super) struct SplitFiles {
    valid: Option<TreeFile>,
    rejected: Option<TreeFile>,
    valid_count: u64,
    rejected_count: u64,
}

impl SplitFiles {
    pub(super) fn open(split: &Split, files: &mut FileSet) -> Result<Self, Error> {
        let mut open =
            |path: &Option<std::path::PathBuf>| path.as_deref().map(|path| files.file(path)).transpose();
        Ok(SplitFiles {
            valid: open(&split.valid)?,
            rejected: open(&split.rejected)?,
            valid_count: 0,
            rejected_count: 0,
        })
    }

    /// Takes the documents of a chunk, each with its first fault if it has one, and what was never a document.
    pub(super) fn take(
        &mut self,
        source: &str,
        buffer: &[u8],
        documents: &[Kept],
        faults: &[Option<(String, String)>],
        rejects: &[Reject],
    ) -> Result<(), Error> {
        let mut rejects = rejects.iter().peekable();
        for (document, fault) in documents.iter().zip(faults) {
            while let Some(reject) = rejects.next_if(|reject| reject.byte < document.byte) {
                self.reject(reject)?;
            }
            let bytes = buffer.get(document.span.range()).unwrap_or_default();
            match fault {
                None => self.valid(bytes).map_err(|error| failed(&error))?,
                Some((rule, message)) => self.refused(&Refused {
                    source,
                    byte: document.byte,
                    line: document.line,
                    entry: document.entry.as_deref(),
                    rule,
                    message,
                    bytes,
                })?,
            }
        }
        rejects.try_for_each(|reject| self.reject(reject))
    }

    fn valid(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.valid_count += 1;
        match &mut self.valid {
            Some(file) => write_line(bytes, file),
            None => Ok(()),
        }
    }

    fn refused(&mut self, refused: &Refused<'_>) -> Result<(), Error> {
        self.rejected_count += 1;
        match &mut self.rejected {
            Some(file) => rejects::write_refused(refused, file).map_err(|error| failed(&error)),
            None => Ok(()),
        }
    }

    fn reject(&mut self, reject: &Reject) -> Result<(), Error> {
        self.rejected_count += 1;
        match &mut self.rejected {
            Some(file) => rejects::write(reject, file).map_err(|error| failed(&error)),
            None => Ok(()),
        }
    }

    /// How many were good, and how many were not.
    pub(super) fn close(self) -> Result<(u64, u64), Error> {
        for file in [self.valid, self.rejected].into_iter().flatten() {
            file.close()?;
        }
        Ok((self.valid_count, self.rejected_count))
    }
}

/// Writes JSON as one line: white space between tokens goes, everything else stays as it is.
fn write_line(json: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let is_space = |byte: u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let (mut start, mut at) = (0, 0);
    while let Some(&byte) = json.get(at) {
        if byte == b'"' {
            at = string_end(json, at);
        } else if is_space(byte) {
            out.write_all(json.get(start..at).unwrap_or_default())?;
            while json.get(at).is_some_and(|byte| is_space(*byte)) {
                at += 1;
            }
            start = at;
        } else {
            at += 1;
        }
    }
    out.write_all(json.get(start..).unwrap_or_default())?;
    out.write_all(b"\n")
}

/// Behind the string that begins at `start`.
fn string_end(json: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(found) = memchr::memchr2(b'"', b'\\', json.get(at..).unwrap_or_default()) {
        at += found;
        if json.get(at) == Some(&b'"') {
            return at + 1;
        }
        at += 2;
    }
    json.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_every_token_and_no_space_between_them() {
        let mut out = Vec::new();
        write_line(b"{\n  \"a b\" : [ 1.0,\t\"x \\\" \\\\\" ]\r\n}", &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "{\"a b\":[1.0,\"x \\\" \\\\\"]}\n");
    }
}
