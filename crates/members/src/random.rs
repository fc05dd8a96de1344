//! The generator's random numbers: xoshiro256** seeded by SplitMix64.
//!
//! Both are written from the published algorithms (David Blackman and Sebastiano Vigna, <https://prng.di.unimi.it/>)
//! so that a seed gives the same bytes on every platform and with every version of every crate: samples, docs and
//! benches rely on it. Nothing here is for secrets.

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: [u64; 4],
}

/// SplitMix64: one step of the counter, then its finalizer.
fn split_mix(counter: &mut u64) -> u64 {
    *counter = counter.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *counter;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

impl Random {
    /// The stream number `stream` of a seed. Streams are independent, so that a member does not depend on how many
    /// others were made before it.
    pub(crate) fn new(seed: u64, stream: u64) -> Random {
        let mut counter = seed;
        let mut counter = split_mix(&mut counter) ^ stream.wrapping_mul(0xD134_2543_DE82_EF95);
        Random { state: std::array::from_fn(|_| split_mix(&mut counter)) }
    }

    /// Any `u64`.
    pub(crate) fn next(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.state;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }

    /// A number from 0 to `bound - 1`; 0 when `bound` is 0. The bias of the multiplication (below 2^-32 for the small
    /// bounds used here) is of no concern for synthetic data, and skipping the rejection keeps the count of draws fixed.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }

    /// True in `percent` of a hundred draws.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of a list that is not empty.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }

    /// One of a list of words that is not empty.
    pub(crate) fn word(&mut self, from: &[&'static str]) -> &'static str {
        from[self.below(from.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Vectors: the reference implementation of SplitMix64 for the seed 1234567 (as quoted on Rosetta Code).
    #[test]
    fn split_mix_gives_the_published_numbers() {
        let mut counter = 1_234_567;
        let numbers: Vec<u64> = (0..3).map(|_| split_mix(&mut counter)).collect();
        assert_eq!(
            numbers,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    // Vectors: the reference implementation of xoshiro256** with the state 1, 2, 3, 4 (as in the tests of rand_xoshiro).
    #[test]
    fn xoshiro_gives_the_published_numbers() {
        let mut random = Random { state: [1, 2, 3, 4] };
        let numbers: Vec<u64> = (0..4).map(|_| random.next()).collect();
        assert_eq!(numbers, [11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240]);
    }

    #[test]
    fn between_reaches_both_ends_and_nothing_else() {
        let mut random = Random::new(1, 1);
        let seen: std::collections::BTreeSet<i64> = (0..200).map(|_| random.between(-1, 1)).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [-1, 0, 1]);
    }
}
