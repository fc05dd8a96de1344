//! `string` and `markdown`: something visible, no control characters, at most 1 MB.
//!
//! Source: <https://hl7.org/fhir/R4/datatypes.html#string>

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

use super::{Verdict, Wrong};

/// The rule.
pub(crate) static RULE: Rule =
    Rule::new("primitive/string", Severity::Error, IssueType::Invalid, "a text has what no text may have")
        .with_page(include_str!("string.md"));

/// White space at an end of a text.
pub(crate) static WHITE_SPACE: Rule = Rule::new(
    "primitive/white-space",
    Severity::Warning,
    IssueType::Invalid,
    "a text begins or ends with white space",
)
.with_page(include_str!("white-space.md"));

static LENGTH: Wrong =
    Wrong::new(&RULE, "expected at most 1,048,576 bytes", "Type_Specific_Checks_DT_String_Length");
static BLANK: Wrong =
    Wrong::new(&RULE, "expected more than white space", "Type_Specific_Checks_DT_String_WS_ALL");
static CONTROL: Wrong = Wrong {
    rule: &RULE,
    expected: "expected no control characters but tab, carriage return and line feed",
    message_id: None,
};
static ENDS: Wrong =
    Wrong::new(&WHITE_SPACE, "expected no white space at either end", "Type_Specific_Checks_DT_String_WS");

/// How long a string may be.
const LONGEST: usize = 1 << 20;

#[inline]
pub(crate) fn check(text: &str) -> Verdict {
    let bytes = text.as_bytes();
    let ends = (bytes.first().copied().unwrap_or(0), bytes.last().copied().unwrap_or(0));
    // Bytes beyond ASCII may be the wide spaces of other scripts.
    let is_visible = |byte: u8| (b'!'..=b'~').contains(&byte);
    if bytes.len() > LONGEST || !is_visible(ends.0) || !is_visible(ends.1) || has_control(bytes) {
        return slow(text);
    }
    Ok(())
}

/// Nothing of the kind stands in JSON unless escaped, so most texts are looked at for nothing; but it is quick.
#[inline]
fn has_control(bytes: &[u8]) -> bool {
    let (chunks, rest) = bytes.as_chunks::<16>();
    chunks.iter().any(|chunk| chunk.iter().fold(false, |found, byte| found | (*byte < b' ')))
        || rest.iter().any(|byte| *byte < b' ')
}

#[cold]
#[inline(never)]
fn slow(text: &str) -> Verdict {
    if text.len() > LONGEST {
        return Err(&LENGTH);
    }
    if text.bytes().any(|byte| byte < b' ' && !matches!(byte, b'\t' | b'\r' | b'\n')) {
        return Err(&CONTROL);
    }
    match text.trim().len() {
        0 => Err(&BLANK),
        length if length < text.len() => Err(&ENDS),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_alone_and_control_characters_are_refused() {
        super::super::assert_texts(
            check,
            &["a", "a b", "é", "a\n\tb", "名前"],
            &[" ", "\n", "a\u{1}b", "\u{3000}"],
        );
        assert!(check(&"a".repeat(LONGEST + 1)).is_err());
    }

    #[test]
    fn white_space_at_an_end_is_a_warning() {
        for text in [" a", "a\n", "a\u{a0}"] {
            assert_eq!(check(text).map_err(|wrong| wrong.rule.severity), Err(Severity::Warning), "{text:?}");
        }
    }
}
