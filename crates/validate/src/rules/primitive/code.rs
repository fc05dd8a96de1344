//! `code`: words with single spaces between them.
//!
//! Source: <https://hl7.org/fhir/R4/datatypes.html#code>

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

use super::{Verdict, Wrong};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "primitive/code",
    Severity::Error,
    IssueType::Invalid,
    "a code has white space where none may be",
)
.with_page(include_str!("code.md"));

static WRONG: Wrong = Wrong::new(
    &RULE,
    "expected a code without white space at its ends and with single spaces inside",
    "Type_Specific_Checks_DT_Code_WS",
);

#[inline]
pub(crate) fn check(text: &str) -> Verdict {
    let mut before_is_white = true;
    for byte in text.bytes() {
        let is_white = byte <= b' ';
        if is_white && (before_is_white || byte != b' ') {
            return Err(&WRONG);
        }
        before_is_white = is_white;
    }
    if before_is_white { Err(&WRONG) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn single_spaces_inside_are_all_the_white_space_a_code_has() {
        super::super::assert_texts(
            super::check,
            &["a", "a b", "é b c", "%"],
            &[" a", "a ", "a  b", "a\tb", " "],
        );
    }
}
