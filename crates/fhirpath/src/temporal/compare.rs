//! Order of dates and times: less, equal, greater, or not known because a part is not written.

use std::cmp::Ordering;

use jiff::{SignedDuration, civil};

use crate::temporal::{Date, DateTime, Fraction, Offset, Time};

/// `None` where the precision of one ends before a difference shows.
pub(crate) fn dates(a: Date, b: Date) -> Option<Ordering> {
    let order = a.year.cmp(&b.year).then_with(|| a.month.cmp(&b.month)).then_with(|| a.day.cmp(&b.day));
    // Absent sorts before present: where only that made the difference, nothing is known.
    let same_year = a.year == b.year;
    let unknown = same_year && a.month.is_some() != b.month.is_some()
        || same_year && a.month == b.month && a.day.is_some() != b.day.is_some();
    if unknown { None } else { Some(order) }
}

fn nanoseconds(fraction: Option<Fraction>) -> i32 {
    fraction.map_or(0, |f| f.nanoseconds)
}

/// Seconds and their fraction are one precision, as the specification has it.
pub(crate) fn times(a: Time, b: Time) -> Option<Ordering> {
    let hour = a.hour.cmp(&b.hour);
    if hour.is_ne() {
        return Some(hour);
    }
    for (a, b) in [(a.minute, b.minute), (a.second, b.second)] {
        match (a, b) {
            (Some(a), Some(b)) if a != b => return Some(a.cmp(&b)),
            (Some(_), Some(_)) => {}
            (None, None) => return Some(Ordering::Equal),
            _ => return None,
        }
    }
    Some(nanoseconds(a.fraction).cmp(&nanoseconds(b.fraction)))
}

/// Where only one has an offset, the other may mean any place on Earth: only what holds everywhere counts.
pub(crate) fn date_times(a: DateTime, b: DateTime) -> Option<Ordering> {
    match (a.offset, b.offset) {
        (Some(x), Some(y)) if x.minutes != y.minutes => parts(to_utc(a), to_utc(b)),
        (Some(_), None) | (None, Some(_)) => apart(a, b),
        _ => parts(a, b),
    }
}

fn parts(a: DateTime, b: DateTime) -> Option<Ordering> {
    match dates(a.date, b.date)? {
        Ordering::Equal => match (a.time, b.time) {
            (Some(a), Some(b)) => times(a, b),
            (None, None) => Some(Ordering::Equal),
            _ => None,
        },
        order => Some(order),
    }
}

/// The same instant in UTC, with the precision it had.
pub(crate) fn to_utc(at: DateTime) -> DateTime {
    let (Some(offset), Some(time)) = (at.offset, at.time) else { return at };
    let shift = SignedDuration::from_mins(i64::from(-offset.minutes));
    let Some(moved) = civil_start(at).and_then(|c| c.checked_add(shift).ok()) else { return at };
    let minute = time.minute.map(|_| moved.minute());
    DateTime {
        date: Date { year: moved.year(), month: Some(moved.month()), day: Some(moved.day()) },
        time: Some(Time { hour: moved.hour(), minute, ..time }),
        offset: Some(Offset { minutes: 0, zulu: true }),
    }
}

/// The first moment that the value may mean, on its own clock.
fn civil_start(at: DateTime) -> Option<civil::DateTime> {
    let time = at.time.unwrap_or(Time { hour: 0, minute: None, second: None, fraction: None });
    civil::DateTime::new(
        at.date.year,
        at.date.month.unwrap_or(1),
        at.date.day.unwrap_or(1),
        time.hour,
        time.minute.unwrap_or(0),
        time.second.unwrap_or(0),
        nanoseconds(time.fraction),
    )
    .ok()
}

/// The first and last moment that a value may mean, in UTC.
fn range(at: DateTime) -> Option<(civil::DateTime, civil::DateTime)> {
    let low = crate::temporal::boundary::date_time(at, 17, false)?;
    let high = crate::temporal::boundary::date_time(at, 17, true)?;
    Some((civil_start(to_utc(low))?, civil_start(to_utc(high))?))
}

fn apart(a: DateTime, b: DateTime) -> Option<Ordering> {
    let (a, b) = (range(a)?, range(b)?);
    if a.1 < b.0 {
        Some(Ordering::Less)
    } else if a.0 > b.1 {
        Some(Ordering::Greater)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(a: &str, b: &str) -> Option<Ordering> {
        date_times(DateTime::parse(a).unwrap(), DateTime::parse(b).unwrap())
    }

    #[test]
    fn different_precision_is_known_only_where_a_difference_shows() {
        assert_eq!(order("2018-03", "2018-03-01"), None);
        assert_eq!(order("2018-02", "2018-03-01"), Some(Ordering::Less));
        assert_eq!(order("2018", "2018"), Some(Ordering::Equal));
        assert_eq!(order("2018-03-01T10:30", "2018-03-01T10:30:00"), None);
        assert_eq!(order("2018-03-01T10:30:00", "2018-03-01T10:30:00.0"), Some(Ordering::Equal));
    }

    #[test]
    fn offsets_are_taken_into_account() {
        let order1 = order("2017-11-05T01:30:00-04:00", "2017-11-05T00:30:00-05:00");
        assert_eq!(order1, Some(Ordering::Equal));
        assert_eq!(order("2017-01-01T01:00:00+02:00", "2016-12-31T23:30:00Z"), Some(Ordering::Less));
    }

    #[test]
    fn a_missing_offset_may_be_any() {
        assert_eq!(order("2012-04-15T15:00:00Z", "2012-04-15T10:00:00"), None);
        assert_eq!(order("2012-04-15T15:00:00Z", "2012-04-17T10:00:00"), Some(Ordering::Less));
        assert_eq!(order("2012-04-15T15:00:00Z", "1974-12-25"), Some(Ordering::Greater));
    }
}
