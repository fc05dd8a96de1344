//! What was found out about a value before: data repeats itself, and the same bytes have the same answer.

use rustc_hash::FxHashMap;

/// What is known of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Nothing is wrong.
    Good,
    /// It cannot be told.
    Unverifiable,
    /// Something is wrong; what, is worked out again, since it is to be told.
    Wrong,
}

/// Answers of one thread by question and bytes.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    known: FxHashMap<Box<[u8]>, Answer>,
    key: Vec<u8>,
}

/// Longer values seldom come twice.
const LONGEST: usize = 512;
/// When so many are known, all are forgotten: data that never repeats must not fill memory.
const MOST: usize = 16 * 1024;

impl Answers {
    /// The answer to a question about bytes, worked out where it is not known.
    #[inline]
    pub(crate) fn get(&mut self, question: u32, about: &[u8], work_out: impl FnOnce() -> Answer) -> Answer {
        if about.len() > LONGEST {
            return work_out();
        }
        self.key.clear();
        self.key.extend_from_slice(&question.to_le_bytes());
        self.key.extend_from_slice(about);
        if let Some(known) = self.known.get(self.key.as_slice()) {
            return *known;
        }
        let answer = work_out();
        if self.known.len() >= MOST {
            self.known.clear();
        }
        self.known.insert(self.key.as_slice().into(), answer);
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_worked_out_once_and_memory_has_an_end() {
        let mut answers = Answers::default();
        assert_eq!(answers.get(1, b"x", || Answer::Wrong), Answer::Wrong);
        assert_eq!(answers.get(1, b"x", || Answer::Good), Answer::Wrong);
        assert_eq!(answers.get(2, b"x", || Answer::Good), Answer::Good);
        for number in 0..3 * MOST as u32 {
            answers.get(number, b"y", || Answer::Good);
        }
        assert!(answers.known.len() <= MOST);
        let long = [b'z'; LONGEST + 1];
        answers.get(1, &long, || Answer::Wrong);
        assert_eq!(answers.get(1, &long, || Answer::Good), Answer::Good);
    }
}
