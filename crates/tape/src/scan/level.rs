//! Which scanner this machine runs, chosen at run time.

#[cfg(target_arch = "x86_64")]
use super::x86::{self, Sse2};
use super::{Portable, Scanner};

/// Work that is compiled once for every scanner.
pub(crate) trait Task {
    /// What it gives.
    type Output;
    /// The work. Must be `#[inline(always)]`, or it is not compiled for the vectors it uses.
    fn run<S: Scanner>(self) -> Self::Output;
}

/// A scanner that this machine has. It can only come from [`Level::detect`] or [`Level::all`], never be made up:
/// that makes [`Level::run`] sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Level(Choice);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    all(target_arch = "x86_64", not(test)),
    expect(dead_code, reason = "tests alone run the fallback here")
)]
enum Choice {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Sse2,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    /// The best one of this machine. The standard library asks the processor once and remembers.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn detect() -> Self {
        let has_bits = is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt");
        if !has_bits || !is_x86_feature_detected!("avx2") {
            return Self(Choice::Sse2);
        }
        let has_masks = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl");
        Self(if has_masks { Choice::Avx512 } else { Choice::Avx2 })
    }

    /// The best one of this machine.
    #[cfg(not(target_arch = "x86_64"))]
    pub(crate) fn detect() -> Self {
        Self(Choice::Portable)
    }

    /// Every one that this machine has, the portable one first.
    #[cfg(test)]
    pub(crate) fn all() -> Vec<Self> {
        let mut all = vec![Self(Choice::Portable)];
        #[cfg(target_arch = "x86_64")]
        {
            let order = [Choice::Sse2, Choice::Avx2, Choice::Avx512];
            let best = order.iter().position(|&choice| Self(choice) == Self::detect()).unwrap();
            all.extend(order[..=best].iter().map(|&choice| Self(choice)));
        }
        all
    }

    /// Runs the work with this scanner.
    #[inline]
    pub(crate) fn run<T: Task>(self, task: T) -> T::Output {
        match self.0 {
            Choice::Portable => task.run::<Portable>(),
            #[cfg(target_arch = "x86_64")]
            Choice::Sse2 => task.run::<Sse2>(),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `Avx2` comes from `detect`, which found all features that `with_avx2` enables.
            Choice::Avx2 => unsafe { x86::with_avx2(task) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `Avx512` comes from `detect`, which found all features that `with_avx512` enables.
            Choice::Avx512 => unsafe { x86::with_avx512(task) },
        }
    }
}
