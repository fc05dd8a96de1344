//! UCUM codes → dimensions: `component (('.' | '/') component)*` with exponents, brackets, annotations.

use bigdecimal::BigDecimal;

use crate::decimal;
use crate::unit::table::{ATOMS, PREFIXES};
use crate::unit::{Dimension, Powers};

/// Codes of records are short; longer ones are not looked at.
const MAX_LENGTH: usize = 100;
const MAX_DEPTH: u8 = 8;

/// The dimension of a UCUM code, or `None` where the table does not hold it.
pub(crate) fn parse(code: &str) -> Option<Dimension> {
    if code.is_empty() || code.len() > MAX_LENGTH || !code.is_ascii() {
        return None;
    }
    let mut parser = Parser { code, at: 0, depth: 0 };
    let dimension = parser.term()?;
    (parser.at == code.len()).then_some(dimension)
}

struct Parser<'x> {
    code: &'x str,
    at: usize,
    depth: u8,
}

impl<'x> Parser<'x> {
    fn rest(&self) -> &'x str {
        self.code.get(self.at..).unwrap_or_default()
    }

    fn accept(&mut self, c: char) -> bool {
        let found = self.rest().starts_with(c);
        self.at += usize::from(found);
        found
    }

    fn term(&mut self) -> Option<Dimension> {
        let mut total = one();
        let mut inverse = self.accept('/');
        loop {
            let next = self.component()?;
            total = combine(&total, &next, inverse)?;
            inverse = match self.rest().chars().next() {
                Some('.') => false,
                Some('/') => true,
                _ => return Some(total),
            };
            self.at += 1;
        }
    }

    fn component(&mut self) -> Option<Dimension> {
        if self.accept('(') {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return None;
            }
            let inner = self.term()?;
            self.depth -= 1;
            return self.accept(')').then_some(inner);
        }
        if self.rest().starts_with('{') {
            self.annotation()?;
            return Some(one());
        }
        let word = self.word();
        self.at += word.len();
        if self.rest().starts_with('{') {
            self.annotation()?;
        }
        factor(word)
    }

    fn annotation(&mut self) -> Option<()> {
        self.at += self.rest().find('}')? + 1;
        Some(())
    }

    /// Up to an operator outside square brackets.
    fn word(&self) -> &'x str {
        let rest = self.rest();
        let mut bracket = false;
        for (at, c) in rest.char_indices() {
            match c {
                '[' => bracket = true,
                ']' => bracket = false,
                '.' | '/' | '(' | ')' | '{' if !bracket => return rest.get(..at).unwrap_or_default(),
                _ => {}
            }
        }
        rest
    }
}

fn one() -> Dimension {
    Dimension { factor: BigDecimal::from(1), powers: [0; 8] }
}

fn combine(left: &Dimension, right: &Dimension, inverse: bool) -> Option<Dimension> {
    let mut powers: Powers = left.powers;
    for (total, power) in powers.iter_mut().zip(right.powers) {
        *total = total.checked_add(if inverse { power.checked_neg()? } else { power })?;
    }
    let factor = if inverse {
        decimal::divide(&left.factor, &right.factor)?
    } else {
        decimal::bounded(&left.factor * &right.factor)?
    };
    Some(Dimension { factor, powers })
}

/// A number, or a unit with its exponent.
fn factor(word: &str) -> Option<Dimension> {
    if word.bytes().all(|b| b.is_ascii_digit()) {
        let factor = decimal::parse(word)?;
        return Some(Dimension { factor, powers: [0; 8] });
    }
    let (symbol, exponent) = split_exponent(word)?;
    let unit = simple(symbol)?;
    let mut total = one();
    for _ in 0..exponent.unsigned_abs() {
        total = combine(&total, &unit, exponent < 0)?;
    }
    Some(total)
}

/// `m-2` → `m`, -2; the exponent is one where there is none.
fn split_exponent(word: &str) -> Option<(&str, i8)> {
    let digits = word.bytes().rev().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return Some((word, 1));
    }
    let mut at = word.len() - digits;
    if at > 0 && matches!(word.as_bytes().get(at - 1), Some(b'+' | b'-')) {
        at -= 1;
    }
    let exponent = word.get(at..)?.parse().ok()?;
    Some((word.get(..at)?, exponent)).filter(|(_, e)| (-30..=30).contains(e))
}

fn simple(symbol: &str) -> Option<Dimension> {
    if let Some(atom) = ATOMS.iter().find(|atom| atom.code == symbol) {
        return Some(Dimension { factor: decimal::parse(atom.factor)?, powers: atom.powers });
    }
    PREFIXES.iter().find_map(|(prefix, power)| {
        let rest = symbol.strip_prefix(prefix)?;
        let atom = ATOMS.iter().find(|atom| atom.metric && atom.code == rest)?;
        let scale = BigDecimal::new(1.into(), -power);
        Some(Dimension { factor: decimal::parse(atom.factor)? * scale, powers: atom.powers })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equal(a: &str, b: &str, factor: &str) -> bool {
        let (a, b) = (parse(a).unwrap(), parse(b).unwrap());
        a.powers == b.powers && a.factor == b.factor * decimal::parse(factor).unwrap()
    }

    #[test]
    fn codes_of_one_dimension_differ_by_a_factor() {
        assert!(equal("g", "mg", "1000"));
        assert!(equal("cm.m", "m2", "0.01"));
        assert!(equal("mm[Hg]", "kPa", "0.133322"));
        assert!(equal("kg/m2", "g.m-2", "1000"));
        assert!(equal("10*3/uL", "/L", "1000000000"));
        assert!(equal("mg/dL{serum}", "g/L", "0.01"));
    }

    #[test]
    fn unknown_and_hostile_codes_are_none() {
        assert_eq!(parse("[IU]"), None);
        assert_eq!(parse("Cel"), None);
        assert_eq!(parse(&"(".repeat(99)), None);
        assert_eq!(parse("m1000000"), None);
        assert_eq!(parse("m//s"), None);
    }
}
