//! Decimal text to a scaled 128-bit integer, exactly.
//!
//! Source: FHIR R4 `decimal`, `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`, which is the number of
//! RFC 8259. Arrow's own cast is not used: it rounds digits beyond the scale and turns `1E-245` into 0.

use super::Fault;

const NOT_A_NUMBER: Fault = Fault::unfit("a decimal number");
const TOO_FINE: Fault = Fault::unfit("no more digits behind the point than the column has");
const TOO_LARGE: Fault = Fault::unfit("no more digits than the column has");
const NOT_A_DOUBLE: Fault = Fault::unfit("a number within the range of a double");

/// What to do with digits beyond the scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// Digits other than 0 do not fit.
    Refuse,
    /// Round to the nearest, half to even.
    HalfEven,
}

/// A value times ten to the scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scaled {
    /// The integer.
    pub value: i128,
    /// Whether digits other than 0 were rounded away.
    pub rounded: bool,
}

/// The parts of a number as written.
struct Number<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    /// Clamped to ±1e15, beyond which no text that fits in memory brings the digits back.
    exponent: i64,
}

/// Whether `text` is exactly one number of RFC 8259.
pub fn is_number(text: &str) -> bool {
    split(text.as_bytes()).is_some()
}

/// Reads `text` as `DECIMAL(precision, scale)`.
///
/// # Errors
/// Not a number; digits beyond the scale (when refused); more digits than the precision.
pub fn parse(text: &str, precision: u8, scale: u8, rounding: Rounding) -> Result<Scaled, Fault> {
    let number = split(text.as_bytes()).ok_or(NOT_A_NUMBER)?;
    let digit_count = (number.whole.len() + number.fraction.len()) as i64;
    let leading = digits(&number).take_while(|digit| *digit == b'0').count() as i64;
    if leading == digit_count {
        return Ok(Scaled { value: 0, rounded: false });
    }
    // value * 10^scale = digits * 10^shift
    let shift = number.exponent - number.fraction.len() as i64 + i64::from(scale);
    let kept = digit_count + shift.min(0);
    if kept - leading + shift.max(0) > i64::from(precision) {
        return Err(TOO_LARGE);
    }
    let mut value = 0i128;
    for digit in digits(&number).take(kept.max(0) as usize) {
        value = value * 10 + i128::from(digit - b'0');
    }
    for _ in 0..shift.max(0) {
        value *= 10;
    }
    let mut rounded = false;
    if shift < 0 {
        match dropped(&number, kept) {
            Dropped::Nothing => {}
            _ if rounding == Rounding::Refuse => return Err(TOO_FINE),
            part => {
                rounded = true;
                value += i128::from(part == Dropped::MoreThanHalf || part == Dropped::Half && value % 2 == 1);
            }
        }
        if value >= 10i128.pow(u32::from(precision)) {
            return Err(TOO_LARGE);
        }
    }
    Ok(Scaled { value: if number.negative { -value } else { value }, rounded })
}

/// Reads `text` as the nearest double.
///
/// # Errors
/// Not a number; beyond the largest double; not zero, but nearer to zero than to any other double.
pub fn parse_double(text: &str) -> Result<f64, Fault> {
    let number = split(text.as_bytes()).ok_or(NOT_A_NUMBER)?;
    let value: f64 = text.parse().map_err(|_| NOT_A_NUMBER)?;
    let is_zero = digits(&number).all(|digit| digit == b'0');
    if value.is_finite() && (is_zero || value != 0.0) { Ok(value) } else { Err(NOT_A_DOUBLE) }
}

#[derive(PartialEq, Eq)]
enum Dropped {
    Nothing,
    LessThanHalf,
    Half,
    MoreThanHalf,
}

/// How large the digits from `kept` on are, against one unit of the last digit kept. A negative
/// `kept` stands for zeros between the point of rounding and the first digit.
fn dropped(number: &Number<'_>, kept: i64) -> Dropped {
    if kept < 0 {
        return Dropped::LessThanHalf;
    }
    let mut rest = digits(number).skip(kept as usize);
    let first = rest.next().unwrap_or(b'0');
    let more = rest.any(|digit| digit != b'0');
    match (first, more) {
        (b'0', false) => Dropped::Nothing,
        (b'0'..b'5', _) => Dropped::LessThanHalf,
        (b'5', false) => Dropped::Half,
        _ => Dropped::MoreThanHalf,
    }
}

fn digits<'a>(number: &Number<'a>) -> impl Iterator<Item = u8> + use<'a> {
    number.whole.iter().chain(number.fraction).copied()
}

fn split(text: &[u8]) -> Option<Number<'_>> {
    let (negative, rest) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, rest) = rest.split_at(digit_run(rest));
    if whole.is_empty() || whole.len() > 1 && whole[0] == b'0' {
        return None;
    }
    let (fraction, rest) = match rest.strip_prefix(b".") {
        Some(rest) => {
            let (fraction, rest) = rest.split_at(digit_run(rest));
            if fraction.is_empty() {
                return None;
            }
            (fraction, rest)
        }
        None => (&rest[..0], rest),
    };
    let exponent = match rest {
        [] => 0,
        [b'e' | b'E', rest @ ..] => exponent(rest)?,
        _ => return None,
    };
    Some(Number { negative, whole, fraction, exponent })
}

fn exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || digit_run(digits) != digits.len() {
        return None;
    }
    let size = digits
        .iter()
        .fold(0i64, |sum, digit| (sum * 10 + i64::from(digit - b'0')).min(1_000_000_000_000_000));
    Some(if negative { -size } else { size })
}

fn digit_run(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bigdecimal::num_bigint::BigInt;
    use bigdecimal::{BigDecimal, RoundingMode};
    use proptest::prelude::*;
    use std::str::FromStr;

    fn money(text: &str) -> Result<i128, Fault> {
        parse(text, 38, 18, Rounding::Refuse).map(|scaled| scaled.value)
    }

    #[test]
    fn digits_beyond_the_scale_do_not_fit() {
        assert_eq!(money("1E-245"), Err(TOO_FINE));
        assert_eq!(money("0.0000000000000000001"), Err(TOO_FINE));
        assert_eq!(money("0.000000000000000001"), Ok(1));
        assert_eq!(
            money("1.10000000000000000000000"),
            Ok(1_100_000_000_000_000_000),
            "zeros are not digits lost"
        );
    }

    #[test]
    fn what_is_not_a_number_of_fhir_does_not_fit() {
        for text in [
            "", "-", "+1", "01", "1.", ".5", " 1", "1 ", "1e", "1e+", "NaN", "0x1", "1,5", "٣", "--1",
            "1.5.2",
        ] {
            assert_eq!(money(text), Err(NOT_A_NUMBER), "{text}");
            assert!(!is_number(text), "{text}");
        }
    }

    #[test]
    fn exponents_of_any_size_are_judged_without_work() {
        assert_eq!(money("1e400"), Err(TOO_LARGE));
        assert_eq!(money("0e99999999999999999999"), Ok(0));
        assert_eq!(money("1e99999999999999999999"), Err(TOO_LARGE));
        assert_eq!(money("1e-99999999999999999999"), Err(TOO_FINE));
        assert_eq!(money("1.2E+2"), Ok(120 * 10i128.pow(18)));
        assert_eq!(money("-0.00"), Ok(0));
    }

    #[test]
    fn rounding_can_carry_beyond_the_precision() {
        assert_eq!(parse("9.99", 2, 1, Rounding::HalfEven), Err(TOO_LARGE));
        assert_eq!(parse("9.94", 2, 1, Rounding::HalfEven), Ok(Scaled { value: 99, rounded: true }));
        assert_eq!(parse("0.25", 2, 1, Rounding::HalfEven), Ok(Scaled { value: 2, rounded: true }));
        assert_eq!(parse("0.35", 2, 1, Rounding::HalfEven), Ok(Scaled { value: 4, rounded: true }));
        assert_eq!(parse("-0.26", 2, 1, Rounding::HalfEven), Ok(Scaled { value: -3, rounded: true }));
    }

    #[test]
    fn a_double_neither_overflows_nor_vanishes() {
        assert_eq!(parse_double("1.5e3"), Ok(1500.0));
        assert_eq!(parse_double("1e400"), Err(NOT_A_DOUBLE));
        assert_eq!(parse_double("1e-400"), Err(NOT_A_DOUBLE));
        assert_eq!(parse_double("0e-400"), Ok(0.0));
        assert_eq!(parse_double("inf"), Err(NOT_A_NUMBER));
    }

    proptest! {
        #[test]
        fn agrees_with_bigdecimal(text in "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,24})?([eE][+-]?[0-9]{1,2})?", precision in 1u8..=38, scale in 0u8..=20, round: bool) {
            let scale = scale.min(precision);
            let exact = BigDecimal::from_str(&text).unwrap();
            let cut = exact.with_scale_round(i64::from(scale), RoundingMode::HalfEven);
            let limit = BigInt::from(10).pow(u32::from(precision));
            let (integer, _) = cut.clone().into_bigint_and_exponent();
            let fits = integer.magnitude() < limit.magnitude() && (round || cut == exact);
            let rounding = if round { Rounding::HalfEven } else { Rounding::Refuse };
            match parse(&text, precision, scale, rounding) {
                Ok(scaled) => {
                    prop_assert!(fits, "{}", text);
                    prop_assert_eq!(BigInt::from(scaled.value), integer);
                    prop_assert_eq!(scaled.rounded, cut != exact);
                }
                Err(_) => prop_assert!(!fits, "{} is {} and should fit", text, integer),
            }
        }

        #[test]
        fn a_number_is_what_json_calls_a_number(text in "[-+]?[0-9]{0,3}\\.?[0-9]{0,2}([eE][-+]?[0-9]{0,2})?") {
            prop_assert_eq!(is_number(&text), serde_json::from_str::<serde_json::Number>(&text).is_ok_and(|_| !text.is_empty()) , "{}", text);
        }
    }
}
