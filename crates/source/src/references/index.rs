//! Where the resources of a run stand, by `fullUrl` and by type and id.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::Reference;

/// Where a resource stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Number of the input in the run: [`Chunk::input_number`](crate::Chunk::input_number).
    pub input: u32,
    /// Byte of its Bundle, if it is an entry of one.
    pub bundle: Option<u64>,
    /// Byte of the resource in the uncompressed input.
    pub byte: u64,
    /// Index in the Bundle.
    pub index: Option<u32>,
}

/// Where a reference stands: `urn:` references mean entries of the same Bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// Number of the input in the run.
    pub input: u32,
    /// Byte of the Bundle, if it is an entry of one.
    pub bundle: Option<u64>,
}

/// What became of a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// The target stands there.
    Resolved(Place),
    /// The target is not in the input.
    Unresolved,
    /// A contained resource: ask the holder ([`holds_contained`](super::holds_contained)).
    Contained,
    /// A search; not resolved here.
    Conditional,
    /// No reference at all.
    Malformed,
}

/// 40 bytes; sorted by key and place once sealed. Hashes and `bundle` are 0 where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    /// Hash of type and id.
    key: u64,
    input: u32,
    index: u32,
    /// Byte of the Bundle, plus 1.
    bundle: u64,
    byte: u64,
    full_url: u64,
}

const NO_INDEX: u32 = u32::MAX;

impl Entry {
    fn place(&self) -> Place {
        Place {
            input: self.input,
            bundle: self.bundle.checked_sub(1),
            byte: self.byte,
            index: (self.index != NO_INDEX).then_some(self.index),
        }
    }

    fn by_key(&self) -> (u64, u32, u64, u64) {
        (self.key, self.input, self.bundle, self.byte)
    }

    fn by_url(&self) -> (u64, u32, u64, u64) {
        (self.full_url, self.input, self.bundle, self.byte)
    }
}

/// The index while it is filled: the first pass.
#[derive(Debug, Default)]
pub struct Index {
    entries: Vec<Entry>,
}

/// The index once it is full: it answers.
#[derive(Debug, Default)]
pub struct Sealed {
    entries: Vec<Entry>,
    /// Numbers of the entries that have a fullUrl, sorted by it and by place.
    by_url: Vec<u32>,
}

impl Index {
    /// Adds a resource. `full_url` and `id` are the decoded texts.
    pub fn add(&mut self, place: Place, full_url: Option<&str>, resource_type: &str, id: Option<&str>) {
        if self.entries.len() == self.entries.capacity() {
            // Doubling would take up to 80 bytes an entry.
            let step = (self.entries.len() / 4).max(256);
            self.entries.reserve_exact(step);
        }
        self.entries.push(Entry {
            key: id.map_or(0, |id| key_hash(resource_type, id)),
            input: place.input,
            index: place.index.unwrap_or(NO_INDEX),
            bundle: place.bundle.map_or(0, |byte| byte + 1),
            byte: place.byte,
            full_url: full_url.map_or(0, url_hash),
        });
    }

    /// Adds what another index holds, say that of another worker. The order does not matter.
    pub fn append(&mut self, mut other: Self) {
        self.entries.reserve_exact(other.entries.len());
        self.entries.append(&mut other.entries);
    }

    /// Sorts the index, so that it can answer.
    pub fn seal(mut self) -> Sealed {
        self.entries.sort_unstable_by_key(Entry::by_key);
        let has_url = |(number, entry): (usize, &Entry)| {
            let number = u32::try_from(number).ok()?;
            (entry.full_url != 0).then_some(number)
        };
        let count = self.entries.iter().filter(|entry| entry.full_url != 0).count();
        let mut by_url = Vec::with_capacity(count);
        by_url.extend(self.entries.iter().enumerate().filter_map(has_url));
        let mut sealed = Sealed { entries: self.entries, by_url: Vec::new() };
        by_url.sort_unstable_by_key(|&number| sealed.entry(number).map(Entry::by_url));
        sealed.by_url = by_url;
        sealed
    }
}

impl Sealed {
    /// How many resources it holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes of memory that it takes.
    pub fn memory(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>() + self.by_url.capacity() * size_of::<u32>()
    }

    /// Where the target of a reference stands.
    ///
    /// `urn:` means an entry of the holder's Bundle. An absolute URL is looked for as a `fullUrl` of
    /// the holder's Bundle, then of any; like a relative one it is then looked for by type and id,
    /// first in the same Bundle, then in the whole input. Of several the first counts.
    pub fn resolve(&self, text: &str, holder: Holder) -> Resolution {
        let found = match Reference::parse(text) {
            Reference::Contained(_) => return Resolution::Contained,
            Reference::Conditional { .. } => return Resolution::Conditional,
            Reference::Malformed => return Resolution::Malformed,
            Reference::Urn(urn) => self.by_url(url_hash(urn), holder, false),
            Reference::Relative { resource_type, id } => self.by_key(resource_type, id, holder),
            Reference::Absolute { url, target } => {
                let by_url = self.by_url(url_hash(url), holder, true);
                by_url.or_else(|| target.and_then(|(name, id)| self.by_key(name, id, holder)))
            }
        };
        found.map_or(Resolution::Unresolved, Resolution::Resolved)
    }

    fn entry(&self, number: u32) -> Option<&Entry> {
        self.entries.get(number as usize)
    }

    fn by_url(&self, hash: u64, holder: Holder, anywhere: bool) -> Option<Place> {
        let in_bundle = (hash, holder.input, holder.bundle.map_or(0, |byte| byte + 1), 0);
        let at = |least: (u64, u32, u64, u64)| {
            let from = self
                .by_url
                .partition_point(|&number| self.entry(number).is_some_and(|entry| entry.by_url() < least));
            self.by_url.get(from).and_then(|&number| self.entry(number))
        };
        let same = at(in_bundle).filter(|entry| same_bundle(entry.by_url(), in_bundle));
        let found = same.or_else(|| {
            let first = if anywhere { at((hash, 0, 0, 0)) } else { None };
            first.filter(|entry| entry.full_url == hash)
        });
        found.map(Entry::place)
    }

    fn by_key(&self, resource_type: &str, id: &str, holder: Holder) -> Option<Place> {
        let hash = key_hash(resource_type, id);
        let in_bundle = (hash, holder.input, holder.bundle.map_or(0, |byte| byte + 1), 0);
        let at = |least: (u64, u32, u64, u64)| {
            self.entries.get(self.entries.partition_point(|entry| entry.by_key() < least))
        };
        let same = at(in_bundle).filter(|entry| same_bundle(entry.by_key(), in_bundle));
        let found = same.or_else(|| at((hash, 0, 0, 0)).filter(|entry| entry.key == hash));
        found.map(Entry::place)
    }
}

fn same_bundle(found: (u64, u32, u64, u64), wanted: (u64, u32, u64, u64)) -> bool {
    (found.0, found.1, found.2) == (wanted.0, wanted.1, wanted.2)
}

fn key_hash(resource_type: &str, id: &str) -> u64 {
    hash(&(resource_type, id))
}

fn url_hash(url: &str) -> u64 {
    hash(&url)
}

/// SipHash with the same key in every run, so that results repeat; never 0, which means "none".
fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish().max(1)
}

/// How many references there were, and what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub total: u64,
    /// The target was found, contained ones included.
    pub resolved: u64,
    /// The target is not in the input.
    pub unresolved: u64,
    /// `Type?search`.
    pub conditional: u64,
    /// No reference at all.
    pub malformed: u64,
}

impl Tally {
    /// Counts one. `holds_contained` tells whether a contained target is there.
    pub fn count(&mut self, resolution: Resolution, holds_contained: impl FnOnce() -> bool) {
        self.total += 1;
        let slot = match resolution {
            Resolution::Resolved(_) => &mut self.resolved,
            Resolution::Contained if holds_contained() => &mut self.resolved,
            Resolution::Unresolved | Resolution::Contained => &mut self.unresolved,
            Resolution::Conditional => &mut self.conditional,
            Resolution::Malformed => &mut self.malformed,
        };
        *slot += 1;
    }

    /// Adds the counts of another worker.
    pub fn add(&mut self, other: Self) {
        self.total += other.total;
        self.resolved += other.resolved;
        self.unresolved += other.unresolved;
        self.conditional += other.conditional;
        self.malformed += other.malformed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(input: u32, bundle: Option<u64>, byte: u64) -> Place {
        Place { input, bundle, byte, index: None }
    }

    #[test]
    fn urns_mean_the_same_bundle_and_keys_any() {
        let mut index = Index::default();
        let (first, second) = (place(0, Some(0), 10), place(0, Some(500), 510));
        index.add(second, Some("urn:uuid:1"), "Patient", Some("b"));
        index.add(first, Some("urn:uuid:1"), "Patient", Some("a"));
        index.add(place(1, None, 0), None, "Patient", Some("a"));
        let index = index.seal();
        let of = |text: &str, bundle| index.resolve(text, Holder { input: 0, bundle });
        assert_eq!(of("urn:uuid:1", Some(0)), Resolution::Resolved(first));
        assert_eq!(of("urn:uuid:1", Some(500)), Resolution::Resolved(second));
        assert_eq!(of("urn:uuid:1", None), Resolution::Unresolved);
        assert_eq!(of("Patient/a", Some(500)), Resolution::Resolved(first));
        let there = Holder { input: 1, bundle: None };
        assert_eq!(index.resolve("Patient/a", there), Resolution::Resolved(place(1, None, 0)));
        assert_eq!(of("http://x.org/Patient/b", Some(0)), Resolution::Resolved(second));
        assert_eq!(of("#a", None), Resolution::Contained);
    }

    #[test]
    fn an_entry_takes_at_most_64_bytes() {
        let mut index = Index::default();
        for number in 0..100_000 {
            index.add(
                place(0, Some(0), number),
                Some(&number.to_string()),
                "Claim",
                Some(&number.to_string()),
            );
        }
        let index = index.seal();
        assert!(index.memory() <= 64 * index.len(), "{}", index.memory() / index.len());
    }
}
