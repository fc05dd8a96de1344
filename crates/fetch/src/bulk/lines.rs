//! A file on its way to the disk: hashed, and checked line by line, with no more of it in memory than a line.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fhirkit_tape::{Node, Span, Tape};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::manifest::Kind;
use crate::error::Result;
use crate::everything::{Outcomes, note_outcome, worst};
use crate::http::Body;
use crate::private;

/// So many broken lines are named by their number.
const NAMED: usize = 20;

/// What a file turned out to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counted {
    pub(super) bytes: u64,
    pub(super) sha256: String,
    /// Lines with a resource as announced.
    pub(super) resources: u64,
    /// Lines with anything else.
    pub(super) broken: u64,
    /// The numbers of the first of them, from 1.
    pub(super) broken_at: Vec<u64>,
    /// What the first of them is.
    pub(super) fault: Option<String>,
    pub(super) outcomes: Vec<Outcomes>,
    /// How many resources it says were deleted.
    pub(super) deleted: u64,
}

/// How many bytes may come yet, in all files together.
pub(super) struct Budget {
    left: AtomicU64,
    received: AtomicU64,
}

impl Budget {
    pub(super) fn of(bytes: u64) -> Budget {
        Budget { left: AtomicU64::new(bytes), received: AtomicU64::new(0) }
    }

    /// Takes `bytes` off. Returns whether there were as many.
    pub(super) fn take(&self, bytes: u64) -> bool {
        let less = |left: u64| left.checked_sub(bytes);
        let is_there = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok();
        if is_there {
            self.received.fetch_add(bytes, Ordering::Relaxed);
        }
        is_there
    }

    fn give_back(&self, bytes: u64) {
        self.left.fetch_add(bytes, Ordering::Relaxed);
        self.received.fetch_sub(bytes, Ordering::Relaxed);
    }

    pub(super) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }
}

/// A limit that a file has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// All files together are too large.
    Budget,
    /// The line of this number is too long.
    Line(u64),
}

/// A file that grows.
pub(super) struct Lines {
    path: PathBuf,
    file: BufWriter<File>,
    hash: Sha256,
    budget: Arc<Budget>,
    /// Which limit it has come to.
    over: Option<Over>,
    reader: Reader,
}

/// Reads lines, and counts.
struct Reader {
    kind: Kind,
    resource_type: String,
    limit: usize,
    tape: Tape,
    /// The line that has begun.
    line: Vec<u8>,
    /// Whether it is too long. No resource is that long: no more is read.
    is_long: bool,
    number: u64,
    counted: Counted,
}

impl Lines {
    /// Begins the file at `path`. Of its lines, none is longer than `limit`.
    pub(super) fn begin(
        path: &Path,
        kind: Kind,
        resource_type: &str,
        limit: usize,
        budget: Arc<Budget>,
    ) -> Result<Lines> {
        let file = private::open_file(path, true).map_err(private::failed(path))?;
        let reader = Reader::new(kind, resource_type.to_owned(), limit);
        Ok(Lines {
            path: path.to_owned(),
            file: BufWriter::with_capacity(1 << 18, file),
            hash: Sha256::new(),
            budget,
            over: None,
            reader,
        })
    }

    /// Ends it. It may block.
    pub(super) fn finish(mut self) -> Result<Counted> {
        self.reader.end();
        let Lines { path, mut file, .. } = self;
        let synced = file.flush().and_then(|()| file.get_ref().sync_all());
        synced.map_err(private::failed(&path))?;
        Ok(Counted { sha256: private::hex(&self.hash.finalize()), ..self.reader.counted })
    }

    /// Which limit it has come to, if that is why it could not be written.
    pub(super) fn over(&self) -> Option<Over> {
        self.over
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.budget.take(bytes.len() as u64) {
            self.over = Some(Over::Budget);
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.reader.counted.bytes += bytes.len() as u64;
        self.file.write_all(bytes)?;
        self.hash.update(bytes);
        self.reader.feed(bytes);
        if self.reader.is_long {
            self.over = Some(Over::Line(self.reader.number + 1));
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Body for Lines {
    fn clear(&mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_mut().clear()?;
        self.budget.give_back(self.reader.counted.bytes);
        self.hash = Sha256::new();
        self.over = None;
        self.reader =
            Reader::new(self.reader.kind, std::mem::take(&mut self.reader.resource_type), self.reader.limit);
        Ok(())
    }
}

impl Reader {
    fn new(kind: Kind, resource_type: String, limit: usize) -> Reader {
        Reader {
            kind,
            resource_type,
            // The tape counts in 32 bits.
            limit: limit.min(1 << 30),
            tape: Tape::new(),
            line: Vec::new(),
            is_long: false,
            number: 0,
            counted: Counted::default(),
        }
    }

    fn feed(&mut self, mut bytes: &[u8]) {
        while let Some(at) = bytes.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = bytes.split_at(at);
            self.hold(line);
            if self.is_long {
                return;
            }
            self.end();
            bytes = rest.get(1..).unwrap_or_default();
        }
        self.hold(bytes);
    }

    fn hold(&mut self, bytes: &[u8]) {
        if self.is_long || self.line.len() + bytes.len() > self.limit {
            self.is_long = true;
            self.line = Vec::new();
        } else {
            self.line.extend_from_slice(bytes);
        }
    }

    /// The line is whole.
    fn end(&mut self) {
        self.number += 1;
        let line = std::mem::take(&mut self.line);
        let start = if self.number == 1 && line.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        if !line.trim_ascii().is_empty() {
            let end = u32::try_from(line.len()).unwrap_or(u32::MAX);
            self.tape.load(line);
            let fault = match self.tape.parse(Span::new(start, end)) {
                Ok(root) => self.counted.note(self.tape.node(root), self.kind, &self.resource_type),
                Err(_) if self.tape.bytes().trim_ascii_start().starts_with(b"<") => {
                    Some("HTML or XML, not JSON")
                }
                Err(_) => Some("no JSON"),
            };
            self.line = self.tape.take();
            if let Some(fault) = fault {
                self.broken(fault);
            }
        }
        self.line.clear();
    }

    fn broken(&mut self, fault: &str) {
        self.counted.broken += 1;
        if self.counted.broken_at.len() < NAMED {
            self.counted.broken_at.push(self.number);
        }
        self.counted.fault.get_or_insert_with(|| fault.to_owned());
    }
}

/// The fault of a server that wraps a file.
pub(super) const WRAPPED: &str = "a Binary resource that wraps the file";

impl Counted {
    /// Counts a line. Returns what is wrong with it.
    fn note(&mut self, line: Node<'_>, kind: Kind, resource_type: &str) -> Option<&'static str> {
        if !line.is_object() {
            return Some("no JSON object");
        }
        let found = line.get("resourceType");
        if !found.str_is(resource_type) {
            return Some(if found.is_absent() {
                "JSON without a `resourceType`"
            } else if found.str_is("Binary") && !line.get("data").is_absent() {
                WRAPPED
            } else {
                "a resource of another type"
            });
        }
        self.resources += 1;
        match kind {
            Kind::Output => {}
            Kind::Error => note_outcome(&mut self.outcomes, worst(line), 1),
            Kind::Deleted => {
                let is_deletion = |entry: &Node<'_>| entry.get("request").get("method").str_is("DELETE");
                self.deleted += line.get("entry").items().filter(is_deletion).count() as u64;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(text: &[u8], kind: Kind, resource_type: &str, piece: usize) -> Counted {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let mut lines = Lines::begin(&path, kind, resource_type, 100, Arc::new(Budget::of(1 << 20))).unwrap();
        lines.write_all(b"an earlier try").unwrap();
        lines.clear().unwrap();
        for piece in text.chunks(piece) {
            lines.write_all(piece).unwrap();
        }
        let counted = lines.finish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), text);
        assert_eq!(
            (counted.bytes, &counted.sha256),
            (text.len() as u64, &private::hash_of(&path).unwrap().1)
        );
        counted
    }

    #[test]
    fn however_it_is_cut_every_line_is_counted_once() {
        let text = "\u{feff}{\"resourceType\":\"Patient\"}\r\n\n  \n{\"resourceType\":\"Patient\",\"id\":\"2\"}\n[]\n{\"resourceType\":\"Group\"}\n{}\nx\n{\"resourceType\":\"Patient\"}";
        for piece in 1..text.len() {
            let counted = counted(text.as_bytes(), Kind::Output, "Patient", piece);
            assert_eq!((counted.resources, counted.broken), (3, 4), "{piece}");
            assert_eq!(counted.broken_at, [5, 6, 7, 8]);
            assert_eq!(counted.fault.as_deref(), Some("no JSON object"));
        }
    }

    #[test]
    fn a_page_for_people_is_told_as_one() {
        let counted = counted(b"<!DOCTYPE html>\n<p>sign in", Kind::Output, "Patient", 9);
        assert_eq!((counted.broken, counted.fault.as_deref()), (2, Some("HTML or XML, not JSON")));
    }

    #[test]
    fn a_line_without_end_ends_the_file() {
        for piece in [1, 7, 1000] {
            let folder = tempfile::tempdir().unwrap();
            let budget = Arc::new(Budget::of(1 << 20));
            let mut lines =
                Lines::begin(&folder.path().join("x"), Kind::Output, "Patient", 100, budget).unwrap();
            let text = format!("{{\"resourceType\":\"Patient\"}}\n{}\n\n", "y".repeat(101));
            let failed = text.as_bytes().chunks(piece).any(|piece| lines.write_all(piece).is_err());
            assert_eq!((failed, lines.over()), (true, Some(Over::Line(2))));
        }
    }

    #[test]
    fn outcomes_and_deletions_are_counted() {
        let outcome = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"x"}]}"#;
        let errors = counted(format!("{outcome}\n{outcome}").as_bytes(), Kind::Error, "OperationOutcome", 9);
        assert_eq!((errors.outcomes[0].severity.as_str(), errors.outcomes[0].count), ("error", 2));
        let bundle = r#"{"resourceType":"Bundle","entry":[{"request":{"method":"DELETE"}},{}]}"#;
        assert_eq!(counted(bundle.as_bytes(), Kind::Deleted, "Bundle", 9).deleted, 1);
        let binary = counted(br#"{"resourceType":"Binary","data":"e30="}"#, Kind::Output, "Patient", 9);
        assert_eq!(binary.fault.as_deref(), Some(WRAPPED));
    }

    #[test]
    fn what_is_cleared_is_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let budget = Arc::new(Budget::of(10));
        let mut lines =
            Lines::begin(&folder.path().join("x"), Kind::Output, "Patient", 99, Arc::clone(&budget)).unwrap();
        assert!(lines.write_all(b"12345678").is_ok() && lines.write_all(b"123").is_err());
        assert_eq!(lines.over(), Some(Over::Budget));
        lines.clear().unwrap();
        assert_eq!(budget.received(), 0);
        assert!(lines.write_all(b"1234567890").is_ok());
    }
}
