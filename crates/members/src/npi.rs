//! National Provider Identifiers that check out and belong to nobody.

use std::fmt;

/// An NPI: ten digits, the last one a check digit (ISO 7812 over `80840` and the first nine). All of ours begin with
/// `1000`, a serial number behind it: recognisable at a glance as synthetic.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Npi(u64);

impl Npi {
    pub(crate) fn new(serial: u64) -> Npi {
        let first_nine = 100_000_000 + serial % 300_000;
        // 24 is what the prefix 80840 adds to the sum.
        let mut sum = 24;
        let mut rest = first_nine;
        for place in 0..9 {
            let digit = rest % 10;
            rest /= 10;
            sum += if place % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit };
        }
        Npi(first_nine * 10 + (10 - sum % 10) % 10)
    }
}

impl fmt::Display for Npi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digit_is_luhn_over_the_prefixed_number() {
        for serial in [0, 1, 42, 299_999] {
            let digits: Vec<u32> =
                format!("80840{}", Npi::new(serial)).chars().filter_map(|c| c.to_digit(10)).collect();
            let doubled = |(place, digit): (usize, &u32)| {
                if place % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { *digit }
            };
            assert_eq!(digits.iter().rev().enumerate().map(doubled).sum::<u32>() % 10, 0);
        }
    }
}
