//! The scanner for machines without vectors that we know.

use super::{BLOCK, Masks, Scanner};

/// Eight bytes at a time in a `u64`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Portable;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// High bits at bytes below `limit` (at most 0x80); exact up to and including the first one.
#[inline(always)]
fn below(word: u64, limit: u8) -> u64 {
    word.wrapping_sub(ONES * u64::from(limit)) & !word & HIGHS
}

/// High bits at bytes equal to `wanted`; exact up to and including the first one.
#[inline(always)]
fn equal(word: u64, wanted: u8) -> u64 {
    below(word ^ (ONES * u64::from(wanted)), 1)
}

fn ends_plain_text(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..0x20)
}

fn is_whitespace(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// The same byte by byte: what remains at the end of a buffer that is shorter than a vector.
#[inline]
pub(super) fn find_string_end_slowly(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().position(|&byte| ends_plain_text(byte)).map_or(bytes.len(), |found| at + found)
}

/// The same byte by byte.
#[inline]
pub(super) fn skip_whitespace_slowly(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().position(|&byte| !is_whitespace(byte)).map_or(bytes.len(), |found| at + found)
}

impl Scanner for Portable {
    #[inline(always)]
    fn find_string_end(bytes: &[u8], at: usize) -> usize {
        let mut at = at;
        while let Some(word) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
            let word = u64::from_le_bytes(*word);
            let found = equal(word, b'"') | equal(word, b'\\') | below(word, 0x20);
            if found != 0 {
                return at + found.trailing_zeros() as usize / 8;
            }
            at += 8;
        }
        find_string_end_slowly(bytes, at)
    }

    #[inline(always)]
    fn skip_whitespace(bytes: &[u8], at: usize) -> usize {
        skip_whitespace_slowly(bytes, at)
    }

    #[inline]
    fn masks(block: &[u8; BLOCK]) -> Masks {
        let mut masks = Masks::default();
        for (place, &byte) in block.iter().enumerate() {
            masks.quotes |= u64::from(byte == b'"') << place;
            masks.backslashes |= u64::from(byte == b'\\') << place;
            masks.opens |= u64::from(matches!(byte, b'{' | b'[')) << place;
            masks.closes |= u64::from(matches!(byte, b'}' | b']')) << place;
            masks.newlines |= u64::from(byte == b'\n') << place;
            masks.solids |= u64::from(!is_whitespace(byte)) << place;
        }
        masks
    }
}
