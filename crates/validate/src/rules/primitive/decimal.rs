//! `decimal`: the grammar is that of JSON; only an exponent that nobody can hold is told.
//!
//! Source: <https://hl7.org/fhir/R4/datatypes.html#decimal>

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

use super::{Verdict, Wrong};

/// A decimal that hardly any system can hold.
pub(crate) static RANGE: Rule = Rule::new(
    "primitive/decimal-range",
    Severity::Warning,
    IssueType::Invalid,
    "a decimal is larger or finer than systems can hold",
)
.with_page(include_str!("decimal-range.md"));

static WRONG: Wrong =
    Wrong::new(&RANGE, "expected an exponent of at most two digits", "Type_Specific_Checks_DT_Decimal_Range");

#[inline]
pub(crate) fn check(text: &str) -> Verdict {
    let Some(at) = text.bytes().position(|byte| matches!(byte, b'e' | b'E')) else { return Ok(()) };
    let digits = text.get(at + 1..).unwrap_or_default().trim_start_matches(['+', '-', '0']);
    if digits.len() > 2 { Err(&WRONG) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn three_digits_of_exponent_are_too_many() {
        super::super::assert_texts(
            super::check,
            &["1.10", "-0", "1e10", "1E-007", "0.00001"],
            &["1e400", "1E-245"],
        );
    }
}
