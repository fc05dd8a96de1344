//! Byte tokens: what bounds the memory of chunks in flight.
//!
//! The reader takes tokens *before* it hands a chunk to a worker and the collector gives them back once the
//! chunk's rows are where they belong. Workers never wait: a rayon worker that blocks starves its pool.

use std::sync::{Condvar, Mutex, PoisonError};

/// A counting semaphore in bytes.
#[derive(Debug)]
pub(crate) struct Tokens {
    state: Mutex<State>,
    changed: Condvar,
    capacity: u64,
}

#[derive(Debug)]
struct State {
    taken: u64,
    closed: bool,
}

impl Tokens {
    /// Tokens for `capacity` bytes.
    pub(crate) fn new(capacity: u64) -> Self {
        let state = State { taken: 0, closed: false };
        Tokens { state: Mutex::new(state), changed: Condvar::new(), capacity: capacity.max(1) }
    }

    /// Waits until `bytes` are free and takes them. More than the capacity is granted only when nothing else is
    /// out, so that one large entry is worked alone instead of never. Returns what was taken, to be given back,
    /// or `None` when the run has ended in the meantime.
    pub(crate) fn take(&self, bytes: u64) -> Option<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while !state.closed && state.taken > 0 && state.taken.saturating_add(bytes) > self.capacity {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.closed {
            return None;
        }
        state.taken = state.taken.saturating_add(bytes);
        Some(bytes)
    }

    /// Gives back what [`Tokens::take`] returned.
    pub(crate) fn give(&self, bytes: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.taken = state.taken.saturating_sub(bytes);
        drop(state);
        self.changed.notify_all();
    }

    /// Wakes everyone who waits, for good: the run ends.
    pub(crate) fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn more_than_the_capacity_is_granted_when_nothing_is_out() {
        let tokens = Tokens::new(10);
        assert_eq!(tokens.take(1000), Some(1000));
    }

    #[test]
    fn taking_waits_until_enough_was_given_back() {
        let tokens = Arc::new(Tokens::new(10));
        tokens.take(8);
        let waiting = thread::spawn({
            let tokens = Arc::clone(&tokens);
            move || tokens.take(5)
        });
        thread::sleep(Duration::from_millis(20));
        assert!(!waiting.is_finished());
        tokens.give(8);
        assert_eq!(waiting.join().unwrap(), Some(5));
    }

    #[test]
    fn closing_wakes_a_waiting_reader() {
        let tokens = Arc::new(Tokens::new(10));
        tokens.take(10);
        let waiting = thread::spawn({
            let tokens = Arc::clone(&tokens);
            move || tokens.take(5)
        });
        tokens.close();
        assert_eq!(waiting.join().unwrap(), None);
    }
}
