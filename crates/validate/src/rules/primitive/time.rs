//! `time`: `hh:mm:ss`, no offset.
//!
//! Source: <https://hl7.org/fhir/R4/datatypes.html#time>

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

use super::date::two;
use super::{Verdict, Wrong};

/// The rule.
pub(crate) static RULE: Rule =
    Rule::new("primitive/time", Severity::Error, IssueType::Invalid, "a value is not a time")
        .with_page(include_str!("time.md"));

static WRONG: Wrong =
    Wrong::new(&RULE, "expected hh:mm:ss without an offset", "Type_Specific_Checks_DT_Time_Valid");

pub(crate) fn check(text: &str) -> Verdict {
    if length(text.as_bytes()) == Some(text.len()) { Ok(()) } else { Err(&WRONG) }
}

/// How many bytes `hh:mm:ss` and its fraction take at the start of a text; second 60 is a leap second.
#[inline]
pub(super) fn length(text: &[u8]) -> Option<usize> {
    let (hour, minute, second) = (two(text, 0)?, two(text, 3)?, two(text, 6)?);
    if text.get(2) != Some(&b':') || text.get(5) != Some(&b':') || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    if text.get(8) != Some(&b'.') {
        return Some(8);
    }
    let digits = text.get(9..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (digits > 0).then_some(9 + digits)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_time_has_seconds_and_no_offset() {
        let bad = ["12:00", "24:00:00", "12:60:00", "12:00:61", "12:00:00Z", "12:00:00.", "1:00:00", ""];
        super::super::assert_texts(super::check, &["12:00:00", "23:59:60.5"], &bad);
    }
}
