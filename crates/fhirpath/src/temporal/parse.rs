//! Text → dates and times. Nothing is mended: `2020-1-1` is not a date.

use crate::temporal::{Date, DateTime, Fraction, Offset, Time};

/// Whether the bytes begin with this pattern, where `0` stands for any digit.
fn begins(bytes: &[u8], pattern: &[u8]) -> bool {
    bytes.len() >= pattern.len()
        && pattern.iter().zip(bytes).all(|(p, b)| if *p == b'0' { b.is_ascii_digit() } else { p == b })
}

/// How many bytes at the start look like a date.
pub(crate) fn date_length(bytes: &[u8]) -> usize {
    [&b"0000-00-00"[..], b"0000-00", b"0000"].iter().find(|p| begins(bytes, p)).map_or(0, |p| p.len())
}

/// How many bytes at the start look like a time.
pub(crate) fn time_length(bytes: &[u8]) -> usize {
    if begins(bytes, b"00:00:00.0") {
        return 9 + bytes.iter().skip(9).take_while(|b| b.is_ascii_digit()).count();
    }
    [&b"00:00:00"[..], b"00:00", b"00"].iter().find(|p| begins(bytes, p)).map_or(0, |p| p.len())
}

/// How many bytes at the start look like an offset.
pub(crate) fn zone_length(bytes: &[u8]) -> usize {
    match bytes.first() {
        Some(b'Z') => 1,
        Some(b'+' | b'-') if begins(bytes.get(1..).unwrap_or_default(), b"00:00") => 6,
        _ => 0,
    }
}

fn number<T: std::str::FromStr>(text: &str, at: std::ops::Range<usize>) -> Option<T> {
    text.get(at)?.parse().ok()
}

/// Days of a month; 0 where there is no such month.
pub(crate) fn days_in_month(year: i16, month: i8) -> i8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 0,
    }
}

pub(crate) fn date(text: &str) -> Option<Date> {
    if text.is_empty() || date_length(text.as_bytes()) != text.len() {
        return None;
    }
    let year = number(text, 0..4)?;
    let month = number(text, 5..7);
    let day = number(text, 8..10);
    let month_fits = month.is_none_or(|m| (1..=12).contains(&m));
    let day_fits = day.is_none_or(|d| (1..=days_in_month(year, month.unwrap_or(0))).contains(&d));
    (month_fits && day_fits).then_some(Date { year, month, day })
}

pub(crate) fn time(text: &str) -> Option<Time> {
    if text.is_empty() || time_length(text.as_bytes()) != text.len() {
        return None;
    }
    let hour = number(text, 0..2)?;
    let minute: Option<i8> = number(text, 3..5);
    // A leap second is not a time that arithmetic knows; it counts as the last second of its minute.
    let second: Option<i8> = number(text, 6..8).map(|s: i8| if s == 60 { 59 } else { s });
    let fits = (0..24).contains(&hour) && minute.is_none_or(|m| m < 60) && second.is_none_or(|s| s < 60);
    fits.then_some(Time { hour, minute, second, fraction: text.get(9..).and_then(fraction) })
}

fn fraction(text: &str) -> Option<Fraction> {
    let text = text.get(..9).unwrap_or(text);
    let digits = u8::try_from(text.len()).ok()?;
    let scale = 10_i32.pow(9 - u32::from(digits));
    Some(Fraction { nanoseconds: text.parse::<i32>().ok()? * scale, digits })
}

fn offset(text: &str) -> Option<Offset> {
    if text == "Z" {
        return Some(Offset { minutes: 0, zulu: true });
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let hours: i16 = number(text, 1..3)?;
    let minutes: i16 = number(text, 4..6)?;
    let fits = hours <= 14 && minutes < 60;
    fits.then_some(Offset { minutes: sign * (hours * 60 + minutes), zulu: false })
}

pub(crate) fn date_time(text: &str, literal: bool) -> Option<DateTime> {
    let Some((day, rest)) = text.split_once('T') else { return date(text).map(DateTime::from) };
    let date = date(day)?;
    if rest.is_empty() {
        return literal.then_some(date.into());
    }
    date.day?;
    let length = time_length(rest.as_bytes());
    let time = time(rest.get(..length)?)?;
    let zone = rest.get(length..)?;
    if zone_length(zone.as_bytes()) != zone.len() {
        return None;
    }
    let offset = if zone.is_empty() { None } else { Some(offset(zone)?) };
    Some(DateTime { date, time: Some(time), offset })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_dates_and_times_are_none() {
        for text in ["", "2020-1-1", "2020-13", "2023-02-29", "2020-01-01T", "20200101", "2020-01T10:00"] {
            assert_eq!(date_time(text, false), None, "{text}");
        }
        for text in ["2020-01-01T25:00", "2020-01-01T10:00+99:00", "2020-01-01T10:00:00.000z"] {
            assert_eq!(date_time(text, false), None, "{text}");
        }
        assert!(date_time("2020-01T", true).is_some());
    }

    #[test]
    fn digits_past_the_ninth_are_cut() {
        let time = time("10:00:00.1234567899").unwrap();
        assert_eq!(time.fraction, Some(Fraction { nanoseconds: 123_456_789, digits: 9 }));
    }
}
