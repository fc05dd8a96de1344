//! The issues of one chunk, of which no more are held than memory allows.
//!
//! A megabyte of unknown elements has more than a hundred thousand faults, and each takes hundreds of times its bytes.
//! What waits for its turn is therefore bounded: a chunk with more issues is handed over without any, and checked again
//! by whoever takes them, one at a time. That costs hostile data time, and all other data nothing.

use fhirkit_issue::Issue;

/// How many issues of a chunk may wait: some 4 MB.
const MOST: usize = 4096;

/// An issue, and which of the chunk's documents it is about.
pub(crate) struct FoundIssue {
    pub(crate) issue: Issue,
    pub(crate) document: Option<usize>,
}

/// Where the issues of a chunk go.
pub(crate) struct Issues<'a> {
    waiting: Vec<FoundIssue>,
    out: Out<'a>,
}

enum Out<'a> {
    /// They wait for the end of the chunk.
    Held,
    /// There were too many.
    Overflown,
    /// They are handed over document by document.
    Taken(&'a mut dyn FnMut(FoundIssue)),
}

impl<'a> Issues<'a> {
    /// Issues that wait for the end of the chunk.
    pub(crate) fn held() -> Self {
        Issues { waiting: Vec::new(), out: Out::Held }
    }

    /// Issues that are handed over as they are found.
    pub(crate) fn handed_to(take: &'a mut dyn FnMut(FoundIssue)) -> Self {
        Issues { waiting: Vec::new(), out: Out::Taken(take) }
    }

    pub(crate) fn push(&mut self, issue: Issue, document: Option<usize>) {
        if self.waiting.len() == MOST {
            match self.out {
                Out::Taken(_) => self.hand_over(),
                _ => {
                    self.waiting = Vec::new();
                    self.out = Out::Overflown;
                }
            }
        }
        if !matches!(self.out, Out::Overflown) {
            self.waiting.push(FoundIssue { issue, document });
        }
    }

    /// Hands over what waits, in the order of the input, if somebody takes it at once.
    pub(crate) fn hand_over(&mut self) {
        if let Out::Taken(take) = &mut self.out {
            self.waiting.sort_by_key(|found| found.issue.byte);
            self.waiting.drain(..).for_each(take);
        }
    }

    /// All of them in the order of the input; nothing where they were too many.
    pub(crate) fn into_held(mut self) -> Option<Vec<FoundIssue>> {
        self.waiting.sort_by_key(|found| found.issue.byte);
        matches!(self.out, Out::Held).then_some(self.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fhirkit_issue::rules;

    fn issue(byte: usize) -> Issue {
        Issue::new(&rules::JSON_SYNTAX, "m").at_byte(byte as u64)
    }

    #[test]
    fn too_many_issues_are_not_held() {
        let mut issues = Issues::held();
        (0..MOST).rev().for_each(|byte| issues.push(issue(byte), None));
        let held = issues.into_held().unwrap();
        assert!(held.len() == MOST && held.is_sorted_by_key(|found| found.issue.byte));
        let mut issues = Issues::held();
        (0..=MOST).for_each(|byte| issues.push(issue(byte), None));
        assert!(issues.into_held().is_none());
    }

    #[test]
    fn issues_that_are_handed_over_all_arrive() {
        let mut count = 0;
        let mut take = |_| count += 1;
        let mut issues = Issues::handed_to(&mut take);
        (0..3 * MOST).for_each(|byte| issues.push(issue(byte), None));
        issues.hand_over();
        assert_eq!(count, 3 * MOST);
    }
}
