//! `id` of a resource: letters, digits, `-` and `.`, at most 64.
//!
//! Source: <https://hl7.org/fhir/R4/datatypes.html#id>

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

use super::{Verdict, Wrong};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "primitive/id",
    Severity::Error,
    IssueType::Invalid,
    "an id has a character or length it may not have",
)
.with_page(include_str!("id.md"));

static CHARACTERS: Wrong =
    Wrong::new(&RULE, "expected an id of letters, digits, `-` and `.`", "Resource_RES_ID_Malformed_Chars");
static LENGTH: Wrong =
    Wrong::new(&RULE, "expected an id of at most 64 characters", "Resource_RES_ID_Malformed_Length");

#[inline]
pub(crate) fn check(text: &str) -> Verdict {
    if text.len() > 64 {
        return Err(&LENGTH);
    }
    let fits = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.');
    if fits { Ok(()) } else { Err(&CHARACTERS) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn underscore_slash_and_a_65th_character_are_refused() {
        let (long, longer) = ("a".repeat(64), "a".repeat(65));
        super::super::assert_texts(
            super::check,
            &["a1", "A.b-C", &long],
            &["a_b", "a/b", "a b", "é", &longer],
        );
    }
}
