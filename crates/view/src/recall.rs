//! What sources gave for bytes that were met before.

use std::hash::Hasher as _;

use fhirkit_tape::NodeId;
use rustc_hash::FxHasher;

/// Kinds of bytes that one recall knows; a power of two.
const ENTRIES: usize = 256;
/// Bytes of one key, and of all keys and texts; when those are full, everything is forgotten.
const LONGEST: usize = 1024;
const MOST_BYTES: usize = 1 << 15;
const MOST_CELLS: usize = 1 << 12;
/// No group of columns is larger; were one, its cells would cost another allocation.
const MOST_COLUMNS: usize = 64;
/// After this many questions of which fewer than a quarter were answered, so many go unasked.
const TRIAL: u32 = 256;
const REST: u32 = 8192;

/// A cell without its place on one tape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Portable<T> {
    Absent,
    /// A node so far behind the value of one of the members.
    Node {
        member: u16,
        distance: u32,
    },
    /// A computed text.
    Text(T),
    Decimal(T),
    Integer(i64),
    Boolean(bool),
}

/// A range of the bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Place {
    start: u32,
    end: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    hash: u64,
    key: Place,
    /// Of its cells the first, and one more; 0 where the entry is free.
    first: u32,
}

/// Cells of a fixed number of columns by the bytes that they come from. It never grows beyond its bounds, and does not
/// ask where data does not repeat itself.
#[derive(Debug, Default)]
pub(crate) struct Recall {
    entries: Vec<Entry>,
    cells: Vec<Portable<Place>>,
    bytes: String,
    asked: u32,
    answered: u32,
    resting: u32,
}

/// What was learned of a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'r> {
    pub(crate) cells: &'r [Portable<Place>],
    bytes: &'r str,
}

impl<'r> Known<'r> {
    #[inline]
    pub(crate) fn text(self, place: Place) -> &'r str {
        self.bytes.get(place.start as usize..place.end as usize).unwrap_or_default()
    }
}

/// A question without an answer, to be told it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question(u64);

impl Recall {
    /// Whether it pays to ask.
    #[inline]
    pub(crate) fn is_awake(&mut self) -> bool {
        if self.resting == 0 {
            return true;
        }
        self.resting -= 1;
        false
    }

    /// The cells that this key gave in this document (0: in any), or the question to answer with [`learn`](Recall::learn).
    #[inline]
    pub(crate) fn ask(&mut self, key: &str, document: u64, columns: usize) -> Result<Known<'_>, Question> {
        let mut hasher = FxHasher::default();
        hasher.write(key.as_bytes());
        // Equal keys have equal hashes only if they are of one document.
        let hash = hasher.finish().wrapping_add(document.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        self.asked += 1;
        if self.asked == TRIAL {
            if self.answered < TRIAL / 4 {
                self.resting = REST;
                // The room as well: it may never be needed again.
                (self.entries, self.cells, self.bytes) = Default::default();
            }
            (self.asked, self.answered) = (0, 0);
        }
        let entry = self.entries.get(hash as usize % ENTRIES).copied().unwrap_or_default();
        if entry.first != 0 && entry.hash == hash && self.text(entry.key) == key {
            self.answered += 1;
            let first = entry.first as usize - 1;
            let cells = self.cells.get(first..first + columns).unwrap_or_default();
            return Ok(Known { cells, bytes: &self.bytes });
        }
        Err(Question(hash))
    }

    /// Keeps the cells of a key in place of what stood there; nothing is kept where one of the cells is none.
    pub(crate) fn learn<'c>(
        &mut self,
        question: Question,
        key: &str,
        cells: impl Iterator<Item = Option<Portable<&'c str>>>,
    ) {
        if key.len() > LONGEST {
            return;
        }
        if self.bytes.len() + 2 * LONGEST > MOST_BYTES || self.cells.len() + MOST_COLUMNS > MOST_CELLS {
            self.forget();
        }
        if self.entries.is_empty() {
            self.entries.resize(ENTRIES, Entry::default());
            // Growing by doubling would hold twice the bounds, in every group of columns and every worker.
            self.cells.reserve_exact(MOST_CELLS);
            self.bytes.reserve_exact(MOST_BYTES);
        }
        let before = (self.cells.len(), self.bytes.len());
        let key = self.keep(key);
        for cell in cells {
            let text = |text: &&str| self.bytes.len() + text.len() <= before.1 + 2 * LONGEST;
            let kept = match cell {
                Some(Portable::Text(ref found)) if text(found) => Portable::Text(self.keep(found)),
                Some(Portable::Decimal(ref found)) if text(found) => Portable::Decimal(self.keep(found)),
                Some(Portable::Absent) => Portable::Absent,
                Some(Portable::Node { member, distance }) => Portable::Node { member, distance },
                Some(Portable::Integer(value)) => Portable::Integer(value),
                Some(Portable::Boolean(value)) => Portable::Boolean(value),
                _ => {
                    self.cells.truncate(before.0);
                    self.bytes.truncate(before.1);
                    return;
                }
            };
            self.cells.push(kept);
        }
        let first = before.0 as u32 + 1;
        if let Some(entry) = self.entries.get_mut(question.0 as usize % ENTRIES) {
            *entry = Entry { hash: question.0, key, first };
        }
    }

    fn keep(&mut self, text: &str) -> Place {
        let start = self.bytes.len() as u32;
        self.bytes.push_str(text);
        Place { start, end: self.bytes.len() as u32 }
    }

    #[inline]
    fn text(&self, place: Place) -> &str {
        self.bytes.get(place.start as usize..place.end as usize).unwrap_or_default()
    }

    fn forget(&mut self) {
        self.entries.clear();
        self.cells.clear();
        self.bytes.clear();
    }
}

impl Portable<&str> {
    /// A node by its distance from the member that holds it.
    pub(crate) fn node(id: NodeId, members: impl Iterator<Item = (NodeId, u32)>) -> Option<Self> {
        let mut members = members.zip(0u16..);
        members.find_map(|((first, count), member)| {
            let distance = id.distance_from(first).filter(|distance| *distance < count)?;
            Some(Self::Node { member, distance })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_learned_is_told_again() {
        let mut recall = Recall::default();
        let question = recall.ask("a", 0, 3).unwrap_err();
        let cells = [Portable::Text("x"), Portable::Absent, Portable::Node { member: 1, distance: 7 }];
        recall.learn(question, "a", cells.into_iter().map(Some));
        let known = recall.ask("a", 0, 3).unwrap();
        let [Portable::Text(text), Portable::Absent, Portable::Node { member: 1, distance: 7 }] = known.cells
        else {
            panic!("{known:?}")
        };
        assert_eq!(known.text(*text), "x");
        assert!(recall.ask("b", 0, 3).is_err());
        let question = recall.ask("b", 0, 3).unwrap_err();
        recall.learn(question, "b", [Some(Portable::Absent), None, Some(Portable::Absent)].into_iter());
        assert!(recall.ask("b", 0, 3).is_err(), "a cell that cannot be carried is not remembered");
    }

    #[test]
    fn what_is_of_one_document_is_not_told_of_another() {
        let mut recall = Recall::default();
        let question = recall.ask("a", 1, 1).unwrap_err();
        recall.learn(question, "a", std::iter::once(Some(Portable::Integer(7))));
        assert!(recall.ask("a", 1, 1).is_ok());
        assert!(recall.ask("a", 2, 1).is_err());
    }

    #[test]
    fn a_recall_stays_small_and_rests_where_nothing_recurs() {
        let mut recall = Recall::default();
        let mut asked = 0;
        let long = "x".repeat(LONGEST);
        for number in 0..100_000 {
            if !recall.is_awake() {
                continue;
            }
            asked += 1;
            let key = format!("{number}{}", &long[..number % 900]);
            let question = recall.ask(&key, 0, 1).unwrap_err();
            recall.learn(question, &key, std::iter::once(Some(Portable::Text(long.as_str()))));
            assert!(recall.bytes.len() <= MOST_BYTES && recall.entries.len() <= ENTRIES);
        }
        assert!(asked < 100_000 / 16, "asked {asked} times in vain");
    }
}
