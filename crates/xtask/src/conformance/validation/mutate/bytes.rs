//! Faults of the text: what a broken disk, a cut connection or a careless program leaves.

use super::random::Random;

/// A fault of the text.
pub(super) type OfBytes = fn(&mut Vec<u8>, &mut Random);

/// Every kind, with its name.
pub(super) const KINDS: &[(&str, OfBytes)] = &[
    ("flip a bit", flip),
    ("cut off the end", truncate),
    ("lose a piece", lose),
    ("insert noise", noise),
    ("break the encoding", encoding),
    ("lone surrogate", surrogate),
    ("repeat a piece", repeat),
    ("key stands twice", duplicate_key),
    ("trailing comma", comma),
    ("control character", control),
];

#[expect(clippy::ptr_arg, reason = "one signature for all kinds")]
fn flip(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len());
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << random.below(8);
    }
}

fn truncate(bytes: &mut Vec<u8>, random: &mut Random) {
    bytes.truncate(random.below(bytes.len()));
}

fn lose(bytes: &mut Vec<u8>, random: &mut Random) {
    let range = piece(bytes, random, 40);
    bytes.drain(range);
}

fn noise(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len());
    let noise: Vec<u8> = (0..random.below(8)).map(|_| random.below(256) as u8).collect();
    bytes.splice(at..at, noise);
}

fn encoding(bytes: &mut Vec<u8>, random: &mut Random) {
    insert_in_string(bytes, random, &[0xC3, 0x28]);
}

fn surrogate(bytes: &mut Vec<u8>, random: &mut Random) {
    insert_in_string(bytes, random, b"\\uD800");
}

fn control(bytes: &mut Vec<u8>, random: &mut Random) {
    insert_in_string(bytes, random, &[1]);
}

fn repeat(bytes: &mut Vec<u8>, random: &mut Random) {
    let range = piece(bytes, random, 200);
    let copy = bytes.get(range.clone()).unwrap_or_default().to_vec();
    bytes.splice(range.start..range.start, copy);
}

fn duplicate_key(bytes: &mut Vec<u8>, random: &mut Random) {
    insert_behind(bytes, random, b'{', b"\"id\":\"twice\",\"id\":\"twice\",");
}

fn comma(bytes: &mut Vec<u8>, random: &mut Random) {
    insert_behind(bytes, random, b'}', b",");
}

fn piece(bytes: &[u8], random: &mut Random, most: usize) -> std::ops::Range<usize> {
    let start = random.below(bytes.len());
    start..(start + random.below(most)).min(bytes.len())
}

fn insert_in_string(bytes: &mut Vec<u8>, random: &mut Random, what: &[u8]) {
    insert_behind(bytes, random, b'"', what);
}

/// Inserts behind one of the occurrences of a byte.
fn insert_behind(bytes: &mut Vec<u8>, random: &mut Random, behind: u8, what: &[u8]) {
    let places: Vec<usize> =
        bytes.iter().enumerate().filter(|(_, byte)| **byte == behind).map(|(at, _)| at + 1).collect();
    if let Some(&at) = random.pick(&places) {
        bytes.splice(at..at, what.iter().copied());
    }
}
