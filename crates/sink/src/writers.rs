//! The collector's side: pieces in input order become files.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::error::{Error, Kind};
use crate::job::{Done, FileId, Job};
use crate::manifest::FileEntry;
use crate::open_file::{Body, OpenFile};
use crate::parquet_file::ParquetFile;
use crate::piece::{Part, Piece};
use crate::sink::{How, Sink};
use crate::tree::OutputTree;

/// Folders of one table that are open at the same time.
const OPEN_PARTITIONS: usize = 64;

/// All files of a run. Owned by one thread, which pushes pieces in input order.
#[derive(Debug)]
pub struct Writers {
    sink: Arc<Sink>,
    tables: Vec<TableState>,
    /// Before the tree, as fields are dropped in order: where no file can be opened any more, the folder of a
    /// failed run can only be removed once these are closed.
    files: BTreeMap<FileId, OpenFile>,
    tree: OutputTree,
    next_file: FileId,
    jobs: Vec<Job>,
    encoding_bytes: u64,
    entries: Vec<FileEntry>,
}

#[derive(Debug, Default)]
struct TableState {
    rows: u64,
    pushes: u64,
    /// How many files each folder has had.
    parts: FxHashMap<Option<String>, u32>,
    /// At most [`OPEN_PARTITIONS`].
    open: Vec<OpenPartition>,
}

#[derive(Debug)]
struct OpenPartition {
    folder: Option<String>,
    file: FileId,
    last_push: u64,
}

impl Writers {
    /// Writers of all tables of `sink` into `tree`.
    ///
    /// # Errors
    /// Several tables, files or partitions asked for where the tree is one file or a stream.
    pub fn new(sink: Arc<Sink>, tree: OutputTree) -> Result<Self, Error> {
        if !tree.is_folder() {
            let options = &sink.options;
            if sink.table_count() != 1 {
                return Err(Error::usage("several tables go to a folder, not to one file"));
            }
            if options.max_file_rows.is_some() || options.partition_by.is_some() {
                return Err(Error::usage("several files of a table go to a folder, not to one file"));
            }
        }
        let tables = (0..sink.table_count()).map(|_| TableState::default()).collect();
        let (files, jobs, entries) = (BTreeMap::new(), Vec::new(), Vec::new());
        Ok(Self { sink, tree, tables, files, next_file: 0, jobs, encoding_bytes: 0, entries })
    }

    /// The output that the files belong to, for the other files in it.
    pub fn tree(&self) -> &OutputTree {
        &self.tree
    }

    /// Rows pushed to a table so far.
    pub fn row_count(&self, table: usize) -> u64 {
        self.tables.get(table).map_or(0, |state| state.rows)
    }

    /// Takes the next rows of a table, in input order.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn push(&mut self, table: usize, piece: Piece) -> Result<(), Error> {
        let state = self.state(table)?;
        state.rows += piece.rows;
        for part in piece.parts {
            self.push_part(table, part)?;
        }
        Ok(())
    }

    /// Row groups that are full and not taken yet.
    pub fn take_jobs(&mut self) -> Vec<Job> {
        std::mem::take(&mut self.jobs)
    }

    /// Takes an encoded group back, in any order; groups reach their file in input order.
    ///
    /// # Errors
    /// The group could not be encoded, or the output cannot be written.
    pub fn done(&mut self, done: Done) -> Result<(), Error> {
        self.encoding_bytes = self.encoding_bytes.saturating_sub(done.held_bytes);
        let id = done.file;
        let unknown = || Error::new(Kind::Internal, "a row group of an unknown file");
        self.files.get_mut(&id).ok_or_else(unknown)?.arrive(done)?;
        self.close_if_complete(id)
    }

    /// Bytes of rows that wait for their group to be full. Depends on the rows pushed and the groups
    /// closed, not on what the workers have done since.
    pub fn waiting_bytes(&self) -> u64 {
        self.files.values().map(OpenFile::waiting_bytes).sum()
    }

    /// Bytes of rows in groups that were closed and not handed back.
    pub fn encoding_bytes(&self) -> u64 {
        self.encoding_bytes
    }

    /// Ends the row group that holds the most bytes, whose job can then be taken. `false` when no row waits.
    ///
    /// # Errors
    /// Rows could not be put together.
    pub fn close_largest_group(&mut self) -> Result<bool, Error> {
        // Of equals the file opened first: the choice must not vary.
        let largest = self.files.iter().rev().max_by_key(|(_, file)| file.waiting_bytes());
        let Some((&id, file)) = largest else { return Ok(false) };
        if file.waiting_bytes() == 0 {
            return Ok(false);
        }
        self.close_group(id)?;
        Ok(true)
    }

    /// Ends files: no rows will come. Their last groups are jobs now; no further file is ended while the groups in
    /// encoding hold more than `encoding_limit` bytes. True when all files are ended, else to be called again.
    ///
    /// # Errors
    /// Rows could not be put together, or the output cannot be written.
    pub fn end_rows(&mut self, encoding_limit: u64) -> Result<bool, Error> {
        for table in 0..self.tables.len() {
            let prepared = self.sink.table(table)?;
            let wanted = prepared.table.always || !self.tree.is_folder();
            if wanted && self.state(table)?.parts.is_empty() {
                self.open(table, None)?;
            }
        }
        let ids: Vec<_> = self.files.iter().filter(|(_, file)| !file.is_ended()).map(|(id, _)| *id).collect();
        for id in ids {
            if self.encoding_bytes > encoding_limit {
                return Ok(false);
            }
            self.end_file(id)?;
        }
        Ok(true)
    }

    /// Ends all files and tells what was written, sorted by path; the tree is handed back to be committed.
    /// Jobs that were not taken are run here; those that were must have been handed back.
    ///
    /// # Errors
    /// The output cannot be written, or a job was taken and not handed back.
    pub fn finish(mut self) -> Result<(Vec<FileEntry>, OutputTree), Error> {
        self.end_rows(u64::MAX)?;
        for job in self.take_jobs() {
            self.done(job.run())?;
        }
        if !self.files.is_empty() {
            return Err(Error::new(Kind::Internal, "a row group was taken and not handed back"));
        }
        self.entries.sort_by(|one, other| one.path.cmp(&other.path));
        Ok((self.entries, self.tree))
    }

    fn state(&mut self, table: usize) -> Result<&mut TableState, Error> {
        let missing = || Error::new(Kind::Internal, format!("there is no table with index {table}"));
        self.tables.get_mut(table).ok_or_else(missing)
    }

    fn push_part(&mut self, table: usize, part: Part) -> Result<(), Error> {
        let count = part.rows.count();
        let mut at = 0;
        while at < count {
            let id = self.open(table, part.folder.as_deref())?;
            let missing = || Error::new(Kind::Internal, "an open file is not known");
            let file = self.files.get_mut(&id).ok_or_else(missing)?;
            let most = self.sink.options.max_file_rows.unwrap_or(u64::MAX);
            let room = usize::try_from(most - file.rows.min(most)).unwrap_or(usize::MAX);
            let end = at.saturating_add(room).min(count);
            let groups = file.push(&part.rows, at, end)?;
            let is_full = file.rows >= most;
            at = end;
            self.queue(id, groups)?;
            if is_full {
                self.close_partition(table, id)?;
            }
        }
        Ok(())
    }

    /// The open file of a folder; a new one where none is.
    fn open(&mut self, table: usize, folder: Option<&str>) -> Result<FileId, Error> {
        let state = self.state(table)?;
        state.pushes += 1;
        let last_push = state.pushes;
        if let Some(open) = state.open.iter_mut().find(|open| open.folder.as_deref() == folder) {
            open.last_push = last_push;
            return Ok(open.file);
        }
        if state.open.len() >= OPEN_PARTITIONS {
            let stalest = state.open.iter().min_by_key(|open| open.last_push).map(|open| open.file);
            stalest.map_or(Ok(()), |file| self.close_partition(table, file))?;
        }
        let folder = folder.map(str::to_owned);
        let parts = self.state(table)?.parts.entry(folder.clone()).or_default();
        let number = *parts;
        *parts += 1;
        let file = self.create(table, folder.as_deref(), number)?;
        self.state(table)?.open.push(OpenPartition { folder, file, last_push });
        Ok(file)
    }

    fn create(&mut self, table: usize, folder: Option<&str>, number: u32) -> Result<FileId, Error> {
        let sink = Arc::clone(&self.sink);
        let prepared = sink.table(table)?;
        let name = &prepared.table.name;
        let extension = sink.format.extension();
        let file = match folder {
            Some(folder) => self.tree.file(&format!("{name}/{folder}/part-{number:05}.{extension}")),
            None => self.tree.main_file(&format!("{name}/part-{number:05}.{extension}")),
        }?;
        let body = match &prepared.how {
            How::Parquet(encoder) => {
                Body::Parquet(Box::new(ParquetFile::new(encoder, file)?), Arc::clone(encoder))
            }
            How::Text(format) => Body::text(file, &format.header())?,
        };
        let id = self.next_file;
        self.next_file += 1;
        self.files.insert(id, OpenFile::new(name, body));
        Ok(id)
    }

    /// Ends a file; its folder gets a further part when more rows come.
    fn close_partition(&mut self, table: usize, file: FileId) -> Result<(), Error> {
        self.state(table)?.open.retain(|open| open.file != file);
        self.end_file(file)
    }

    fn close_group(&mut self, id: FileId) -> Result<(), Error> {
        let Some(file) = self.files.get_mut(&id) else { return Ok(()) };
        let group = file.close_group()?;
        self.queue(id, group.into_iter().collect())
    }

    fn end_file(&mut self, id: FileId) -> Result<(), Error> {
        self.close_group(id)?;
        if let Some(file) = self.files.get_mut(&id) {
            file.end();
        }
        self.close_if_complete(id)
    }

    fn queue(&mut self, id: FileId, groups: Vec<crate::waiting::Group>) -> Result<(), Error> {
        let Some(file) = self.files.get_mut(&id) else { return Ok(()) };
        for group in groups {
            self.encoding_bytes += group.held_bytes;
            self.jobs.extend(file.job(id, group));
        }
        Ok(())
    }

    fn close_if_complete(&mut self, id: FileId) -> Result<(), Error> {
        if self.files.get(&id).is_some_and(OpenFile::is_complete)
            && let Some(file) = self.files.remove(&id)
        {
            self.entries.push(file.close()?);
        }
        Ok(())
    }
}
