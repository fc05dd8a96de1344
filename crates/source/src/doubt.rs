//! Whether a line that begins where a JSON value could go on is rather a resource of its own.
//!
//! A line of NDJSON may be cut behind `:`, `,` or `[`. What follows it could then belong to it, as far as the cut
//! line tells. The line behind it tells more: where it is a whole resource and nothing that could go on behind a
//! member or an item comes after it, the value that the cut line began can never become whole, and the line stands
//! for itself. No JSON that is whole meets this.

use fhirkit_tape::scan::Nesting;
use fhirkit_tape::{Span, Tape};

use crate::expand::ENTRY_MEMBERS;

/// A longer line is not looked at: it would have to be held, and may be a Bundle's only line.
const LONGEST: usize = 16 << 20;

/// `{"response"`: by so many bytes an entry is known.
const LONGEST_BEGINNING: usize = 11;

/// A line that is being looked at. Positions are the window's.
pub(crate) struct Doubt {
    /// No JSON value goes on before the line: only a comma that is missing before an entry makes it belong there.
    is_apart: bool,
    /// Where the line begins.
    pub(crate) line: usize,
    /// Up to where the line has been read.
    read: usize,
    nesting: Nesting,
    /// Behind the object that the line begins with.
    end: Option<usize>,
}

/// What is known of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// That takes more bytes.
    Open,
    /// It belongs to what began before it, or to nothing better.
    GoesOn,
    /// It is a resource of its own.
    Stands,
}

impl Doubt {
    /// About the line that begins at `line` with `{`.
    pub(crate) fn new(line: usize) -> Self {
        Self { is_apart: false, line, read: line, nesting: Nesting::new(0, 1), end: None }
    }

    /// About such a line where what stands before it is no `,`, `:` or `[`.
    pub(crate) fn apart(line: usize) -> Self {
        Self { is_apart: true, ..Self::new(line) }
    }

    /// Looks at what has come since. `has_ended`: no byte follows `bytes`.
    pub(crate) fn judge(&mut self, bytes: &[u8], has_ended: bool) -> Verdict {
        if self.is_apart {
            let begins = bytes.get(self.line..).unwrap_or_default();
            return match begins.len() >= LONGEST_BEGINNING || has_ended {
                true if is_entry(begins) => Verdict::GoesOn,
                true => Verdict::Stands,
                false => Verdict::Open,
            };
        }
        let from = self.read;
        let end = match self.end.or_else(|| self.object(bytes)) {
            Some(end) => end,
            None if has_ended || self.is_refuted(bytes, from) => return Verdict::GoesOn,
            None => return Verdict::Open,
        };
        // Behind the object only white space may stand on its line, and only `{` on a later one.
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = bytes.get(self.read) {
            self.read += 1;
        }
        if self.read - self.line > LONGEST {
            return Verdict::GoesOn;
        }
        let is_next = match bytes.get(self.read) {
            Some(b'{') => memchr::memchr(b'\n', bytes.get(end..self.read).unwrap_or_default()).is_some(),
            Some(_) => false,
            None if has_ended => true,
            None => return Verdict::Open,
        };
        let line = bytes.get(self.line..end).unwrap_or_default();
        if is_next && is_resource(line) { Verdict::Stands } else { Verdict::GoesOn }
    }

    /// Moves with the window.
    pub(crate) fn shift(&mut self, by: usize) {
        for position in [Some(&mut self.line), Some(&mut self.read), self.end.as_mut()].into_iter().flatten()
        {
            *position = position.saturating_sub(by);
        }
    }

    /// The end of the object, once it has come.
    fn object(&mut self, bytes: &[u8]) -> Option<usize> {
        let fresh = bytes.get(self.read..).unwrap_or_default();
        match self.nesting.feed(fresh, self.read, &mut |_, _| {}) {
            Some(last) => {
                self.end = Some(last + 1);
                self.read = last + 1;
                self.end
            }
            None => {
                self.read = bytes.len();
                None
            }
        }
    }

    /// Whether an object that has not ended yet cannot be a resource on one line. It has been read anew from `from` on.
    fn is_refuted(&self, bytes: &[u8], from: usize) -> bool {
        let fresh = bytes.get(from..).unwrap_or_default();
        let line = bytes.get(self.line..).unwrap_or_default();
        is_entry(line) || line.len() > LONGEST || memchr::memchr(b'\n', fresh).is_some()
    }
}

/// Whether the object begins like an entry of a Bundle: most lines in doubt do.
fn is_entry(line: &[u8]) -> bool {
    let key = line.strip_prefix(b"{\"").unwrap_or_default();
    let begins =
        |name: &&str| key.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first() == Some(&b'"'));
    ENTRY_MEMBERS.iter().any(begins)
}

fn is_resource(line: &[u8]) -> bool {
    if is_entry(line) || line.len() > LONGEST || memchr::memchr(b'\n', line).is_some() {
        return false;
    }
    let Ok(length) = u32::try_from(line.len()) else { return false };
    let mut tape = Tape::new();
    tape.load(line.to_vec());
    let parsed = tape.parse(Span::new(0, length));
    parsed.is_ok_and(|root| tape.node(root).get("resourceType").as_str().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The verdict on a line and what follows it, whatever the size of reads.
    fn verdict(text: &str) -> Verdict {
        let bytes = text.as_bytes();
        let once = Doubt::new(0).judge(bytes, true);
        let mut doubt = Doubt::new(0);
        let early = (1..bytes.len()).map(|end| doubt.judge(&bytes[..end], false));
        let by_bytes = early.into_iter().find(|verdict| *verdict != Verdict::Open);
        assert_eq!(by_bytes.unwrap_or_else(|| doubt.judge(bytes, true)), once, "{text}");
        once
    }

    #[test]
    fn a_whole_resource_with_nothing_to_go_on_with_stands() {
        let resource = r#"{"id":"a}","resourceType":"Patient"}"#;
        for behind in ["", "\n", " \r\n\n", "\n{", "\n\n {\"resourceType\""] {
            assert_eq!(verdict(&format!("{resource}{behind}")), Verdict::Stands, "{behind:?}");
        }
        for behind in [",", "\n,", "\n]", "\n}", "}", "{", " {", "\n[", "\nx"] {
            assert_eq!(verdict(&format!("{resource}{behind}")), Verdict::GoesOn, "{behind:?}");
        }
    }

    #[test]
    fn what_is_no_resource_on_one_line_goes_on() {
        for text in [
            r#"{"resource":{"resourceType":"Patient"}}"#,
            "{\"resourceType\":\n\"Patient\"}",
            r#"{"resourceType":"Patient","id":}"#,
            r#"{"resourceType":"Patient","id":"#,
            r#"{"system":"a","value":"b"}"#,
        ] {
            assert_eq!(verdict(text), Verdict::GoesOn, "{text}");
        }
    }
}
