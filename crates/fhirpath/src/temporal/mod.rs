//! Dates and times that may be partial: what is not written is not known.

pub(crate) mod arithmetic;
pub(crate) mod boundary;
pub(crate) mod compare;
pub(crate) mod parse;

use std::fmt;

/// A date with year, year and month, or all three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Date {
    pub(crate) year: i16,
    pub(crate) month: Option<i8>,
    /// Only where `month` is.
    pub(crate) day: Option<i8>,
}

/// A time of day, to the hour, minute, second or a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Time {
    pub(crate) hour: i8,
    pub(crate) minute: Option<i8>,
    /// Only where `minute` is.
    pub(crate) second: Option<i8>,
    /// Only where `second` is.
    pub(crate) fraction: Option<Fraction>,
}

/// A part of a second with the number of digits it was written with (digits past the ninth are cut).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Fraction {
    pub(crate) nanoseconds: i32,
    pub(crate) digits: u8,
}

/// A date, perhaps with a time, perhaps with an offset from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DateTime {
    pub(crate) date: Date,
    /// Only where the date is complete.
    pub(crate) time: Option<Time>,
    /// Only where `time` is.
    pub(crate) offset: Option<Offset>,
}

/// Minutes east of UTC; `Z` keeps its own spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Offset {
    pub(crate) minutes: i16,
    pub(crate) zulu: bool,
}

impl Date {
    /// Reads `YYYY`, `YYYY-MM` or `YYYY-MM-DD` of a date that exists.
    pub fn parse(text: &str) -> Option<Date> {
        parse::date(text)
    }

    /// Digits of the precision: 4, 6 or 8.
    pub fn precision(&self) -> u8 {
        match (self.month, self.day) {
            (None, _) => 4,
            (_, None) => 6,
            _ => 8,
        }
    }
}

impl Time {
    /// Reads `hh`, `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fff`.
    pub fn parse(text: &str) -> Option<Time> {
        parse::time(text)
    }

    /// Digits of the precision: 2, 4, 6 or 9.
    pub fn precision(&self) -> u8 {
        match (self.minute, self.second, self.fraction) {
            (None, ..) => 2,
            (_, None, _) => 4,
            (_, _, None) => 6,
            _ => 9,
        }
    }
}

impl DateTime {
    /// Reads a dateTime as FHIR writes it: a date, or a date with a time and perhaps an offset.
    pub fn parse(text: &str) -> Option<DateTime> {
        parse::date_time(text, false)
    }

    /// As [`DateTime::parse`], and `2015T`, as literals write a dateTime without a time.
    pub(crate) fn parse_literal(text: &str) -> Option<DateTime> {
        parse::date_time(text, true)
    }

    /// Digits of the precision: 4, 6, 8, 10, 12, 14 or 17.
    pub fn precision(&self) -> u8 {
        match self.time {
            None => self.date.precision(),
            Some(time) => 8 + time.precision(),
        }
    }

    /// The time of a clock, in UTC to the millisecond, as `now()` gives it.
    pub fn from_unix_milliseconds(milliseconds: i64) -> Option<DateTime> {
        let timestamp = jiff::Timestamp::from_millisecond(milliseconds).ok()?;
        let civil = jiff::tz::Offset::UTC.to_datetime(timestamp);
        let mut at = arithmetic::from_civil(civil);
        at.offset = Some(Offset { minutes: 0, zulu: true });
        if let Some(time) = &mut at.time {
            time.fraction = Some(Fraction { nanoseconds: civil.subsec_nanosecond(), digits: 3 });
        }
        Some(at)
    }
}

impl From<Date> for DateTime {
    fn from(date: Date) -> Self {
        DateTime { date, time: None, offset: None }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if let Some(month) = self.month {
            write!(f, "-{month:02}")?;
        }
        if let Some(day) = self.day {
            write!(f, "-{day:02}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.hour)?;
        if let Some(minute) = self.minute {
            write!(f, ":{minute:02}")?;
        }
        if let Some(second) = self.second {
            write!(f, ":{second:02}")?;
        }
        if let Some(fraction) = self.fraction {
            let digits = format!("{:09}", fraction.nanoseconds);
            write!(f, ".{}", digits.get(..usize::from(fraction.digits)).unwrap_or(&digits))?;
        }
        Ok(())
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date.fmt(f)?;
        if let Some(time) = self.time {
            write!(f, "T{time}")?;
        }
        match self.offset {
            None => Ok(()),
            Some(Offset { zulu: true, .. }) => f.write_str("Z"),
            Some(Offset { minutes, .. }) => {
                let sign = if minutes < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_written_again() {
        for text in ["2015", "2015-02-04", "2015-02-04T14:34:28.120+10:00", "2015-02-04T14:34Z"] {
            assert_eq!(DateTime::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Time::parse("14:34:28.1").unwrap().to_string(), "14:34:28.1");
    }

    #[test]
    fn clock_gives_utc_milliseconds() {
        assert_eq!(DateTime::from_unix_milliseconds(1_500).unwrap().to_string(), "1970-01-01T00:00:01.500Z");
    }
}
