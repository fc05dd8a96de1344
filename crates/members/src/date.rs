//! Days of the Gregorian calendar and times of day in North Carolina, as FHIR writes them.

use std::fmt;

/// A day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date(i32);

impl Date {
    /// A day by its year, month and day (Howard Hinnant's `days_from_civil`).
    pub(crate) fn new(year: i32, month: i32, day: i32) -> Date {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        Date(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468)
    }

    /// Year, month and day (Howard Hinnant's `civil_from_days`).
    pub(crate) fn parts(self) -> (i32, i32, i32) {
        let days = self.0 + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = era * 400 + year_of_era + i32::from(month <= 2);
        (year, month, day_of_year - (153 * shifted_month + 2) / 5 + 1)
    }

    pub(crate) fn year(self) -> i32 {
        self.parts().0
    }

    pub(crate) fn plus(self, days: i64) -> Date {
        Date(self.0 + days as i32)
    }

    /// Whether clocks in North Carolina are one hour ahead: from the second Sunday of March to the first of November.
    fn is_daylight_saving(self) -> bool {
        let year = self.year();
        let first_sunday = |day: Date| day.plus(i64::from((10 - day.0.rem_euclid(7)) % 7));
        self >= first_sunday(Date::new(year, 3, 8)) && self < first_sunday(Date::new(year, 11, 1))
    }

    /// This day at a minute of the day, local time.
    pub(crate) fn at(self, minute: i64) -> Moment {
        Moment { date: self, minute: minute as i32 }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        let digit = |number: i32| char::from(b'0' + (number % 10) as u8);
        let mut text = [0; 10];
        let characters = [
            digit(year / 1000),
            digit(year / 100),
            digit(year / 10),
            digit(year),
            '-',
            digit(month / 10),
            digit(month),
        ];
        for (place, character) in characters.into_iter().chain(['-', digit(day / 10), digit(day)]).enumerate()
        {
            text[place] = character as u8;
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// A minute of a day in North Carolina; prints as a FHIR dateTime or instant with its offset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) date: Date,
    minute: i32,
}

impl Moment {
    /// The same day, some minutes later, never past midnight.
    pub(crate) fn plus_minutes(self, minutes: i64) -> Moment {
        Moment { date: self.date, minute: (self.minute + minutes as i32).min(23 * 60 + 59) }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offset = if self.date.is_daylight_saving() { "-04:00" } else { "-05:00" };
        write!(f, "{}T{:02}:{:02}:00{offset}", self.date, self.minute / 60, self.minute % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_a_century_round_trips_and_counts_up() {
        let first = Date::new(1930, 1, 1);
        assert_eq!(Date::new(1970, 1, 1), Date(0));
        for days in 0..36_525 {
            let day = first.plus(days);
            let (year, month, number) = day.parts();
            assert_eq!(Date::new(year, month, number), day);
        }
        assert_eq!(Date::new(2024, 2, 29).plus(1).to_string(), "2024-03-01");
    }

    // The days on which clocks changed in the United States: 2024-03-10, 2024-11-03, 2026-03-08, 2026-11-01.
    #[test]
    fn daylight_saving_begins_and_ends_on_the_lawful_sundays() {
        let offset = |y, m, d| Date::new(y, m, d).at(600).to_string()[19..].to_owned();
        assert_eq!([offset(2024, 3, 9), offset(2024, 3, 10)], ["-05:00", "-04:00"]);
        assert_eq!([offset(2024, 11, 2), offset(2024, 11, 3)], ["-04:00", "-05:00"]);
        assert_eq!([offset(2026, 3, 7), offset(2026, 3, 8)], ["-05:00", "-04:00"]);
        assert_eq!([offset(2026, 10, 31), offset(2026, 11, 1)], ["-04:00", "-05:00"]);
    }
}
