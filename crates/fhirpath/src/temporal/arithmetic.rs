//! Dates and times plus or minus a calendar duration.
//! Source: <https://hl7.org/fhirpath/#datetime-arithmetic>

use jiff::{Span, civil};

use crate::temporal::{Date, DateTime, Fraction, Time};

/// A whole number of calendar units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Duration {
    pub(crate) count: i64,
    pub(crate) unit: CalendarUnit,
}

#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) enum CalendarUnit {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
}

impl CalendarUnit {
    /// From the singular word of a calendar unit.
    pub(crate) fn from_word(word: &str) -> Option<CalendarUnit> {
        Some(match word {
            "year" => CalendarUnit::Year,
            "month" => CalendarUnit::Month,
            "week" => CalendarUnit::Week,
            "day" => CalendarUnit::Day,
            "hour" => CalendarUnit::Hour,
            "minute" => CalendarUnit::Minute,
            "second" => CalendarUnit::Second,
            "millisecond" => CalendarUnit::Millisecond,
            _ => return None,
        })
    }
}

impl Duration {
    fn span(self) -> Option<Span> {
        let span = Span::new();
        match self.unit {
            CalendarUnit::Year => span.try_years(self.count),
            CalendarUnit::Month => span.try_months(self.count),
            CalendarUnit::Week => span.try_weeks(self.count),
            CalendarUnit::Day => span.try_days(self.count),
            CalendarUnit::Hour => span.try_hours(self.count),
            CalendarUnit::Minute => span.try_minutes(self.count),
            CalendarUnit::Second => span.try_seconds(self.count),
            CalendarUnit::Millisecond => span.try_milliseconds(self.count),
        }
        .ok()
    }

    /// In whole units of another size, rounded towards zero, as a partial value can count them.
    fn to_coarser(self, unit: CalendarUnit) -> Duration {
        let day_count = match self.unit {
            CalendarUnit::Year | CalendarUnit::Month => None,
            CalendarUnit::Week => Some(self.count.saturating_mul(7)),
            CalendarUnit::Day => Some(self.count),
            CalendarUnit::Hour => Some(self.count / 24),
            CalendarUnit::Minute => Some(self.count / (24 * 60)),
            CalendarUnit::Second => Some(self.count / (24 * 3600)),
            CalendarUnit::Millisecond => Some(self.count / (24 * 3_600_000)),
        };
        let count = match (day_count, self.unit, unit) {
            (Some(days), _, CalendarUnit::Year) => days / 365,
            (Some(days), _, CalendarUnit::Month) => days / 30,
            (Some(days), ..) => days,
            (None, CalendarUnit::Month, CalendarUnit::Year) => self.count / 12,
            (None, CalendarUnit::Year, CalendarUnit::Month) => self.count.saturating_mul(12),
            (None, ..) => return self,
        };
        Duration { count, unit }
    }
}

/// `None` where the result is outside the years 1 to 9999.
pub(crate) fn add_to_date(date: Date, duration: Duration) -> Option<Date> {
    let finest = match date.precision() {
        4 => CalendarUnit::Year,
        6 => CalendarUnit::Month,
        _ => CalendarUnit::Day,
    };
    let duration = if duration.unit > finest || finest < CalendarUnit::Day {
        duration.to_coarser(finest)
    } else {
        duration
    };
    let day = civil::Date::new(date.year, date.month.unwrap_or(1), date.day.unwrap_or(1)).ok()?;
    let moved = day.checked_add(duration.span()?).ok().filter(|d| d.year() > 0)?;
    Some(Date {
        year: moved.year(),
        month: date.month.map(|_| moved.month()),
        day: date.day.map(|_| moved.day()),
    })
}

/// On the value's own clock; the offset stays.
pub(crate) fn add_to_date_time(at: DateTime, duration: Duration) -> Option<DateTime> {
    let Some(time) = at.time else { return add_to_date(at.date, duration).map(DateTime::from) };
    let (month, day) = (at.date.month?, at.date.day?);
    let clock = civil_time(time)?;
    let civil = civil::Date::new(at.date.year, month, day).ok()?.to_datetime(clock);
    let moved = civil.checked_add(duration.span()?).ok().filter(|d| d.year() > 0)?;
    let full = from_civil(moved);
    Some(DateTime { date: full.date, time: Some(with_precision_of(time, moved.time())), offset: at.offset })
}

/// Wraps around midnight.
pub(crate) fn add_to_time(time: Time, duration: Duration) -> Option<Time> {
    if duration.unit <= CalendarUnit::Day {
        return None;
    }
    Some(with_precision_of(time, civil_time(time)?.wrapping_add(duration.span()?)))
}

fn civil_time(time: Time) -> Option<civil::Time> {
    let nanoseconds = time.fraction.map_or(0, |f| f.nanoseconds);
    civil::Time::new(time.hour, time.minute.unwrap_or(0), time.second.unwrap_or(0), nanoseconds).ok()
}

fn with_precision_of(time: Time, moved: civil::Time) -> Time {
    Time {
        hour: moved.hour(),
        minute: time.minute.map(|_| moved.minute()),
        second: time.second.map(|_| moved.second()),
        fraction: time.fraction.map(|f| Fraction { nanoseconds: moved.subsec_nanosecond(), ..f }),
    }
}

/// To the second, without an offset.
pub(crate) fn from_civil(civil: civil::DateTime) -> DateTime {
    DateTime {
        date: Date { year: civil.year(), month: Some(civil.month()), day: Some(civil.day()) },
        time: Some(Time {
            hour: civil.hour(),
            minute: Some(civil.minute()),
            second: Some(civil.second()),
            fraction: None,
        }),
        offset: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(text: &str, count: i64, unit: CalendarUnit) -> Option<String> {
        add_to_date_time(DateTime::parse(text)?, Duration { count, unit }).map(|d| d.to_string())
    }

    #[test]
    fn last_day_of_a_month_stays_in_the_month() {
        assert_eq!(add("2024-01-31", 1, CalendarUnit::Month).unwrap(), "2024-02-29");
        assert_eq!(add("2024-02-29", 1, CalendarUnit::Year).unwrap(), "2025-02-28");
    }

    #[test]
    fn partial_dates_keep_their_precision() {
        assert_eq!(add("2014", 24, CalendarUnit::Month).unwrap(), "2016");
        assert_eq!(add("2016-02", 365, CalendarUnit::Day).unwrap(), "2017-02");
        assert_eq!(add("2014-05-01", 25, CalendarUnit::Hour).unwrap(), "2014-05-02");
    }

    #[test]
    fn what_leaves_the_calendar_is_none() {
        assert_eq!(add("9999-12-31", 1, CalendarUnit::Day), None);
        assert_eq!(add("2014", i64::MAX, CalendarUnit::Year), None);
    }
}
