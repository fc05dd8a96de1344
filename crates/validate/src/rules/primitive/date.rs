//! `date`: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, a day that the calendar has.
//!
//! Source: <https://hl7.org/fhir/R4/datatypes.html#date>

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

use super::{Verdict, Wrong};

/// The rule.
pub(crate) static RULE: Rule =
    Rule::new("primitive/date", Severity::Error, IssueType::Invalid, "a value is not a date")
        .with_page(include_str!("date.md"));

/// A date, dateTime or instant far from today.
pub(crate) static YEAR: Rule =
    Rule::new("primitive/unlikely-year", Severity::Warning, IssueType::Invalid, "a year is hardly meant")
        .with_page(include_str!("unlikely-year.md"));

static WRONG: Wrong =
    Wrong::new(&RULE, "expected YYYY, YYYY-MM or YYYY-MM-DD", "Type_Specific_Checks_DT_Date_Valid");
static NO_DAY: Wrong =
    Wrong::new(&RULE, "expected a day that the calendar has", "Type_Specific_Checks_DT_Date_Valid");
static UNLIKELY: Wrong =
    Wrong::new(&YEAR, "expected a year from 1800 to 2100", "Type_Specific_Checks_DT_DateTime_Reasonable");

/// What the beginning of a text says of a day.
pub(super) enum Day {
    /// No date.
    None,
    /// The form of a date, but no such month or day.
    Impossible,
    /// A date, and how many bytes it takes.
    Found(usize),
}

#[inline]
pub(crate) fn check(text: &str) -> Verdict {
    match day(text.as_bytes()) {
        Day::Found(length) if length == text.len() => likely(text),
        Day::Impossible => Err(&NO_DAY),
        _ => Err(&WRONG),
    }
}

/// Whether the year is near enough to be meant: no person of today's records was born before 1800.
#[inline]
pub(super) fn likely(text: &str) -> Verdict {
    match text.get(..2) {
        Some("18" | "19" | "20") => Ok(()),
        Some("21") if text.starts_with("2100") => Ok(()),
        _ => Err(&UNLIKELY),
    }
}

#[inline]
pub(super) fn two(text: &[u8], at: usize) -> Option<u32> {
    match text.get(at..at + 2)? {
        &[ten @ b'0'..=b'9', one @ b'0'..=b'9'] => Some(u32::from(ten - b'0') * 10 + u32::from(one - b'0')),
        _ => None,
    }
}

/// Reads a date of any precision from the start of a text.
#[inline]
pub(super) fn day(text: &[u8]) -> Day {
    let (Some(century), Some(year)) = (two(text, 0), two(text, 2)) else { return Day::None };
    let year = century * 100 + year;
    if year == 0 {
        return Day::Impossible;
    }
    if text.get(4) != Some(&b'-') {
        return Day::Found(4);
    }
    let Some(month) = two(text, 5) else { return Day::None };
    if !(1..=12).contains(&month) {
        return Day::Impossible;
    }
    if text.get(7) != Some(&b'-') {
        return Day::Found(7);
    }
    let Some(day) = two(text, 8) else { return Day::None };
    if (1..=days_in(year, month)).contains(&day) { Day::Found(10) } else { Day::Impossible }
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_two_digits_for_month_and_day_and_stands_in_the_calendar() {
        let good = ["1944", "1944-06", "1944-06-06", "2000-02-29", "2024-02-29"];
        let bad = [
            "06/06/1944",
            "1944-6-6",
            "1900-02-29",
            "2023-02-30",
            "2023-13",
            "2023-00",
            "2023-",
            "0000",
            "2023-01-01T00:00:00Z",
            "19440606",
        ];
        super::super::assert_texts(check, &good, &bad);
    }

    #[test]
    fn a_year_that_is_hardly_meant_is_told_under_a_rule_of_its_own() {
        for text in ["0194-06-06", "2101", "9999-12-31"] {
            assert_eq!(
                check(text).map_err(|wrong| wrong.rule.id.as_str()),
                Err("primitive/unlikely-year"),
                "{text}"
            );
        }
    }
}
