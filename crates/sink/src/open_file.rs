//! One file that rows still come to: what waits for it, what is being encoded, what it holds.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use crate::error::{Error, Kind};
use crate::job::{Done, FileId, Job};
use crate::manifest::FileEntry;
use crate::parquet_file::{Encoder, ParquetFile};
use crate::piece::Rows;
use crate::tree::TreeFile;
use crate::waiting::{Group, Waiting};

/// An open file of a table.
#[derive(Debug)]
pub(crate) struct OpenFile {
    table: String,
    body: Body,
    /// Rows pushed, whether written or not.
    pub(crate) rows: u64,
    waiting: Waiting,
    /// Groups handed out, and how many of them are in the file.
    handed_out: u32,
    spliced: u32,
    /// Groups that came back before the one that goes in front of them.
    early: BTreeMap<u32, Done>,
    ended: bool,
}

pub(crate) enum Body {
    Parquet(Box<ParquetFile>, Arc<Encoder>),
    Text(Box<TreeFile>),
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Parquet(..) => "Parquet",
            Self::Text(_) => "Text",
        })
    }
}

impl Body {
    /// A text file that begins with `header`.
    pub(crate) fn text(mut file: TreeFile, header: &[u8]) -> Result<Self, Error> {
        file.write_all(header).map_err(|error| Error::io("write", file.path(), error))?;
        Ok(Self::Text(Box::new(file)))
    }
}

impl OpenFile {
    pub(crate) fn new(table: &str, body: Body) -> Self {
        Self {
            table: table.to_owned(),
            body,
            rows: 0,
            waiting: Waiting::default(),
            handed_out: 0,
            spliced: 0,
            early: BTreeMap::new(),
            ended: false,
        }
    }

    /// Takes the rows from `first` up to `end`; gives the groups that they complete.
    pub(crate) fn push(&mut self, rows: &Rows, first: usize, end: usize) -> Result<Vec<Group>, Error> {
        let mut full = Vec::new();
        match (&mut self.body, rows) {
            (Body::Parquet(_, encoder), Rows::Batch(batch)) => {
                let batch = batch.slice(first, end - first);
                self.waiting.push(&self.table, batch, encoder.row_group_rows, &mut full)?;
            }
            (Body::Text(file), Rows::Lines(lines)) => {
                let path = file.path().to_owned();
                file.write_all(lines.run(first, end))
                    .and_then(|()| file.flush_stream())
                    .map_err(|error| Error::io("write", &path, error))?;
            }
            _ => return Err(Error::new(Kind::Internal, "a piece of another format")),
        }
        self.rows += (end - first) as u64;
        Ok(full)
    }

    pub(crate) fn waiting_bytes(&self) -> u64 {
        self.waiting.held_bytes()
    }

    pub(crate) fn close_group(&mut self) -> Result<Option<Group>, Error> {
        self.waiting.close(&self.table)
    }

    pub(crate) fn job(&mut self, file: FileId, group: Group) -> Option<Job> {
        let Body::Parquet(_, encoder) = &self.body else { return None };
        let sequence = self.handed_out;
        self.handed_out += 1;
        Some(Job { encoder: Arc::clone(encoder), table: self.table.clone(), file, sequence, group })
    }

    /// Takes an encoded group; writes it and those that waited for it.
    pub(crate) fn arrive(&mut self, done: Done) -> Result<(), Error> {
        self.early.insert(done.sequence, done);
        while let Some(done) = self.early.remove(&self.spliced) {
            let chunks = done.chunks?;
            if let Body::Parquet(file, _) = &mut self.body {
                file.splice(chunks)?;
            }
            self.spliced += 1;
        }
        Ok(())
    }

    /// No rows will come.
    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    /// Whether no rows will come.
    pub(crate) fn is_ended(&self) -> bool {
        self.ended
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.ended && self.spliced == self.handed_out
    }

    pub(crate) fn close(self) -> Result<FileEntry, Error> {
        let written = match self.body {
            Body::Parquet(file, _) => file.close()?,
            Body::Text(file) => file.close()?,
        };
        Ok(FileEntry::of(written, Some(self.table), Some(self.rows)))
    }
}
