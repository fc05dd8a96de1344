//! The receipt of an export: which files came from where, without a word about whom.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::folder::Folder;
use super::lines::WRAPPED;
use super::manifest::Kind;
use super::request::Request;
use crate::error::{Error, ErrorKind, Result};
use crate::everything::{Outcomes, is_failure, note_outcome};
use crate::redact;

/// What came, from where, and whether it is all of it. Ids in URLs are `[id]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Where the export was kicked off.
    pub source: String,
    /// The provider's name.
    pub provider: String,
    /// When the run began (RFC 3339).
    pub started: String,
    /// When it ended.
    pub ended: String,
    /// As of when the export is, as the server says.
    pub transaction_time: Option<String>,
    /// How many files the manifest names; absent when it has not come.
    pub announced_files: Option<usize>,
    /// The files that came, in the order of the manifest.
    pub files: Vec<FileReceipt>,
    /// How many of them an earlier run had left.
    pub resumed_files: usize,
    /// The bytes of all files, after decompression.
    pub bytes: u64,
    /// How many resources came.
    pub resources: u64,
    /// The same by type.
    pub entries: BTreeMap<String, u64>,
    /// What the server reports about the export, in its error files.
    pub outcomes: Vec<Outcomes>,
    /// How many resources the server says were deleted.
    pub deleted: u64,
    /// Whether the export is complete, as far as the server says.
    pub complete: bool,
    /// Why it is not.
    pub incomplete_because: Option<String>,
}

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileReceipt {
    /// Its name in the folder.
    pub name: String,
    /// The type of its resources.
    pub resource_type: String,
    /// How many it has.
    pub resources: u64,
    /// How many it should have, when the manifest says.
    pub announced: Option<u64>,
    /// Its lines that are something else.
    pub broken_lines: u64,
    /// The numbers of the first of them, from 1.
    pub broken_at: Vec<u64>,
    /// What the first of them is.
    pub fault: Option<String>,
    /// Its bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
}

impl Receipt {
    /// What has come into `folder` so far.
    pub(super) fn of(
        request: &Request,
        folder: &Folder,
        started: Timestamp,
        resumed_files: usize,
    ) -> Result<Receipt> {
        let manifest = folder.state.manifest();
        let mut receipt = Receipt {
            source: redact::url(&request.kick_off()?),
            provider: request.provider.clone(),
            started: started.to_string(),
            ended: Timestamp::now().to_string(),
            transaction_time: manifest.and_then(|manifest| manifest.transaction_time.clone()),
            announced_files: manifest.map(|manifest| manifest.files.len()),
            files: Vec::new(),
            resumed_files,
            bytes: 0,
            resources: 0,
            entries: BTreeMap::new(),
            outcomes: Vec::new(),
            deleted: 0,
            complete: false,
            incomplete_because: None,
        };
        for file in manifest.into_iter().flat_map(|manifest| &manifest.files) {
            let Some(counted) = folder.state.finished().get(&file.name) else { continue };
            receipt.bytes += counted.bytes;
            receipt.deleted += counted.deleted;
            if file.kind == Kind::Output {
                receipt.resources += counted.resources;
                *receipt.entries.entry(file.resource_type.clone()).or_default() += counted.resources;
            }
            for Outcomes { severity, code, count } in counted.outcomes.iter().cloned() {
                note_outcome(&mut receipt.outcomes, (severity, code), count);
            }
            receipt.files.push(FileReceipt {
                name: file.name.clone(),
                resource_type: file.resource_type.clone(),
                resources: counted.resources,
                announced: file.count,
                broken_lines: counted.broken,
                broken_at: counted.broken_at.clone(),
                fault: counted.fault.clone(),
                bytes: counted.bytes,
                sha256: counted.sha256.clone(),
            });
        }
        Ok(receipt)
    }

    /// Why the export is known to be incomplete, although all its files have come.
    pub(super) fn missing(&self, has_more: bool) -> Option<Error> {
        let incomplete = |message: String| Error::new(ErrorKind::Incomplete, message);
        let wrong: Vec<String> = self.files.iter().filter_map(FileReceipt::wrong).collect();
        if let Some(first) = wrong.first() {
            let others = match wrong.len() - 1 {
                0 => String::new(),
                1 => "; another file is not whole either".to_owned(),
                more => format!("; {more} other files are not whole either"),
            };
            let error = incomplete(format!("{first}{others}"));
            let is_wrapped = self.files.iter().any(|file| file.fault.as_deref() == Some(WRAPPED));
            return Some(match is_wrapped {
                true => error.with_help("the server sends files as base64 although NDJSON was asked for"),
                false => error,
            });
        }
        if let Some(Outcomes { severity, code, .. }) =
            self.outcomes.iter().find(|outcome| is_failure(&outcome.severity))
        {
            let message = format!("the server reports that something is missing ({severity}: {code})");
            return Some(incomplete(message).with_help("the server's words are in `errors*.ndjson`"));
        }
        has_more.then(|| {
            incomplete("the manifest is followed by another one (Bulk Data 3), which is not read".to_owned())
        })
    }

    /// The receipt of an export that ended with `problem`.
    pub(super) fn ended(mut self, problem: Option<&Error>) -> Receipt {
        self.complete = problem.is_none();
        self.incomplete_because = problem.map(Error::to_string);
        self
    }
}

impl FileReceipt {
    /// Why it is not whole.
    fn wrong(&self) -> Option<String> {
        let name = &self.name;
        if let (Some(line), Some(fault)) = (self.broken_at.first(), &self.fault) {
            let others = match self.broken_lines - 1 {
                0 => String::new(),
                1 => ", and another line is broken".to_owned(),
                more => format!(", and {more} other lines are broken"),
            };
            return Some(format!("`{name}`: line {line} is {fault}{others}"));
        }
        let announced = self.announced.filter(|announced| *announced != self.resources)?;
        Some(format!("`{name}` has {} resources, the manifest says {announced}", self.resources))
    }
}
