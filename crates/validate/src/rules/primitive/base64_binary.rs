//! `base64Binary`: the alphabet, groups of four, padding at the end. White space is let pass.
//!
//! Source: <https://hl7.org/fhir/R4/datatypes.html#base64Binary>

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

use super::{Verdict, Wrong};

/// The rule.
pub(crate) static RULE: Rule =
    Rule::new("primitive/base64-binary", Severity::Error, IssueType::Invalid, "a value is not base64")
        .with_page(include_str!("base64-binary.md"));

static WRONG: Wrong = Wrong::new(
    &RULE,
    "expected base64 (letters, digits, `+`, `/`, padded with `=` to groups of four)",
    "Type_Specific_Checks_DT_Base64_Valid",
);

pub(crate) fn check(text: &str) -> Verdict {
    let (mut letter_count, mut padding_count) = (0_usize, 0_usize);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding_count == 0 => letter_count += 1,
            b'=' => padding_count += 1,
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => return Err(&WRONG),
        }
    }
    let is_whole = padding_count <= 2 && (letter_count + padding_count).is_multiple_of(4);
    if is_whole && letter_count > 0 { Ok(()) } else { Err(&WRONG) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn groups_of_four_with_padding_at_the_end_are_base64() {
        let good = ["QUJD", "QQ==", "QUI=", "QUJD\nQUJD", "QUJ DQQ= ="];
        super::super::assert_texts(
            super::check,
            &good,
            &["QUJ", "Q===", "=QUJ", "QQ==QUJD", "%%%2@()()", "===="],
        );
    }
}
