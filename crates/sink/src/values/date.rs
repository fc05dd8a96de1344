//! Dates and times as FHIR writes them, to days and microseconds.
//!
//! Source: the regular expressions of FHIR R4's `date`, `dateTime`, `instant` and `time`, and the
//! calendar (30 February does not fit). Years 0001 to 9999; no 24:00; an offset up to 14:00.
//! Digits past the sixth of a second are cut. A leap second (`:60`) is legal in FHIR, but no
//! microsecond count of days of 86,400 seconds can hold it, so it does not fit.

use super::Fault;

const DATE: Fault = Fault::unfit("YYYY-MM-DD");
const DAY: Fault = Fault::partial("a date down to the day");
const DATE_TIME: Fault = Fault::unfit("YYYY-MM-DDThh:mm:ss with a zone");
const ZONE: Fault = Fault::partial("a time with a zone");
const LEAP: Fault = Fault::unfit("a second from 00 to 59");
const RANGE: Fault = Fault::unfit("a UTC year from 0001 to 9999");
const TIME: Fault = Fault::unfit("hh:mm:ss");

const DAY_MICROS: i64 = 86_400_000_000;

/// Reads a full date as days since 1970-01-01.
///
/// # Errors
/// Partial (`2020`, `2020-05`), or not a date of FHIR, or not in the calendar.
pub fn date(text: &str) -> Result<i32, Fault> {
    match calendar(text.as_bytes()).ok_or(DATE)? {
        (_, rest) if !rest.is_empty() => Err(DATE),
        (Some(days), _) => Ok(days),
        (None, _) => Err(DAY),
    }
}

/// Reads the day of a date or dateTime, as written there: in its own zone.
///
/// # Errors
/// As [`date`]; what follows the day must be a time of FHIR, of which only the zone may be missing.
pub fn date_of(text: &str) -> Result<i32, Fault> {
    match calendar(text.as_bytes()).ok_or(DATE)? {
        (None, _) => Err(DAY),
        (Some(days), []) => Ok(days),
        (Some(days), rest) => {
            let (_, rest) = rest.strip_prefix(b"T").and_then(clock).ok_or(DATE)?;
            if rest.is_empty() || offset_minutes(rest).is_some() { Ok(days) } else { Err(DATE) }
        }
    }
}

/// Reads a dateTime or instant as microseconds since 1970-01-01T00:00:00Z.
///
/// # Errors
/// Partial (no time, no zone), or not a dateTime of FHIR, or a leap second, or beyond year 9999 in UTC.
pub fn timestamp(text: &str) -> Result<i64, Fault> {
    let (days, rest) = calendar(text.as_bytes()).ok_or(DATE_TIME)?;
    let Some(days) = days else { return Err(ZONE) };
    if rest.is_empty() {
        return Err(ZONE);
    }
    let (clock, rest) = rest.strip_prefix(b"T").and_then(clock).ok_or(DATE_TIME)?;
    if rest.is_empty() {
        return Err(ZONE);
    }
    let minutes = offset_minutes(rest).ok_or(DATE_TIME)?;
    let micros = clock.micros().ok_or(LEAP)?;
    let utc = i64::from(days) * DAY_MICROS + micros - minutes * 60_000_000;
    // 0001-01-01 is day -719,162 and 10000-01-01 day 2,932,897.
    if (-719_162 * DAY_MICROS..2_932_897 * DAY_MICROS).contains(&utc) { Ok(utc) } else { Err(RANGE) }
}

/// Reads a time of day as microseconds since midnight.
///
/// # Errors
/// Not a time of FHIR, or a leap second.
pub fn time(text: &str) -> Result<i64, Fault> {
    match clock(text.as_bytes()) {
        Some((clock, [])) => clock.micros().ok_or(LEAP),
        _ => Err(TIME),
    }
}

/// The date at the front: its days, or `None` for a partial one, and what follows. `None` when there
/// is no date of FHIR at the front.
fn calendar(text: &[u8]) -> Option<(Option<i32>, &[u8])> {
    let (year, rest) = number(text, 4)?;
    if year == 0 {
        return None;
    }
    let Some(rest) = rest.strip_prefix(b"-") else {
        return rest.is_empty().then_some((None, rest));
    };
    let (month, rest) = number(rest, 2)?;
    if !(1..=12).contains(&month) {
        return None;
    }
    let Some(rest) = rest.strip_prefix(b"-") else {
        return rest.is_empty().then_some((None, rest));
    };
    let (day, rest) = number(rest, 2)?;
    if day == 0 || day > month_length(year, month) {
        return None;
    }
    Some((Some(days(year, month, day)), rest))
}

struct Clock {
    seconds: i64,
    micros: i64,
    leap: bool,
}

impl Clock {
    fn micros(&self) -> Option<i64> {
        (!self.leap).then_some(self.seconds * 1_000_000 + self.micros)
    }
}

/// `hh:mm:ss` with an optional fraction at the front, and what follows.
fn clock(text: &[u8]) -> Option<(Clock, &[u8])> {
    let (hour, rest) = number(text, 2)?;
    let (minute, rest) = number(rest.strip_prefix(b":")?, 2)?;
    let (second, mut rest) = number(rest.strip_prefix(b":")?, 2)?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut micros = 0;
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length == 0 {
            return None;
        }
        let zeros = std::iter::repeat(&b'0');
        for digit in fraction.iter().take(length).chain(zeros).take(6) {
            micros = micros * 10 + i64::from(digit - b'0');
        }
        rest = &fraction[length..];
    }
    let seconds = i64::from((hour * 60 + minute) * 60 + second);
    Some((Clock { seconds, micros, leap: second == 60 }, rest))
}

/// The whole of `text` as a zone: `Z` or an offset in minutes.
fn offset_minutes(text: &[u8]) -> Option<i64> {
    let (sign, rest) = match text {
        b"Z" => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, rest) = number(rest, 2)?;
    let (minutes, rest) = number(rest.strip_prefix(b":")?, 2)?;
    let total = hours * 60 + minutes;
    (rest.is_empty() && minutes <= 59 && total <= 14 * 60).then_some(sign * i64::from(total))
}

fn number(text: &[u8], width: usize) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_at_checked(width)?;
    let mut value = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value * 10 + u32::from(digit - b'0');
    }
    Some((value, rest))
}

fn month_length(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in years that begin in March.
fn days(year: u32, month: u32, day: u32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year;
    days as i32 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil;
    use proptest::prelude::*;

    #[test]
    fn a_partial_date_is_told_from_a_wrong_one() {
        for text in ["1944", "1944-06"] {
            assert_eq!(date(text), Err(DAY), "{text}");
        }
        for text in [
            "06/06/1944",
            "1944-6-6",
            "1944-13-01",
            "2021-02-29",
            "0000-01-01",
            "1944-",
            "19440606",
            "",
            "1944-06-06 ",
            "1956-10-14T00:00:00.000Z",
        ] {
            assert_eq!(date(text), Err(DATE), "{text}");
        }
        assert_eq!(date("1970-01-01"), Ok(0));
    }

    #[test]
    fn the_day_of_a_date_time_is_the_one_written() {
        assert_eq!(date_of("1970-01-02T23:30:00-05:00"), Ok(1));
        assert_eq!(date_of("1970-01-02T23:30:00"), Ok(1));
        assert_eq!(date_of("1970-01-02"), Ok(1));
        assert_eq!(date_of("1970-01-02T23:30Z"), Err(DATE));
        assert_eq!(date_of("1970-01"), Err(DAY));
    }

    #[test]
    fn a_timestamp_needs_time_and_zone() {
        for text in ["2020", "2020-05", "2020-05-01", "2020-05-01T10:00:00", "2020-05-01T10:00:00.5"] {
            assert_eq!(timestamp(text), Err(ZONE), "{text}");
        }
        for text in [
            "2020-05-01T10:00Z",
            "2020-05-01T24:00:00Z",
            "2020-05-01 10:00:00Z",
            "2020-05-01T10:00:00z",
            "2020-05-01T10:00:00+14:01",
            "2020-05-01T10:00:00+0500",
            "2020-02-30T10:00:00Z",
            "2020-05-01T10:00:00.Z",
            "1609536122000",
        ] {
            assert_eq!(timestamp(text), Err(DATE_TIME), "{text}");
        }
    }

    #[test]
    fn digits_past_the_sixth_are_cut() {
        assert_eq!(timestamp("1970-01-01T00:00:00.1234569Z"), Ok(123_456));
        assert_eq!(timestamp("1969-12-31T23:59:59.9999999Z"), Ok(-1));
        assert_eq!(time("00:00:01.5"), Ok(1_500_000));
    }

    #[test]
    fn a_leap_second_and_a_year_beyond_utc_do_not_fit() {
        assert_eq!(timestamp("2016-12-31T23:59:60Z"), Err(LEAP));
        assert_eq!(time("23:59:60"), Err(LEAP));
        assert_eq!(timestamp("9999-12-31T23:59:59-00:01"), Err(RANGE));
        assert_eq!(timestamp("0001-01-01T00:00:00+00:01"), Err(RANGE));
        assert!(
            timestamp("0001-01-01T00:00:00Z").is_ok() && timestamp("9999-12-31T23:59:59.999999Z").is_ok()
        );
    }

    proptest! {
        #[test]
        fn dates_agree_with_jiff(year in 1i16..=9999, month in 1i8..=12, day in 1i8..=31) {
            let text = format!("{year:04}-{month:02}-{day:02}");
            let expected = civil::Date::new(year, month, day).ok().map(|date| {
                date.since((jiff::Unit::Day, civil::date(1970, 1, 1))).unwrap().get_days()
            });
            prop_assert_eq!(date(&text).ok(), expected);
        }

        #[test]
        fn timestamps_agree_with_jiff(year in 2i16..=9998, month in 1i8..=12, day in 1i8..=28, second in 0i64..86_400, fraction in "(\\.[0-9]{1,6})?", sign: bool, offset in 0u32..=840) {
            let clock = format!("{:02}:{:02}:{:02}{fraction}", second / 3600, second / 60 % 60, second % 60);
            let zone = format!("{}{:02}:{:02}", if sign { '+' } else { '-' }, offset / 60, offset % 60);
            let text = format!("{year:04}-{month:02}-{day:02}T{clock}{zone}");
            let oracle: jiff::Timestamp = text.parse().unwrap();
            prop_assert_eq!(timestamp(&text), Ok(oracle.as_microsecond()));
        }

        #[test]
        fn no_text_is_taken_for_a_time_by_mistake(text in "[-0-9TZ:.+ ]{0,30}") {
            if timestamp(&text).is_ok() {
                prop_assert!(text.parse::<jiff::Timestamp>().is_ok(), "{}", text);
            }
            if date(&text).is_ok() {
                prop_assert!(text.parse::<civil::Date>().is_ok(), "{}", text);
            }
        }
    }
}
