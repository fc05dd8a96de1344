//! Vectors of x86-64: SSE2, which every such machine has, AVX2, and AVX-512 with byte masks.

use std::arch::x86_64::*;

use super::portable::{find_string_end_slowly, skip_whitespace_slowly};
use super::{BLOCK, Masks, Scanner, Task};

/// 16 bytes at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sse2;
/// 32 bytes at a time. Only [`with_avx2`] runs tasks with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx2;
/// 64 bytes at a time. Only [`with_avx512`] runs tasks with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx512;

/// Runs a task compiled for AVX2.
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn with_avx2<T: Task>(task: T) -> T::Output {
    task.run::<Avx2>()
}

/// Runs a task compiled for AVX-512.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx2,bmi1,bmi2,lzcnt,popcnt")]
pub(super) fn with_avx512<T: Task>(task: T) -> T::Output {
    task.run::<Avx512>()
}

/// The `N` bytes from `at` on, if there are so many.
#[inline(always)]
fn chunk<const N: usize>(bytes: &[u8], at: usize) -> Option<&[u8; N]> {
    bytes.get(at..).and_then(|rest| rest.first_chunk())
}

mod sse2 {
    use super::*;

    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn load(bytes: &[u8; 16]) -> __m128i {
        // SAFETY: the reference is valid for 16 bytes, and the load needs no alignment.
        unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn equal(vector: __m128i, byte: u8) -> __m128i {
        _mm_cmpeq_epi8(vector, _mm_set1_epi8(byte as i8))
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn bits(vector: __m128i) -> u64 {
        u64::from(_mm_movemask_epi8(vector) as u32)
    }

    /// Quotes, backslashes and control characters.
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn specials(vector: __m128i) -> u64 {
        let control = _mm_cmpeq_epi8(_mm_min_epu8(vector, _mm_set1_epi8(0x1F)), vector);
        bits(_mm_or_si128(_mm_or_si128(equal(vector, b'"'), equal(vector, b'\\')), control))
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn spaces(vector: __m128i) -> u64 {
        let lines = _mm_or_si128(equal(vector, b'\n'), equal(vector, b'\r'));
        bits(_mm_or_si128(_mm_or_si128(equal(vector, b' '), equal(vector, b'\t')), lines))
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn masks(block: &[u8; BLOCK]) -> Masks {
        let mut masks = Masks::default();
        for (index, part) in block.as_chunks::<16>().0.iter().enumerate() {
            let vector = load(part);
            // `[` and `{`, like `]` and `}`, differ in this bit alone, and nothing else maps to them.
            let folded = _mm_or_si128(vector, _mm_set1_epi8(0x20));
            let shift = 16 * index;
            masks.quotes |= bits(equal(vector, b'"')) << shift;
            masks.backslashes |= bits(equal(vector, b'\\')) << shift;
            masks.opens |= bits(equal(folded, b'{')) << shift;
            masks.closes |= bits(equal(folded, b'}')) << shift;
            masks.newlines |= bits(equal(vector, b'\n')) << shift;
            masks.solids |= (spaces(vector) ^ 0xFFFF) << shift;
        }
        masks
    }
}

mod avx2 {
    use super::*;

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn load(bytes: &[u8; 32]) -> __m256i {
        // SAFETY: the reference is valid for 32 bytes, and the load needs no alignment.
        unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn equal(vector: __m256i, byte: u8) -> __m256i {
        _mm256_cmpeq_epi8(vector, _mm256_set1_epi8(byte as i8))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn bits(vector: __m256i) -> u64 {
        u64::from(_mm256_movemask_epi8(vector) as u32)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn specials(vector: __m256i) -> u64 {
        let control = _mm256_cmpeq_epi8(_mm256_min_epu8(vector, _mm256_set1_epi8(0x1F)), vector);
        bits(_mm256_or_si256(_mm256_or_si256(equal(vector, b'"'), equal(vector, b'\\')), control))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn spaces(vector: __m256i) -> u64 {
        let lines = _mm256_or_si256(equal(vector, b'\n'), equal(vector, b'\r'));
        bits(_mm256_or_si256(_mm256_or_si256(equal(vector, b' '), equal(vector, b'\t')), lines))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn masks(block: &[u8; BLOCK]) -> Masks {
        let mut masks = Masks::default();
        for (index, part) in block.as_chunks::<32>().0.iter().enumerate() {
            let vector = load(part);
            let folded = _mm256_or_si256(vector, _mm256_set1_epi8(0x20));
            let shift = 32 * index;
            masks.quotes |= bits(equal(vector, b'"')) << shift;
            masks.backslashes |= bits(equal(vector, b'\\')) << shift;
            masks.opens |= bits(equal(folded, b'{')) << shift;
            masks.closes |= bits(equal(folded, b'}')) << shift;
            masks.newlines |= bits(equal(vector, b'\n')) << shift;
            masks.solids |= (spaces(vector) ^ 0xFFFF_FFFF) << shift;
        }
        masks
    }
}

mod avx512 {
    use super::*;

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    pub(super) fn load(bytes: &[u8; BLOCK]) -> __m512i {
        // SAFETY: the reference is valid for 64 bytes, and the load needs no alignment.
        unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn equal(vector: __m512i, byte: u8) -> u64 {
        _mm512_cmpeq_epi8_mask(vector, _mm512_set1_epi8(byte as i8))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn spaces(vector: __m512i) -> u64 {
        equal(vector, b' ') | equal(vector, b'\t') | equal(vector, b'\n') | equal(vector, b'\r')
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    pub(super) fn masks(block: &[u8; BLOCK]) -> Masks {
        let vector = load(block);
        let folded = _mm512_or_si512(vector, _mm512_set1_epi8(0x20));
        Masks {
            quotes: equal(vector, b'"'),
            backslashes: equal(vector, b'\\'),
            opens: equal(folded, b'{'),
            closes: equal(folded, b'}'),
            newlines: equal(vector, b'\n'),
            solids: !spaces(vector),
        }
    }
}

impl Scanner for Sse2 {
    #[inline(always)]
    fn find_string_end(bytes: &[u8], at: usize) -> usize {
        let mut at = at;
        while let Some(part) = chunk(bytes, at) {
            // SAFETY: every x86-64 machine has SSE2.
            let found = unsafe { sse2::specials(sse2::load(part)) };
            if found != 0 {
                return at + found.trailing_zeros() as usize;
            }
            at += 16;
        }
        find_string_end_slowly(bytes, at)
    }

    #[inline(always)]
    fn skip_whitespace(bytes: &[u8], at: usize) -> usize {
        let mut at = at;
        while let Some(part) = chunk(bytes, at) {
            // SAFETY: every x86-64 machine has SSE2.
            let solid = unsafe { sse2::spaces(sse2::load(part)) } ^ 0xFFFF;
            if solid != 0 {
                return at + solid.trailing_zeros() as usize;
            }
            at += 16;
        }
        skip_whitespace_slowly(bytes, at)
    }

    #[inline(always)]
    fn masks(block: &[u8; BLOCK]) -> Masks {
        // SAFETY: every x86-64 machine has SSE2.
        unsafe { sse2::masks(block) }
    }
}

impl Scanner for Avx2 {
    #[inline(always)]
    fn find_string_end(bytes: &[u8], at: usize) -> usize {
        let mut at = at;
        while let Some(part) = chunk(bytes, at) {
            // SAFETY: `Avx2` is named by `with_avx2` alone, which runs only where the machine has AVX2.
            let found = unsafe { avx2::specials(avx2::load(part)) };
            if found != 0 {
                return at + found.trailing_zeros() as usize;
            }
            at += 32;
        }
        Sse2::find_string_end(bytes, at)
    }

    #[inline(always)]
    fn skip_whitespace(bytes: &[u8], at: usize) -> usize {
        let mut at = at;
        while let Some(part) = chunk(bytes, at) {
            // SAFETY: as above.
            let solid = unsafe { avx2::spaces(avx2::load(part)) } ^ 0xFFFF_FFFF;
            if solid != 0 {
                return at + solid.trailing_zeros() as usize;
            }
            at += 32;
        }
        Sse2::skip_whitespace(bytes, at)
    }

    #[inline(always)]
    fn masks(block: &[u8; BLOCK]) -> Masks {
        // SAFETY: as above.
        unsafe { avx2::masks(block) }
    }
}

/// Strings and gaps are short: there the 32 bytes of AVX2 do as well, and split fewer cache lines. Whole blocks are
/// where 64 bytes pay.
impl Scanner for Avx512 {
    #[inline(always)]
    fn find_string_end(bytes: &[u8], at: usize) -> usize {
        Avx2::find_string_end(bytes, at)
    }

    #[inline(always)]
    fn skip_whitespace(bytes: &[u8], at: usize) -> usize {
        Avx2::skip_whitespace(bytes, at)
    }

    #[inline(always)]
    fn masks(block: &[u8; BLOCK]) -> Masks {
        // SAFETY: `Avx512` is named by `with_avx512` alone, which runs only where the machine has AVX-512F and BW.
        unsafe { avx512::masks(block) }
    }
}
