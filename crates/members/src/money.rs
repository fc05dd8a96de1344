//! Amounts in whole cents, so that sums are exact.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

/// An amount in cents; prints as a decimal with two digits: `120.00`, `-3.05`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Money(pub(crate) i64);

impl Money {
    pub(crate) const ZERO: Money = Money(0);

    /// So many percent of it, half a cent rounded away from zero.
    pub(crate) fn percent(self, percent: i64) -> Money {
        let hundredths = self.0 * percent;
        Money((hundredths + 50 * hundredths.signum()) / 100)
    }
}

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money(self.0 + other.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        self.0 += other.0;
    }
}

impl Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        Money(self.0 - other.0)
    }
}

impl Neg for Money {
    type Output = Money;
    fn neg(self) -> Money {
        Money(-self.0)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        Money(amounts.map(|amount| amount.0).sum())
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:02}", self.0.abs() / 100, self.0.abs() % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_print_with_two_digits_and_their_sign() {
        assert_eq!(
            [12_000, -305, 5, 0].map(|cents| Money(cents).to_string()),
            ["120.00", "-3.05", "0.05", "0.00"]
        );
    }

    #[test]
    fn half_a_cent_rounds_away_from_zero() {
        assert_eq!(
            [Money(250).percent(1), Money(-250).percent(1), Money(249).percent(1)],
            [Money(3), Money(-3), Money(2)]
        );
    }
}
