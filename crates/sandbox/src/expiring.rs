//! What is kept for a while: sessions, codes, tokens, each under a name that cannot be guessed.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// At most this many are kept; the oldest goes first. A sandbox that is left running stays small.
const CAPACITY: usize = 20_000;

/// Values under names, forgotten after a time that is the same for all of them.
pub(crate) struct Expiring<V> {
    lifetime: Duration,
    values: HashMap<String, (Instant, V)>,
    /// The names in the order of their ends.
    order: VecDeque<String>,
}

impl<V> Expiring<V> {
    pub(crate) fn new(lifetime: Duration) -> Mutex<Expiring<V>> {
        Mutex::new(Expiring { lifetime, values: HashMap::new(), order: VecDeque::new() })
    }

    /// Keeps a value under a new name of 256 random bits.
    pub(crate) fn add(&mut self, value: V) -> String {
        let name = random_name();
        if !name.is_empty() {
            self.insert(name.clone(), value);
        }
        name
    }

    pub(crate) fn insert(&mut self, name: String, value: V) {
        let now = Instant::now();
        while let Some(oldest) = self.order.front() {
            let is_over = self.values.get(oldest).is_none_or(|(end, _)| *end <= now);
            if !is_over && self.order.len() < CAPACITY {
                break;
            }
            if let Some(oldest) = self.order.pop_front() {
                self.values.remove(&oldest);
            }
        }
        self.order.push_back(name.clone());
        self.values.insert(name, (now + self.lifetime, value));
    }

    /// The value, if it is there and its time is not over.
    pub(crate) fn get(&mut self, name: &str) -> Option<&mut V> {
        let now = Instant::now();
        self.values.get_mut(name).filter(|(end, _)| *end > now).map(|(_, value)| value)
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<V> {
        let now = Instant::now();
        self.values.remove(name).filter(|(end, _)| *end > now).map(|(_, value)| value)
    }

    /// Forgets all but those that `keep` says yes to.
    pub(crate) fn retain(&mut self, keep: impl Fn(&V) -> bool) {
        self.values.retain(|_, (_, value)| keep(value));
    }
}

/// A lock that outlives a panic elsewhere: the maps stay consistent, since no change to them panics half-way.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// 256 random bits as text.
pub(crate) fn random_name() -> String {
    let mut bytes = [0_u8; 32];
    // A system without random numbers gives no names: nothing is kept, and nothing is found.
    if getrandom::fill(&mut bytes).is_err() {
        return String::new();
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whether two secrets are equal, in a time that tells nothing of where they differ.
pub(crate) fn are_equal(left: &str, right: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(left.as_bytes(), right.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_is_not_found() {
        let kept = Expiring::new(Duration::from_secs(60));
        let name = lock(&kept).add(1);
        assert_eq!(lock(&kept).get(&name), Some(&mut 1));
        let gone = Expiring::new(Duration::ZERO);
        let name = lock(&gone).add(1);
        assert_eq!(lock(&gone).get(&name), None);
        assert_eq!(lock(&gone).remove(&name), None);
    }

    #[test]
    fn the_oldest_makes_room() {
        let kept = Expiring::new(Duration::from_secs(60));
        let first = lock(&kept).add(0);
        for number in 0..CAPACITY {
            lock(&kept).add(number);
        }
        assert_eq!(lock(&kept).get(&first), None);
        assert!(lock(&kept).values.len() <= CAPACITY);
    }
}
