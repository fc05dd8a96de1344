//! The first and the last value that a partial date or time may mean, to a precision in digits.
//! Source: <https://hl7.org/fhirpath/#lowboundary>

use crate::temporal::parse::days_in_month;
use crate::temporal::{Date, DateTime, Fraction, Offset, Time};

/// Where no offset is written, the earliest place on Earth has the low boundary and the latest the high one.
const EARLIEST: Offset = Offset { minutes: 14 * 60, zulu: false };
const LATEST: Offset = Offset { minutes: -12 * 60, zulu: false };

/// `digits`: 4, 6 or 8; anything else has no boundary.
pub(crate) fn date(at: Date, digits: u8, high: bool) -> Option<Date> {
    if !matches!(digits, 4 | 6 | 8) {
        return None;
    }
    let month = at.month.unwrap_or(if high { 12 } else { 1 });
    let day = at.day.unwrap_or(if high { days_in_month(at.year, month) } else { 1 });
    Some(Date { year: at.year, month: (digits >= 6).then_some(month), day: (digits == 8).then_some(day) })
}

/// `digits`: 2, 4, 6 or 9. FHIR has no time without minutes; `T08` is read as `T08:00`, as the official
/// suite does.
pub(crate) fn time(at: Time, digits: u8, high: bool) -> Option<Time> {
    if !matches!(digits, 2 | 4 | 6 | 9) {
        return None;
    }
    let fraction = at.fraction.map_or(if high { 999 } else { 0 }, |f| f.nanoseconds / 1_000_000);
    let fraction = Fraction { nanoseconds: fraction * 1_000_000, digits: 3 };
    Some(Time {
        hour: at.hour,
        minute: (digits >= 4).then_some(at.minute.unwrap_or(0)),
        second: (digits >= 6).then_some(at.second.unwrap_or(if high { 59 } else { 0 })),
        fraction: (digits == 9).then_some(fraction),
    })
}

/// `digits`: 4, 6, 8, 10, 12, 14 or 17.
pub(crate) fn date_time(at: DateTime, digits: u8, high: bool) -> Option<DateTime> {
    let day = date(at.date, digits.min(8), high)?;
    if digits <= 8 {
        return Some(day.into());
    }
    let clock = match at.time {
        Some(clock) => clock,
        None if high => Time { hour: 23, minute: Some(59), second: Some(59), fraction: None },
        None => Time { hour: 0, minute: Some(0), second: Some(0), fraction: None },
    };
    let offset = at.offset.unwrap_or(if high { LATEST } else { EARLIEST });
    Some(DateTime { date: day, time: Some(time(clock, digits - 8, high)?), offset: Some(offset) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(text: &str, digits: u8) -> (String, String) {
        let at = DateTime::parse(text).unwrap();
        let low = date_time(at, digits, false).unwrap();
        (low.to_string(), date_time(at, digits, true).unwrap().to_string())
    }

    #[test]
    fn partial_values_span_what_they_may_mean() {
        assert_eq!(both("2024-02", 8), ("2024-02-01".into(), "2024-02-29".into()));
        let day = ("2010-10-10T00:00:00.000+14:00".into(), "2010-10-10T23:59:59.999-12:00".into());
        assert_eq!(both("2010-10-10", 17), day);
        assert_eq!(date_time(DateTime::parse("2010").unwrap(), 5, true), None);
    }
}
