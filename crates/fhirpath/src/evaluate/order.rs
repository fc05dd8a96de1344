//! `<`, `<=`, `>`, `>=`, and the order that `sort()` brings items into.
//! Source: <https://hl7.org/fhirpath/#comparison>

use std::cmp::Ordering;

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::Sign;
use fhirkit_definitions::TypeModel;

use crate::decimal;
use crate::error::Error;
use crate::evaluate::equality::{date_time, quantities};
use crate::syntax::Operator;
use crate::temporal::compare;
use crate::value::Value;

/// Whether the comparison holds; `None` where precision or units do not tell.
///
/// # Errors
/// Where the types have no common order.
pub(crate) fn holds(
    types: &TypeModel,
    operator: Operator,
    left: &Value<'_>,
    right: &Value<'_>,
    at: usize,
) -> Result<Option<bool>, Error> {
    Ok(order(types, left, right, at)?.map(|order| match operator {
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        _ => order.is_ge(),
    }))
}

/// Which comes first; `None` where that is not known.
///
/// # Errors
/// Where the types have no common order.
pub(crate) fn order(
    types: &TypeModel,
    left: &Value<'_>,
    right: &Value<'_>,
    at: usize,
) -> Result<Option<Ordering>, Error> {
    let (Some(a), Some(b)) = (left.to_system(types), right.to_system(types)) else {
        let valueless = |v: &Value<'_>| v.node().is_some_and(|node| node.is_absent());
        if valueless(left) || valueless(right) {
            return Ok(None);
        }
        return Err(no_order(types, left, right, at));
    };
    let found = match (&a, &b) {
        (Value::String(a), Value::String(b)) => Some(a.as_ref().cmp(b.as_ref())),
        (Value::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
        (Value::Time(a), Value::Time(b)) => compare::times(*a, *b),
        (Value::Quantity(a), Value::Quantity(b)) => quantities(a, b),
        _ => match (date_time(&a), date_time(&b)) {
            (Some(a), Some(b)) => compare::date_times(a, b),
            _ => match (a.to_decimal(), b.to_decimal()) {
                (Some(a), Some(b)) => Some(a.cmp(&b)),
                (a, b) if by_sign(left, right, a.as_ref(), b.as_ref()).is_some() => {
                    by_sign(left, right, a.as_ref(), b.as_ref())
                }
                // A date or number of the data that is none compares as nothing: bad data is no fault of
                // the expression.
                _ if misfit(types, left, &a) || misfit(types, right, &b) => None,
                _ => return Err(no_order(types, left, right, at)),
            },
        },
    };
    Ok(found)
}

/// The order of numbers one of which is beyond all arithmetic (`-1e1000`), as far as their signs tell.
fn by_sign(
    left: &Value<'_>,
    right: &Value<'_>,
    a: Option<&BigDecimal>,
    b: Option<&BigDecimal>,
) -> Option<Ordering> {
    let sign = |value: &Value<'_>, number: Option<&BigDecimal>| match number {
        Some(number) => Some(number.sign().cmp(&Sign::NoSign)),
        None => value.node().and_then(|node| node.number()).map(decimal::sign),
    };
    Some(sign(left, a)?.cmp(&sign(right, b)?)).filter(|order| order.is_ne())
}

/// Whether an element turned out not to hold what its type says.
fn misfit(types: &TypeModel, value: &Value<'_>, system: &Value<'_>) -> bool {
    let Value::Node { ty, .. } = value else { return false };
    let declared = crate::types::Primitive::of(types.name(*ty)).system_type();
    system.system_type() != Some(declared)
}

fn no_order(types: &TypeModel, left: &Value<'_>, right: &Value<'_>, at: usize) -> Error {
    let name = |value: &Value<'_>| match value {
        Value::Node { ty, .. } => types.name(*ty).to_owned(),
        other => other.system_type().map_or("", |ty| ty.name()).to_owned(),
    };
    Error::execution(at, format!("`{}` and `{}` have no order", name(left), name(right)))
}
