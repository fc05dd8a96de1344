//! Chunks on their way from the reader to the workers, and their buffers on the way back.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use fhirkit_source::Chunk;

/// A queue bounded by bytes, not by chunks: a chunk is as long as its largest entry.
pub(super) struct Flight {
    limit: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Chunk>,
    buffers: Vec<Vec<u8>>,
    /// Bytes of the chunks that wait or are worked on.
    bytes: u64,
    closed: bool,
}

impl Flight {
    pub(super) fn new(limit: u64) -> Flight {
        Flight { limit, state: Mutex::default(), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A buffer that a worker is done with, or a new one.
    pub(super) fn buffer(&self) -> Vec<u8> {
        self.lock().buffers.pop().unwrap_or_default()
    }

    /// Hands a chunk over; waits while too many bytes are in flight, but never with nothing in flight.
    pub(super) fn send(&self, chunk: Chunk) {
        let size = chunk.bytes.len() as u64;
        let full = |state: &mut State| state.bytes > 0 && state.bytes + size > self.limit;
        let waited = self.changed.wait_while(self.lock(), full);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        state.bytes += size;
        state.waiting.push_back(chunk);
        drop(state);
        self.changed.notify_all();
    }

    /// The next chunk; `None` when there will be no more.
    pub(super) fn receive(&self) -> Option<Chunk> {
        let empty = |state: &mut State| state.waiting.is_empty() && !state.closed;
        let waited = self.changed.wait_while(self.lock(), empty);
        waited.unwrap_or_else(PoisonError::into_inner).waiting.pop_front()
    }

    /// Gives the bytes of a chunk back, of which `size` had been counted.
    pub(super) fn done(&self, buffer: Vec<u8>, size: u64) {
        const KEPT: usize = 4 << 20;
        let mut state = self.lock();
        state.bytes -= size;
        // The buffer of a giant entry would stay for good.
        if buffer.capacity() <= KEPT {
            state.buffers.push(buffer);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// No more chunks will come.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }
}
