//! `integer`, `unsignedInt`, `positiveInt`: whole numbers of 32 bits, written without fraction or exponent.
//!
//! Source: <https://hl7.org/fhir/R4/datatypes.html#integer>

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

use super::{Verdict, Wrong};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "primitive/integer",
    Severity::Error,
    IssueType::Invalid,
    "a number is not one of its integer type",
)
.with_page(include_str!("integer.md"));

static INTEGER: Wrong = Wrong::new(
    &RULE,
    "expected a whole number from -2147483648 to 2147483647",
    "Type_Specific_Checks_DT_Integer_Valid",
);
static UNSIGNED: Wrong =
    Wrong::new(&RULE, "expected a whole number from 0 to 2147483647", "Type_Specific_Checks_DT_Integer_LT0");
static POSITIVE: Wrong =
    Wrong::new(&RULE, "expected a whole number from 1 to 2147483647", "Type_Specific_Checks_DT_Integer_LT1");

#[inline]
pub(crate) fn check(text: &str) -> Verdict {
    value(text).map(|_| ()).ok_or(&INTEGER)
}

#[inline]
pub(crate) fn check_unsigned(text: &str) -> Verdict {
    value(text).filter(|value| *value >= 0).map(|_| ()).ok_or(&UNSIGNED)
}

#[inline]
pub(crate) fn check_positive(text: &str) -> Verdict {
    value(text).filter(|value| *value >= 1).map(|_| ()).ok_or(&POSITIVE)
}

/// The JSON grammar has excluded leading zeros and `+`; `-0` is no FHIR integer.
#[inline]
fn value(text: &str) -> Option<i32> {
    if text == "-0" { None } else { text.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::super::assert_texts;

    #[test]
    fn each_integer_type_has_its_range() {
        assert_texts(super::check, &["0", "-2147483648", "2147483647"], &["2147483648", "1.0", "1e2", "-0"]);
        assert_texts(super::check_unsigned, &["0", "7"], &["-1", "2147483648"]);
        assert_texts(super::check_positive, &["1"], &["0", "-1", "1.5"]);
    }
}
