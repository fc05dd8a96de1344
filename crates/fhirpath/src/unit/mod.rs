//! Units of quantities: calendar words, and the part of UCUM that records use.
//!
//! A UCUM code becomes a factor and the powers of seven base units, so that `g` and `mg` compare. What this
//! table does not hold (arbitrary units such as `[IU]`, temperatures with an offset) is comparable only
//! with itself.

mod parse;
mod table;

use bigdecimal::BigDecimal;

pub(crate) use parse::parse;

/// Powers of m, s, g, rad, K, C, cd, and mol.
pub(crate) type Powers = [i8; 8];

/// A unit in terms of the base units.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dimension {
    pub(crate) factor: BigDecimal,
    pub(crate) powers: Powers,
}

/// The calendar words, singular and plural, and their UCUM codes.
const CALENDAR: [(&str, &str, &str); 8] = [
    ("year", "years", "a"),
    ("month", "months", "mo"),
    ("week", "weeks", "wk"),
    ("day", "days", "d"),
    ("hour", "hours", "h"),
    ("minute", "minutes", "min"),
    ("second", "seconds", "s"),
    ("millisecond", "milliseconds", "ms"),
];

/// The singular of a calendar word.
pub(crate) fn calendar_word(word: &str) -> Option<&'static str> {
    CALENDAR.iter().find(|(one, many, _)| *one == word || *many == word).map(|(one, ..)| *one)
}

/// The calendar unit that a UCUM code stands for in date arithmetic: those of definite length only, since
/// the mean year and month of UCUM are not calendar years and months.
pub(crate) fn definite_calendar_word(code: &str) -> Option<&'static str> {
    CALENDAR.iter().skip(2).find(|(.., ucum)| *ucum == code).map(|(one, ..)| *one)
}

/// The UCUM code that a unit compares as. Years and months are comparable among themselves only.
pub(crate) fn comparable_code(unit: &str) -> &str {
    match calendar_word(unit) {
        None => unit,
        Some(word) => CALENDAR
            .iter()
            .find(|(one, ..)| *one == word)
            .map_or(unit, |(one, _, ucum)| if matches!(*one, "year" | "month") { one } else { ucum }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendar_words_have_codes_where_their_length_is_definite() {
        assert_eq!(comparable_code("weeks"), "wk");
        assert_eq!(comparable_code("years"), "year");
        assert_eq!(definite_calendar_word("d"), Some("day"));
        assert_eq!(definite_calendar_word("mo"), None);
    }
}
