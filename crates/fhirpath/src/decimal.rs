//! Exact decimals with bounds, so that no number of the data can make the arithmetic explode.

use std::cmp::Ordering;

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, RoundingMode, ToPrimitive, Zero};

/// Digits before or after the point beyond which a number is refused: 400 holds any double.
const MAX_DIGITS: i64 = 400;
/// Significant digits that a division keeps; the specification asks for 28.
const DIVISION_DIGITS: u64 = 28;

/// Reads the text of a JSON or FHIRPath number, keeping trailing zeros.
pub(crate) fn parse(text: &str) -> Option<BigDecimal> {
    if text.len() > MAX_DIGITS as usize * 2 {
        return None;
    }
    bounded(text.parse().ok()?)
}

/// How the text of a number stands to zero, however large or small it is.
pub(crate) fn sign(text: &str) -> Ordering {
    let (digits, negative) = match text.strip_prefix('-') {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    let mut mantissa = digits.bytes().take_while(|byte| !matches!(byte, b'e' | b'E'));
    match (mantissa.any(|byte| matches!(byte, b'1'..=b'9')), negative) {
        (false, _) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (true, true) => Ordering::Less,
    }
}

/// Refuses results that have grown out of proportion.
pub(crate) fn bounded(value: BigDecimal) -> Option<BigDecimal> {
    let (scale, magnitude) = (value.fractional_digit_count(), value.order_of_magnitude());
    let fits = scale.abs() <= MAX_DIGITS && (value.is_zero() || magnitude.abs() <= MAX_DIGITS);
    fits.then_some(value)
}

/// A quotient to 28 significant digits, without trailing zeros; `None` for a division by zero.
pub(crate) fn divide(left: &BigDecimal, right: &BigDecimal) -> Option<BigDecimal> {
    if right.is_zero() {
        return None;
    }
    bounded((left / right).with_prec(DIVISION_DIGITS).normalized())
}

/// The whole part of a quotient.
pub(crate) fn divide_whole(left: &BigDecimal, right: &BigDecimal) -> Option<BigDecimal> {
    if right.is_zero() {
        return None;
    }
    bounded((left / right).with_scale_round(0, RoundingMode::Down))
}

/// What a whole division leaves, with the sign of the dividend.
pub(crate) fn remainder(left: &BigDecimal, right: &BigDecimal) -> Option<BigDecimal> {
    if right.is_zero() {
        return None;
    }
    bounded(left % right)
}

/// Decimal places as written, trailing zeros aside: what equivalence rounds to.
pub(crate) fn places(value: &BigDecimal) -> i64 {
    value.normalized().fractional_digit_count().max(0)
}

/// Equal when both are rounded to the places of the less precise one.
pub(crate) fn equivalent(left: &BigDecimal, right: &BigDecimal) -> bool {
    let places = places(left).min(places(right));
    let round = |v: &BigDecimal| v.with_scale_round(places, RoundingMode::HalfUp);
    round(left) == round(right)
}

/// The value as an integer of 32 bits, where it is one.
pub(crate) fn to_integer(value: &BigDecimal) -> Option<i32> {
    value.is_integer().then(|| value.to_i32()).flatten()
}

/// Digits as a person writes them: never an exponent.
pub(crate) fn to_text(value: &BigDecimal) -> String {
    value.to_plain_string()
}

/// A double as the decimal of its shortest digits; not a number and infinity have none.
pub(crate) fn from_f64(value: f64) -> Option<BigDecimal> {
    if value.is_finite() { parse(&format!("{value}")) } else { None }
}

/// Half a unit of the last place written.
fn half_unit(value: &BigDecimal) -> BigDecimal {
    BigDecimal::new(BigInt::from(5), value.fractional_digit_count().max(0) + 1)
}

/// The lowest or highest value that rounds to this one, to `digits` decimal places (28 at most).
/// Away from zero it is rounded, towards zero it is cut: what the official suite expects.
/// Source: <https://hl7.org/fhirpath/#lowboundary>
pub(crate) fn boundary(value: &BigDecimal, digits: i64, high: bool) -> Option<BigDecimal> {
    if !(0..=28).contains(&digits) {
        return None;
    }
    let half = half_unit(value);
    let bound = if high { value + half } else { value - half };
    let negative = value.sign() == bigdecimal::num_bigint::Sign::Minus;
    let mode = if negative == high { RoundingMode::Down } else { RoundingMode::HalfUp };
    bounded(bound.with_scale_round(digits, mode))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> BigDecimal {
        parse(text).unwrap()
    }

    #[test]
    fn digits_stay_as_written() {
        assert_eq!(to_text(&decimal("1.10")), "1.10");
        assert_eq!(to_text(&decimal("1.2E+2")), "120");
        assert_eq!(to_text(&decimal("176.35499866729558")), "176.35499866729558");
    }

    #[test]
    fn monstrous_exponents_are_refused_at_once() {
        assert!(parse("1e999999999").is_none());
        assert!(parse("1e-999999999").is_none());
        assert!(parse(&"9".repeat(100_000)).is_none());
    }

    #[test]
    fn equivalence_rounds_to_the_less_precise() {
        assert!(equivalent(&decimal("0.6666667"), &decimal("0.67")));
        assert!(!equivalent(&decimal("0.6666667"), &decimal("0.66")));
    }

    #[test]
    fn boundaries_lie_half_a_unit_away() {
        let bound = |text: &str, digits, high| to_text(&boundary(&decimal(text), digits, high).unwrap());
        assert_eq!(bound("1.0", 2, false), "0.95");
        assert_eq!(bound("1.0", 2, true), "1.05");
        assert_eq!(bound("-1.587", 2, false), "-1.59");
        assert_eq!(boundary(&decimal("1"), 29, true), None);
    }
}
