//! What every run has in common: a reader thread, worker threads, and outcomes that come back in input order.
//!
//! Who wants something done to chunks says so as a [`Work`] and takes the outcomes from a [`Run`] one after another.
//! Memory is bounded by byte tokens, which the reader takes for a chunk and the caller gives back with
//! [`Run::done`].

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use fhirkit_source::{Chunk, Input, Options, Reader};

use crate::tokens::Tokens;
use crate::{Error, Limits, Progress};

/// What a chunk costs in memory while it is worked, in multiples of its bytes: buffer, tape, rows, batches.
const COST: u64 = 4;

/// The share of `Limits::memory` that chunks may take, in bytes of values; see docs/architecture.md, decision 7.
const SHARE_OF_CHUNKS: u64 = 8;

/// What is done to every chunk, by any number of threads.
pub(crate) trait Work: Send + Sync + 'static {
    /// What a thread reuses from chunk to chunk.
    type Worker: Send + 'static;
    /// What one chunk gives.
    type Outcome: Send + 'static;
    /// What other jobs on the same threads give.
    type Extra: Send + 'static;

    /// A worker that has done nothing yet.
    fn worker(&self) -> Self::Worker;

    /// Works one chunk.
    fn work(&self, worker: &mut Self::Worker, chunk: Chunk) -> Result<Self::Outcome, Error>;
}

/// What the threads of a run share.
struct Shared<W: Work> {
    work: W,
    tokens: Tokens,
    progress: Arc<Progress>,
    /// Buffers to read into and workers at rest; never more of them than were at work at once.
    buffers: Mutex<Vec<Vec<u8>>>,
    workers: Mutex<Vec<W::Worker>>,
}

enum Message<W: Work> {
    Chunk { sequence: u64, outcome: Box<W::Outcome>, tokens: Ticket },
    Extra(W::Extra),
    ReaderDone { chunk_count: u64 },
    Failed(Error),
}

/// The tokens of a chunk, to be given back when its outcome is where it belongs.
#[derive(Debug)]
pub(crate) struct Ticket(u64);

/// A run. Dropping it ends the reader.
pub(crate) struct Run<W: Work> {
    shared: Arc<Shared<W>>,
    pool: Arc<rayon::ThreadPool>,
    sender: Sender<Message<W>>,
    messages: Receiver<Message<W>>,
    waiting: BTreeMap<u64, (Box<W::Outcome>, Ticket)>,
    next: u64,
    chunk_count: Option<u64>,
}

impl<W: Work> Run<W> {
    /// Starts to read and to work.
    pub(crate) fn start(
        work: W,
        limits: &Limits,
        progress: &Arc<Progress>,
        inputs: Vec<Input>,
    ) -> Result<Self, Error> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(limits.threads.unwrap_or(0))
            .thread_name(|number| format!("worker-{number}"))
            .build()
            .map_err(|error| Error::internal(format!("worker threads could not start: {error}")))?;
        let options = Options { max_entry: limits.max_entry, ..Options::default() };
        // A chunk for every worker, one that waits for it and one that is being read: more of them are only colder.
        let at_once = 2 * pool.current_num_threads() as u64 + 1;
        let chunks = (limits.memory / SHARE_OF_CHUNKS).min(at_once * COST * options.chunk_bytes as u64);
        let shared = Arc::new(Shared {
            work,
            tokens: Tokens::new(chunks),
            progress: Arc::clone(progress),
            buffers: Mutex::new(Vec::new()),
            workers: Mutex::new(Vec::new()),
        });
        let (sender, messages) = unbounded();
        let run = Run {
            shared,
            pool: Arc::new(pool),
            sender,
            messages,
            waiting: BTreeMap::new(),
            next: 0,
            chunk_count: None,
        };
        run.spawn_reader(inputs, options)?;
        Ok(run)
    }

    /// Never joined: a thread that waits for standard input cannot be woken, and the process may end before it.
    fn spawn_reader(&self, inputs: Vec<Input>, options: Options) -> Result<(), Error> {
        let (shared, pool, sender) = (Arc::clone(&self.shared), Arc::clone(&self.pool), self.sender.clone());
        let reader = move || {
            let read = || read(Reader::open(inputs, options), &shared, &pool, &sender);
            let message = match catch_unwind(AssertUnwindSafe(read)) {
                Ok(Ok(chunk_count)) => Message::ReaderDone { chunk_count },
                Ok(Err(error)) => Message::Failed(error),
                Err(_) => Message::Failed(Error::internal("the reader failed; please report this input")),
            };
            let _ = sender.send(message);
        };
        let started = std::thread::Builder::new().name("reader".to_owned()).spawn(reader);
        started
            .map(drop)
            .map_err(|error| Error::internal(format!("the reader thread could not start: {error}")))
    }

    /// Waits until something has happened, for a tenth of a second at most. What another job gave is returned;
    /// outcomes are to be taken with [`Run::next`].
    pub(crate) fn wait(&mut self) -> Result<Option<W::Extra>, Error> {
        if self.shared.progress.is_cancelled() {
            return Err(Error::interrupted());
        }
        match self.messages.recv_timeout(Duration::from_millis(100)) {
            Ok(Message::Chunk { sequence, outcome, tokens }) => {
                self.waiting.insert(sequence, (outcome, tokens));
            }
            Ok(Message::Extra(extra)) => return Ok(Some(extra)),
            Ok(Message::ReaderDone { chunk_count }) => self.chunk_count = Some(chunk_count),
            Ok(Message::Failed(error)) => return Err(error),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(Error::internal("the workers are gone")),
        }
        Ok(None)
    }

    /// The outcome that is next in input order, if it is there.
    pub(crate) fn next(&mut self) -> Option<(W::Outcome, Ticket)> {
        let (outcome, ticket) = self.waiting.remove(&self.next)?;
        self.next += 1;
        Some((*outcome, ticket))
    }

    /// Takes back the tokens of an outcome, and its buffer to read into again.
    pub(crate) fn done(&self, ticket: Ticket, buffer: Vec<u8>) {
        if buffer.capacity() > 0 {
            self.shared.buffers.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
        }
        self.shared.tokens.give(ticket.0);
    }

    /// Whether every outcome has been taken.
    pub(crate) fn is_read(&self) -> bool {
        self.chunk_count == Some(self.next)
    }

    /// Has a worker thread do something else; [`Run::wait`] returns what it gives. `fault` is said where it fails.
    pub(crate) fn spawn(&self, fault: &'static str, job: impl FnOnce() -> W::Extra + Send + 'static) {
        let sender = self.sender.clone();
        self.pool.spawn(move || {
            let message = match catch_unwind(AssertUnwindSafe(job)) {
                Ok(extra) => Message::Extra(extra),
                Err(_) => Message::Failed(Error::internal(fault)),
            };
            let _ = sender.send(message);
        });
    }

    /// Frees what was kept for the next chunk, as none will come, and hands over the workers, all at rest.
    pub(crate) fn rest(&self) -> Vec<W::Worker> {
        *self.shared.buffers.lock().unwrap_or_else(PoisonError::into_inner) = Vec::new();
        std::mem::take(&mut *self.shared.workers.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<W: Work> Drop for Run<W> {
    fn drop(&mut self) {
        self.shared.tokens.close();
    }
}

/// The reader thread: chunks to workers, as many at once as there are tokens. Returns how many chunks there were.
fn read<W: Work>(
    mut reader: Reader,
    shared: &Arc<Shared<W>>,
    pool: &rayon::ThreadPool,
    sender: &Sender<Message<W>>,
) -> Result<u64, Error> {
    let mut chunk_count = 0;
    loop {
        let buffer = shared.buffers.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let Some(chunk) = reader.next_chunk(buffer)? else { return Ok(chunk_count) };
        chunk_count += 1;
        let cost = chunk.bytes.len() as u64 * COST + chunk.overhead_bytes();
        let Some(tokens) = shared.tokens.take(cost) else { return Ok(chunk_count) };
        let (shared, sender) = (Arc::clone(shared), sender.clone());
        pool.spawn(move || {
            let sequence = chunk.sequence;
            let message = match catch_unwind(AssertUnwindSafe(|| work(&shared, chunk))) {
                Ok(Ok(outcome)) => {
                    Message::Chunk { sequence, outcome: Box::new(outcome), tokens: Ticket(tokens) }
                }
                Ok(Err(error)) => Message::Failed(error),
                Err(_) => {
                    Message::Failed(Error::internal("a chunk could not be worked; please report this input"))
                }
            };
            let _ = sender.send(message);
        });
    }
}

fn work<W: Work>(shared: &Shared<W>, chunk: Chunk) -> Result<W::Outcome, Error> {
    let rested = shared.workers.lock().unwrap_or_else(PoisonError::into_inner).pop();
    let mut worker = rested.unwrap_or_else(|| shared.work.worker());
    let outcome = shared.work.work(&mut worker, chunk)?;
    shared.workers.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
    Ok(outcome)
}
