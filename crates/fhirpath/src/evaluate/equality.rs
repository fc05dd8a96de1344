//! `=` and `~`: of items and of collections.
//! Source: <https://hl7.org/fhirpath/#equality>

use std::cmp::Ordering;

use bigdecimal::BigDecimal;
use fhirkit_definitions::TypeModel;
use fhirkit_tape::{Kind, Node};

use crate::decimal;
use crate::error::Error;
use crate::evaluate::{Evaluator, seen};
use crate::temporal::{DateTime, compare};
use crate::unit;
use crate::value::{Quantity, Value};

/// Order and number count. Empty on either side, or a pair that cannot be told apart, is not known.
pub(crate) fn collections_equal(types: &TypeModel, left: &[Value<'_>], right: &[Value<'_>]) -> Option<bool> {
    if left.is_empty() || right.is_empty() {
        return None;
    }
    if left.len() != right.len() {
        return Some(false);
    }
    let mut known = true;
    for (a, b) in left.iter().zip(right) {
        match equal(types, a, b) {
            Some(false) => return Some(false),
            Some(true) => {}
            None => known = false,
        }
    }
    known.then_some(true)
}

/// Whether two items are equal; `None` where partial dates or units do not tell.
pub(crate) fn equal(types: &TypeModel, left: &Value<'_>, right: &Value<'_>) -> Option<bool> {
    if let (Value::Node { node: a, ty, .. }, Value::Node { node: b, ty: other, .. }) = (left, right)
        && ty == other
    {
        if let (Some(a), Some(b)) = (digits(*a), digits(*b)) {
            return Some(a == b);
        }
        // One text of one type is one value, of whatever precision.
        if a.kind() == Kind::String && b.kind() == Kind::String && a.raw() == b.raw() {
            return Some(true);
        }
    }
    if let (Value::Node { node: a, .. }, Value::Node { node: b, .. }) = (left, right)
        && (a.is_object() && b.is_object())
    {
        return Some(match (left.to_system(types), right.to_system(types)) {
            (Some(a), Some(b)) => return system_equal(&a, &b),
            _ => json_equal(*a, *b),
        });
    }
    match (left.to_system(types), right.to_system(types)) {
        (Some(a), Some(b)) => system_equal(&a, &b),
        // Primitives without a value are alike in nothing that can be compared.
        _ => Some(false),
    }
}

/// The text of a number that is digits alone: JSON has no leading zeros, so each number has one such text.
fn digits<'t>(node: Node<'t>) -> Option<&'t str> {
    node.number().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
}

fn system_equal(left: &Value<'_>, right: &Value<'_>) -> Option<bool> {
    match (left, right) {
        (Value::Boolean(a), Value::Boolean(b)) => Some(a == b),
        (Value::String(a), Value::String(b)) => Some(a == b),
        (Value::Integer(a), Value::Integer(b)) => Some(a == b),
        (Value::Time(a), Value::Time(b)) => compare::times(*a, *b).map(Ordering::is_eq),
        (Value::Quantity(a), Value::Quantity(b)) => {
            quantities(a, b).map(|order| order.is_eq()).or_else(|| {
                // Of different dimensions for sure, not merely of unknown or indefinite units.
                (differ(a, b)).then_some(false)
            })
        }
        (Value::Quantity(quantity), other) | (other, Value::Quantity(quantity)) => {
            let number = other.to_decimal();
            Some(number.is_some_and(|n| quantity.unit == "1" && n == quantity.value))
        }
        (Value::Type(a), Value::Type(b)) => Some(a == b),
        _ => match (date_time(left), date_time(right)) {
            (Some(a), Some(b)) => compare::date_times(a, b).map(Ordering::is_eq),
            _ => Some(matches!((left.to_decimal(), right.to_decimal()), (Some(a), Some(b)) if a == b)),
        },
    }
}

/// A date as the dateTime without a time.
pub(crate) fn date_time(value: &Value<'_>) -> Option<DateTime> {
    match value {
        Value::Date(date) => Some((*date).into()),
        Value::DateTime(at) => Some(*at),
        _ => None,
    }
}

/// Both numbers in one unit, where there is one.
pub(crate) fn in_one_unit(a: &Quantity<'_>, b: &Quantity<'_>) -> Option<(BigDecimal, BigDecimal)> {
    let (ua, ub) = (unit::comparable_code(&a.unit), unit::comparable_code(&b.unit));
    if ua == ub {
        return Some((a.value.clone(), b.value.clone()));
    }
    let years = |u: &str| match u {
        "year" => Some(12),
        "month" => Some(1),
        _ => None,
    };
    if let (Some(x), Some(y)) = (years(ua), years(ub)) {
        return Some((&a.value * BigDecimal::from(x), &b.value * BigDecimal::from(y)));
    }
    let (da, db) = (unit::parse(ua)?, unit::parse(ub)?);
    (da.powers == db.powers).then(|| (&a.value * da.factor, &b.value * db.factor))
}

/// Order of two quantities; `None` where their units have none.
pub(crate) fn quantities(a: &Quantity<'_>, b: &Quantity<'_>) -> Option<Ordering> {
    in_one_unit(a, b).map(|(a, b)| a.cmp(&b))
}

fn differ(a: &Quantity<'_>, b: &Quantity<'_>) -> bool {
    let (ua, ub) = (unit::comparable_code(&a.unit), unit::comparable_code(&b.unit));
    matches!((unit::parse(ua), unit::parse(ub)), (Some(a), Some(b)) if a.powers != b.powers)
}

/// Equal JSON: numbers by value, members whatever their order.
fn json_equal(a: Node<'_>, b: Node<'_>) -> bool {
    match (a.kind(), b.kind()) {
        (Kind::Object, Kind::Object) => objects_equal(a, b),
        (Kind::Array, Kind::Array) => {
            let (mut left, mut right) = (a.items(), b.items());
            loop {
                match (left.next(), right.next()) {
                    (None, None) => return true,
                    (Some(a), Some(b)) if json_equal(a, b) => {}
                    _ => return false,
                }
            }
        }
        (Kind::String, Kind::String) => a.as_str() == b.as_str(),
        (Kind::Number, Kind::Number) => {
            let (Some(a), Some(b)) = (a.number(), b.number()) else { return false };
            a == b || matches!((decimal::parse(a), decimal::parse(b)), (Some(a), Some(b)) if a == b)
        }
        (a, b) => a == b,
    }
}

fn objects_equal(a: Node<'_>, b: Node<'_>) -> bool {
    // Mostly in the same order: one walk tells. Else both sorted by key.
    let same_order = a.members().count() == b.members().count()
        && a.members().zip(b.members()).all(|((ka, _), (kb, _))| ka.as_str() == kb.as_str());
    if same_order {
        return a.members().zip(b.members()).all(|((_, a), (_, b))| json_equal(a, b));
    }
    let sorted = |node: Node<'_>| {
        let mut members: Vec<_> = node.members().map(|(key, value)| (key.as_str(), value.id())).collect();
        members.sort_by(|(a, _), (b, _)| a.cmp(b));
        members.into_iter().map(|(key, id)| (key.into_owned(), id)).collect::<Vec<_>>()
    };
    let (left, right) = (sorted(a), sorted(b));
    left.len() == right.len()
        && left
            .iter()
            .zip(&right)
            .all(|((ka, va), (kb, vb))| ka == kb && json_equal(a.tape().node(*va), b.tape().node(*vb)))
}

/// Order does not count, text is compared without regard to case and spaces, numbers to the places of the
/// less precise one; never unknown.
pub(crate) fn collections_equivalent<'t>(
    evaluator: &mut Evaluator<'t, '_>,
    left: &[Value<'t>],
    right: &[Value<'t>],
) -> Result<bool, Error> {
    if left.len() != right.len() {
        return Ok(false);
    }
    let types = evaluator.context.types;
    if let ([a], [b]) = (left, right) {
        return Ok(equivalent(types, a, b));
    }
    let mut unmatched: Vec<&Value<'t>> = right.iter().collect();
    for item in left {
        evaluator.spend(unmatched.len())?;
        let Some(at) = unmatched.iter().position(|other| equivalent(types, item, other)) else {
            return Ok(false);
        };
        unmatched.swap_remove(at);
    }
    Ok(true)
}

fn equivalent(types: &TypeModel, left: &Value<'_>, right: &Value<'_>) -> bool {
    let (Some(a), Some(b)) = (left.to_system(types), right.to_system(types)) else {
        return equal(types, left, right) == Some(true);
    };
    match (&a, &b) {
        (Value::String(a), Value::String(b)) => seen::plain(a) == seen::plain(b),
        (Value::Quantity(a), Value::Quantity(b)) => equivalent_quantities(a, b),
        _ => match (a.to_decimal(), b.to_decimal()) {
            (Some(a), Some(b)) => decimal::equivalent(&a, &b),
            _ => system_equal(&a, &b) == Some(true),
        },
    }
}

/// `4 'g' ~ 4040 'mg'`: the places of each number are those of its own unit. A mean UCUM year or month counts
/// as the calendar's.
fn equivalent_quantities(a: &Quantity<'_>, b: &Quantity<'_>) -> bool {
    let code = |q: &Quantity<'_>| match unit::comparable_code(&q.unit) {
        "year" => "a".to_owned(),
        "month" => "mo".to_owned(),
        other => other.to_owned(),
    };
    let (ua, ub) = (code(a), code(b));
    if ua == ub {
        return decimal::equivalent(&a.value, &b.value);
    }
    let (Some(da), Some(db)) = (unit::parse(&ua), unit::parse(&ub)) else { return false };
    if da.powers != db.powers {
        return false;
    }
    // Into the coarser unit, where fewer digits are known.
    let (coarse, fine, ratio) = if da.factor >= db.factor {
        (&a.value, &b.value, decimal::divide(&db.factor, &da.factor))
    } else {
        (&b.value, &a.value, decimal::divide(&da.factor, &db.factor))
    };
    ratio.is_some_and(|ratio| decimal::equivalent(coarse, &(fine * ratio)))
}
