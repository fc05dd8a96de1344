//! The run: a reader thread, worker threads, and a collector on the caller's thread.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use fhirkit_issue::{Issue, rules};
use fhirkit_sink::{Done, Job, OutputTree, Target, TreeOptions, Writers};
use fhirkit_source::{Chunk, Reader, discover};

use crate::collector::Collector;
use crate::finish;
use crate::guard;
use crate::held::Held;
use crate::side_files::SideFiles;
use crate::tables::Tables;
use crate::tokens::Tokens;
use crate::worker::{Outcome, Worker};
use crate::{Error, ExportReport, ExportRequest, Output, Progress};

/// What a chunk costs in memory while it is worked, in multiples of its bytes: buffer, tape, rows, batches.
const COST: u64 = 4;

// The shares of `Limits::memory`, in bytes of values. Resident memory is about half as much again as the values (Arrow's
// growing buffers, encoders, the allocator), and program and definitions take some 40 MiB: measured in
// docs/benchmarks.md, gated by benches/gates.py.
const SHARE_OF_CHUNKS: u64 = 8;
const SHARE_OF_WAITING: u64 = 8;
/// One more group may be on its way to the encoders when this is reached.
const SHARE_OF_ENCODING: u64 = 16;

/// Exports what `request` asks for. `notice` gets every issue that a person should see, in the order of the input.
///
/// Errors: the tool itself cannot go on (see [`crate::ErrorKind`]); then nothing stands under the final name.
pub fn export(
    request: &ExportRequest,
    progress: &Arc<Progress>,
    notice: &mut dyn FnMut(Issue),
) -> Result<ExportReport, Error> {
    let tables = Arc::new(Tables::compile(request)?);
    let inputs = discover(&request.inputs)?;
    guard::check(request, &inputs)?;
    progress.set_bytes_total(inputs.iter().map(|input| input.bytes.unwrap_or(0)).sum());
    let wants_held = request.strict && request.output == Output::Stdout;
    let held = wants_held.then(|| Held::new(request.tmp_dir.as_deref())).transpose()?;
    let target = match (&request.output, &held) {
        (Output::Folder(path), _) => Target::Folder(path.clone()),
        (Output::File(path), _) => Target::File(path.clone()),
        (Output::Stdout, Some(held)) => Target::Stream(held.writer()?),
        (Output::Stdout, None) => Target::Stream(Box::new(std::io::stdout())),
    };
    let tree = OutputTree::create(target, TreeOptions { overwrite: request.overwrite, sync: request.sync })?;
    for leftover in tree.leftovers() {
        notice(Issue::new(&rules::IO_LEFTOVER, leftover.to_string()));
    }
    let writers = Writers::new(Arc::clone(tables.sink()), tree)?;
    let side = SideFiles::new(request.rejects.clone(), writers.tree())?;
    let run = Run::start(request, Arc::clone(&tables), Arc::clone(progress), inputs)?;
    let mut collector = Collector::new(&tables, side, notice);
    let writers = run.collect(&mut collector, writers)?;
    let report = finish::finish(request, &tables, collector, writers)?;
    match held {
        Some(held) if !report.withheld => held.release(&mut std::io::stdout())?,
        _ => {}
    }
    Ok(report)
}

/// What the threads of a run share.
struct Shared {
    tables: Arc<Tables>,
    tokens: Tokens,
    progress: Arc<Progress>,
    /// Buffers to read into and workers at rest; never more of them than were at work at once.
    buffers: Mutex<Vec<Vec<u8>>>,
    workers: Mutex<Vec<Worker>>,
    max_depth: usize,
}

impl Shared {
    /// Frees what was kept for the next chunk, as none will come and the last row group of every table needs room.
    fn rest(&self) {
        *self.buffers.lock().unwrap_or_else(PoisonError::into_inner) = Vec::new();
        *self.workers.lock().unwrap_or_else(PoisonError::into_inner) = Vec::new();
    }
}

/// What reaches the collector.
enum Message {
    Chunk { outcome: Box<Outcome>, tokens: u64 },
    Encoded(Done),
    ReaderDone { chunk_count: u64 },
    Failed(Error),
}

struct Run {
    shared: Arc<Shared>,
    pool: Arc<rayon::ThreadPool>,
    sender: Sender<Message>,
    messages: Receiver<Message>,
    waiting_limit: u64,
    encoding_limit: u64,
}

impl Run {
    fn start(
        request: &ExportRequest,
        tables: Arc<Tables>,
        progress: Arc<Progress>,
        inputs: Vec<fhirkit_source::Input>,
    ) -> Result<Run, Error> {
        let limits = &request.limits;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(limits.threads.unwrap_or(0))
            .thread_name(|number| format!("worker-{number}"))
            .build()
            .map_err(|error| Error::internal(format!("worker threads could not start: {error}")))?;
        let options =
            fhirkit_source::Options { max_entry: limits.max_entry, ..fhirkit_source::Options::default() };
        // A chunk for every worker, one that waits for it and one that is being read: more of them are only colder.
        let at_once = 2 * pool.current_num_threads() as u64 + 1;
        let chunks = (limits.memory / SHARE_OF_CHUNKS).min(at_once * COST * options.chunk_bytes as u64);
        let shared = Arc::new(Shared {
            tables,
            tokens: Tokens::new(chunks),
            progress,
            buffers: Mutex::new(Vec::new()),
            workers: Mutex::new(Vec::new()),
            max_depth: limits.max_depth,
        });
        let (sender, messages) = unbounded();
        let run = Run {
            shared,
            pool: Arc::new(pool),
            sender,
            messages,
            waiting_limit: limits.memory / SHARE_OF_WAITING,
            encoding_limit: limits.memory / SHARE_OF_ENCODING,
        };
        // Never joined: a thread that waits for standard input cannot be woken, and the process may end before it.
        let (shared, pool, sender) = (Arc::clone(&run.shared), Arc::clone(&run.pool), run.sender.clone());
        std::thread::Builder::new()
            .name("reader".to_owned())
            .spawn(move || {
                let guarded = catch_unwind(AssertUnwindSafe(|| {
                    read(Reader::open(inputs, options), &shared, &pool, &sender)
                }));
                let message = match guarded {
                    Ok(Ok(chunk_count)) => Message::ReaderDone { chunk_count },
                    Ok(Err(error)) => Message::Failed(error),
                    Err(_) => Message::Failed(Error::internal("the reader failed; please report this input")),
                };
                let _ = sender.send(message);
            })
            .map_err(|error| Error::internal(format!("the reader thread could not start: {error}")))?;
        Ok(run)
    }

    /// Takes everything in order until the input and the encoders are done.
    fn collect(self, collector: &mut Collector<'_>, mut writers: Writers) -> Result<Writers, Error> {
        let result = self.collect_into(collector, &mut writers);
        self.shared.tokens.close();
        result.map(|()| writers)
    }

    fn collect_into(&self, collector: &mut Collector<'_>, writers: &mut Writers) -> Result<(), Error> {
        let mut waiting: BTreeMap<u64, (Outcome, u64)> = BTreeMap::new();
        let (mut next, mut chunk_count, mut encoding) = (0, None, 0usize);
        let mut rows_ended = false;
        loop {
            if self.shared.progress.is_cancelled() {
                return Err(Error::interrupted());
            }
            match self.messages.recv_timeout(Duration::from_millis(100)) {
                Ok(Message::Chunk { outcome, tokens }) => {
                    waiting.insert(outcome.sequence, (*outcome, tokens));
                }
                Ok(Message::Encoded(done)) => {
                    encoding -= 1;
                    writers.done(done)?;
                }
                Ok(Message::ReaderDone { chunk_count: count }) => chunk_count = Some(count),
                Ok(Message::Failed(error)) => return Err(error),
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return Err(Error::internal("the workers are gone")),
            }
            // Groups in encoding delay the collector, but where a group ends depends on the rows alone.
            while writers.encoding_bytes() <= self.encoding_limit {
                let Some((outcome, tokens)) = waiting.remove(&next) else { break };
                next += 1;
                self.take(outcome, tokens, collector, writers)?;
                while writers.waiting_bytes() > self.waiting_limit && writers.close_largest_group()? {}
                encoding += self.encode(writers.take_jobs());
            }
            if chunk_count == Some(next) && !rows_ended {
                self.shared.rest();
                // The last groups of many tables, encoded all at once, would be the peak of the run.
                rows_ended = writers.end_rows(self.encoding_limit)?;
                encoding += self.encode(writers.take_jobs());
            }
            if rows_ended && encoding == 0 {
                return Ok(());
            }
        }
    }

    fn take(
        &self,
        outcome: Outcome,
        tokens: u64,
        collector: &mut Collector<'_>,
        writers: &mut Writers,
    ) -> Result<(), Error> {
        let (consumed, resources) = (outcome.consumed, outcome.r4 + outcome.not_r4);
        let rows = outcome.pieces.iter().map(|(_, piece)| piece.rows).sum();
        let buffer = collector.take(outcome, writers)?;
        self.shared.progress.add(consumed, resources, rows);
        if buffer.capacity() > 0 {
            self.shared.buffers.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
        }
        self.shared.tokens.give(tokens);
        Ok(())
    }

    /// Has the workers encode these groups. Returns how many.
    fn encode(&self, jobs: Vec<Job>) -> usize {
        let count = jobs.len();
        for job in jobs {
            let sender = self.sender.clone();
            self.pool.spawn(move || {
                let message = match catch_unwind(AssertUnwindSafe(|| job.run())) {
                    Ok(done) => Message::Encoded(done),
                    Err(_) => Message::Failed(Error::internal(
                        "a row group could not be encoded; please report this input",
                    )),
                };
                let _ = sender.send(message);
            });
        }
        count
    }
}

/// The reader thread: chunks to workers, as many at once as there are tokens. Returns how many chunks there were.
fn read(
    mut reader: Reader,
    shared: &Arc<Shared>,
    pool: &rayon::ThreadPool,
    sender: &Sender<Message>,
) -> Result<u64, Error> {
    let mut chunk_count = 0;
    loop {
        let buffer = shared.buffers.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let Some(chunk) = reader.next_chunk(buffer)? else { return Ok(chunk_count) };
        chunk_count += 1;
        let Some(tokens) = shared.tokens.take(chunk.bytes.len() as u64 * COST + chunk.overhead_bytes())
        else {
            return Ok(chunk_count);
        };
        let (shared, sender) = (Arc::clone(shared), sender.clone());
        pool.spawn(move || {
            let message = match catch_unwind(AssertUnwindSafe(|| work(&shared, chunk))) {
                Ok(Ok(outcome)) => Message::Chunk { outcome: Box::new(outcome), tokens },
                Ok(Err(error)) => Message::Failed(error),
                Err(_) => {
                    Message::Failed(Error::internal("a chunk could not be worked; please report this input"))
                }
            };
            let _ = sender.send(message);
        });
    }
}

fn work(shared: &Shared, chunk: Chunk) -> Result<Outcome, Error> {
    let rested = shared.workers.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let mut worker = rested.unwrap_or_else(|| Worker::new(&shared.tables, shared.max_depth));
    let outcome = worker.work(chunk, &shared.tables)?;
    shared.workers.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
    Ok(outcome)
}
