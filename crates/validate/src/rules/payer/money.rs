//! Exact amounts.

use std::fmt;

use fhirkit_tape::Node;

/// An amount in millionths of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Amount(i128);

/// Digits behind the point.
const SCALE: usize = 6;
/// Digits before it: sums of any number of lines stay far from the limit of `i128`.
const DIGITS: usize = 18;

impl Amount {
    /// What stands in a `Money`; nothing where it has no value, or one of another size than money has.
    pub(super) fn of(money: Node<'_>) -> Option<Self> {
        Self::parse(money.get("value").number()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
        let rest = rest.trim_end_matches('0');
        let is_plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() > DIGITS || rest.len() > SCALE || !is_plain(whole) || !is_plain(rest) {
            return None;
        }
        let value: i128 = format!("{whole}{rest:0<SCALE$}").parse().ok()?;
        Some(Self(if is_negative { -value } else { value }))
    }

    pub(super) fn is_negative(self) -> bool {
        self.0 < 0
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Amount {
    /// With as many digits behind the point as it takes, two at least.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10_i128.pow(SCALE as u32);
        let sign = if self.0 < 0 { "-" } else { "" };
        let rest = format!("{:0SCALE$}", self.0.abs() % unit);
        let rest = rest.trim_end_matches('0');
        write!(f, "{sign}{}.{rest:0<2}", self.0.abs() / unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_and_hostile_ones_are_left_alone() {
        let sum = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| Amount::parse(text).unwrap())
                .fold(Amount::default(), Amount::plus)
                .to_string()
        };
        assert_eq!(sum(&["0.1", "0.2"]), "0.30");
        assert_eq!(sum(&["-5", "1.005000000"]), "-3.995");
        assert_eq!(sum(&["129.16"]), "129.16");
        for text in ["1e400000000", "0.0000001", "1234567890123456789"] {
            assert_eq!(Amount::parse(text), None, "{text}");
        }
    }
}
