//! A seeded mutator: takes a resource apart in one of 36 ways, always the same for the same seed.
//!
//! `cargo xtask conformance mutate [COUNT]` breaks the files of `../shared/data` so many times (10,000) and holds that the
//! validator neither panics nor hangs, and that its issues come in the same order whatever the number of threads.

mod bytes;
mod random;
pub(crate) mod run;
mod values;

use serde_json::Value;

use random::Random;

/// A broken text, and how it was broken.
pub(crate) struct Mutant {
    pub(crate) bytes: Vec<u8>,
    pub(crate) kinds: Vec<&'static str>,
}

/// Breaks a text: one to three faults.
pub(crate) fn mutate(text: &[u8], seed: u64) -> Mutant {
    let mut random = Random::new(seed);
    let mut kinds = Vec::new();
    let mut bytes = text.to_vec();
    // Faults of the data come first: behind a fault of the text there may be no data.
    if random.below(4) != 0
        && let Ok(mut value) = serde_json::from_slice::<Value>(text)
    {
        for _ in 0..=random.below(3) {
            if let Some((name, make)) = random.pick(values::KINDS) {
                make(&mut value, &mut random);
                kinds.push(*name);
            }
        }
        bytes = serde_json::to_vec(&value).unwrap_or_default();
    }
    if kinds.is_empty()
        && let Some((name, make)) = random.pick(bytes::KINDS)
    {
        make(&mut bytes, &mut random);
        kinds.push(*name);
    }
    Mutant { bytes, kinds }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] =
        br#"{"resourceType":"Patient","id":"1","birthDate":"1944-06-06","name":[{"given":["Ann"]}]}"#;

    #[test]
    fn a_seed_always_breaks_a_text_the_same_way() {
        for seed in 0..200 {
            let (one, other) = (mutate(TEXT, seed), mutate(TEXT, seed));
            assert_eq!((one.bytes, one.kinds), (other.bytes, other.kinds));
        }
    }

    #[test]
    fn every_kind_comes_up_and_most_of_what_comes_is_changed() {
        let mutants: Vec<Mutant> = (0..2000).map(|seed| mutate(TEXT, seed)).collect();
        let all =
            values::KINDS.iter().map(|(name, _)| *name).chain(bytes::KINDS.iter().map(|(name, _)| *name));
        for kind in all {
            assert!(mutants.iter().any(|mutant| mutant.kinds.contains(&kind)), "{kind}");
        }
        assert!(values::KINDS.len() + bytes::KINDS.len() >= 20);
        assert!(mutants.iter().filter(|mutant| mutant.bytes != TEXT).count() > 1700);
    }
}
