//! `dateTime`: a date, or a date with a time and its offset.
//!
//! Source: <https://hl7.org/fhir/R4/datatypes.html#dateTime>

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

use super::date::{Day, day, likely, two};
use super::{Verdict, Wrong, time};

/// The rule.
pub(crate) static RULE: Rule =
    Rule::new("primitive/date-time", Severity::Error, IssueType::Invalid, "a value is not a dateTime")
        .with_page(include_str!("date-time.md"));

static WRONG: Wrong = Wrong::new(
    &RULE,
    "expected YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with an offset",
    "Type_Specific_Checks_DT_DateTime_Valid",
);
static NO_DAY: Wrong =
    Wrong::new(&RULE, "expected a day that the calendar has", "Type_Specific_Checks_DT_DateTime_Valid");
static NO_OFFSET: Wrong = Wrong::new(
    &RULE,
    "a time needs its offset from UTC (`Z`, `-05:00`)",
    "Type_Specific_Checks_DT_DateTime_TZ",
);

/// What stands behind the date of a date with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    Whole,
    NoOffset,
    Broken,
}

#[inline]
pub(crate) fn check(text: &str) -> Verdict {
    let bytes = text.as_bytes();
    match day(bytes) {
        Day::Found(length) if length == bytes.len() => likely(text),
        Day::Found(10) => match rest(bytes) {
            Rest::Whole => likely(text),
            Rest::NoOffset => Err(&NO_OFFSET),
            Rest::Broken => Err(&WRONG),
        },
        Day::Impossible => Err(&NO_DAY),
        _ => Err(&WRONG),
    }
}

/// Looks at `Thh:mm:ss` and offset behind a whole date.
#[inline]
pub(super) fn rest(bytes: &[u8]) -> Rest {
    let Some((b'T', after)) = bytes.get(10..).and_then(|rest| Some((*rest.first()?, rest.get(1..)?))) else {
        return Rest::Broken;
    };
    let Some(length) = time::length(after) else { return Rest::Broken };
    match after.get(length..).unwrap_or_default() {
        [] => Rest::NoOffset,
        b"Z" => Rest::Whole,
        offset if is_offset(offset) => Rest::Whole,
        _ => Rest::Broken,
    }
}

/// `+05:30`, up to 14:00.
fn is_offset(text: &[u8]) -> bool {
    let [b'+' | b'-', _, _, b':', _, _] = text else { return false };
    match (two(text, 1), two(text, 4)) {
        (Some(hour), Some(minute)) => (hour < 14 && minute < 60) || (hour == 14 && minute == 0),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_with_time_needs_seconds_and_offset() {
        let good = [
            "2020",
            "2020-02",
            "2020-02-29",
            "2020-02-29T23:59:60Z",
            "2020-01-01T00:00:00.123456+14:00",
            "2020-01-01T00:00:00-05:00",
        ];
        let bad = [
            "2020-02-30T00:00:00Z",
            "2020-01-01T00:00Z",
            "2020-01-01T24:00:00Z",
            "2020-01-01 00:00:00Z",
            "2020-01T00:00:00Z",
            "2020-01-01T00:00:00+14:01",
            "2020-01-01T00:00:00.Z",
            "2020-01-01T00:00:00z",
            "2020-01-01T",
        ];
        super::super::assert_texts(check, &good, &bad);
    }

    #[test]
    fn a_missing_offset_is_named() {
        let id = check("2012-01-02T09:00:00").map_err(|wrong| wrong.message_id);
        assert_eq!(id, Err(Some("Type_Specific_Checks_DT_DateTime_TZ")));
    }
}
