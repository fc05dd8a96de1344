//! `instant`: a whole date with time, seconds and offset.
//!
//! Source: <https://hl7.org/fhir/R4/datatypes.html#instant>

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

use super::date::{Day, day, likely};
use super::date_time::{Rest, rest};
use super::{Verdict, Wrong};

/// The rule.
pub(crate) static RULE: Rule =
    Rule::new("primitive/instant", Severity::Error, IssueType::Invalid, "a value is not an instant")
        .with_page(include_str!("instant.md"));

static WRONG: Wrong =
    Wrong::new(&RULE, "expected YYYY-MM-DDThh:mm:ss with an offset", "Type_Specific_Checks_DT_Instant_Valid");

#[inline]
pub(crate) fn check(text: &str) -> Verdict {
    let bytes = text.as_bytes();
    match day(bytes) {
        Day::Found(10) if rest(bytes) == Rest::Whole => likely(text),
        _ => Err(&WRONG),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_instant_is_never_partial() {
        let good = ["2015-02-07T13:28:17.239+02:00", "2017-01-01T00:00:00Z"];
        super::super::assert_texts(super::check, &good, &["2017-01-01", "2017-01-01T00:00:00", "2017", ""]);
    }
}
