//! `+ - * / div mod &` and the sign. Overflow gives nothing, as the specification has it.
//! Source: <https://hl7.org/fhirpath/#math>

use std::borrow::Cow;

use bigdecimal::{BigDecimal, RoundingMode, ToPrimitive};
use fhirkit_definitions::TypeModel;

use crate::decimal;
use crate::error::Error;
use crate::functions::MAX_TEXT;
use crate::syntax::Operator;
use crate::temporal::arithmetic::{CalendarUnit, Duration, add_to_date, add_to_date_time, add_to_time};
use crate::unit;
use crate::value::{Quantity, Value};

type Found<'t> = Result<Option<Value<'t>>, Error>;

/// A negative quantity that a date is moved back by.
pub(crate) fn negate<'t>(types: &TypeModel, value: &Value<'t>, at: usize) -> Found<'t> {
    Ok(match value.to_system(types) {
        Some(Value::Integer(i)) => i.checked_neg().map(Value::Integer),
        Some(Value::Long(l)) => l.checked_neg().map(Value::Long),
        Some(Value::Decimal(d)) => Some(Value::Decimal(-d)),
        Some(Value::Quantity(q)) => Some(Value::Quantity(Box::new(Quantity { value: -q.value, ..*q }))),
        None => None,
        Some(_) => return Err(Error::execution(at, "only a number or quantity has a sign")),
    })
}

pub(crate) fn apply<'t>(
    types: &TypeModel,
    operator: Operator,
    left: Option<Value<'t>>,
    right: Option<Value<'t>>,
    at: usize,
) -> Found<'t> {
    let left = left.and_then(|value| value.to_system(types));
    let right = right.and_then(|value| value.to_system(types));
    if operator == Operator::Concatenate {
        return concatenate(left, right, at);
    }
    let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
    match (&left, &right) {
        (Value::String(_), Value::String(_)) if operator == Operator::Add => {
            concatenate(Some(left), Some(right), at)
        }
        (Value::Date(_) | Value::DateTime(_) | Value::Time(_), Value::Quantity(duration)) => {
            move_in_time(operator, &left, duration, at)
        }
        (Value::Quantity(a), Value::Quantity(b)) => quantities(operator, a, b, at),
        (Value::Quantity(a), b) if b.to_decimal().is_some() => scale(operator, a, b.to_decimal(), at),
        (a, Value::Quantity(b)) if a.to_decimal().is_some() && operator == Operator::Multiply => {
            scale(operator, b, a.to_decimal(), at)
        }
        (Value::Integer(a), Value::Integer(b)) if operator != Operator::Divide => {
            Ok(integers(operator, *a, *b).map(Value::Integer))
        }
        _ => match (left.to_decimal(), right.to_decimal()) {
            (Some(a), Some(b)) => Ok(decimals(operator, &a, &b)),
            _ => Err(unfit(operator, &left, &right, at)),
        },
    }
}

fn unfit(operator: Operator, left: &Value<'_>, right: &Value<'_>, at: usize) -> Error {
    let name = |value: &Value<'_>| value.system_type().map_or("", |ty| ty.name());
    let symbol = operator.symbol();
    Error::execution(at, format!("`{symbol}` does not work on `{}` and `{}`", name(left), name(right)))
}

fn concatenate<'t>(left: Option<Value<'t>>, right: Option<Value<'t>>, at: usize) -> Found<'t> {
    let text = |value: Option<Value<'t>>| match value {
        None => Ok(Cow::Borrowed("")),
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(Error::execution(
            at,
            format!("`&` joins strings, found `{}`", other.system_type().map_or("", |ty| ty.name())),
        )),
    };
    let (left, right) = (text(left)?, text(right)?);
    if left.len() + right.len() > MAX_TEXT {
        return Err(Error::execution(at, format!("text grows beyond {MAX_TEXT} bytes")));
    }
    Ok(Some(Value::String(left + right)))
}

fn integers(operator: Operator, a: i32, b: i32) -> Option<i32> {
    match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Div => a.checked_div(b),
        _ => a.checked_rem(b),
    }
}

fn decimals<'t>(operator: Operator, a: &BigDecimal, b: &BigDecimal) -> Option<Value<'t>> {
    let result = match operator {
        Operator::Add => decimal::bounded(a + b),
        Operator::Subtract => decimal::bounded(a - b),
        Operator::Multiply => decimal::bounded(a * b),
        Operator::Divide => decimal::divide(a, b),
        Operator::Div => return decimal::divide_whole(a, b)?.to_i32().map(Value::Integer),
        _ => decimal::remainder(a, b),
    };
    result.map(Value::Decimal)
}

fn scale<'t>(
    operator: Operator,
    quantity: &Quantity<'t>,
    number: Option<BigDecimal>,
    at: usize,
) -> Found<'t> {
    let Some(number) = number else { return Ok(None) };
    let value = match operator {
        Operator::Multiply => decimal::bounded(&quantity.value * number),
        Operator::Divide => decimal::divide(&quantity.value, &number),
        _ => {
            let symbol = operator.symbol();
            return Err(Error::execution(at, format!("`{symbol}` does not work on a quantity and a number")));
        }
    };
    Ok(value.map(|value| Value::Quantity(Box::new(Quantity { value, ..quantity.clone() }))))
}

fn quantities<'t>(operator: Operator, a: &Quantity<'t>, b: &Quantity<'t>, at: usize) -> Found<'t> {
    let result = match operator {
        Operator::Add | Operator::Subtract => sum(operator, a, b),
        Operator::Multiply => {
            let unit = joined(&a.unit, &b.unit, '.');
            decimal::bounded(&a.value * &b.value).map(|value| (value, unit))
        }
        Operator::Divide => {
            let unit = if a.unit == b.unit { Cow::Borrowed("1") } else { joined(&a.unit, &b.unit, '/') };
            decimal::divide(&a.value, &b.value).map(|value| (value, unit))
        }
        _ => {
            let symbol = operator.symbol();
            return Err(Error::execution(at, format!("`{symbol}` does not work on quantities")));
        }
    };
    Ok(result.map(|(value, unit)| {
        let calendar = a.calendar && b.calendar && unit == a.unit;
        Value::Quantity(Box::new(Quantity { value, unit, calendar }))
    }))
}

/// In the unit of the left one.
fn sum<'t>(operator: Operator, a: &Quantity<'t>, b: &Quantity<'t>) -> Option<(BigDecimal, Cow<'t, str>)> {
    let (left, right) = crate::evaluate::equality::in_one_unit(a, b)?;
    let value = if operator == Operator::Add { left + right } else { left - right };
    let code = unit::comparable_code(&a.unit);
    if code == unit::comparable_code(&b.unit) {
        return Some((decimal::bounded(value)?, a.unit.clone()));
    }
    // `in_one_unit` gave base units (or months): back to the unit of the left one.
    let factor = match code {
        "year" => BigDecimal::from(12),
        "month" => BigDecimal::from(1),
        _ => unit::parse(code)?.factor,
    };
    Some((decimal::divide(&value, &factor)?, a.unit.clone()))
}

/// The product or quotient of two units as one UCUM code; one that grows too long no longer parses.
fn joined<'t>(a: &str, b: &str, sign: char) -> Cow<'t, str> {
    let (a, b) = (unit::comparable_code(a), unit::comparable_code(b));
    Cow::Owned(match (a, b, sign) {
        (a, "1", _) => a.to_owned(),
        ("1", b, '.') => b.to_owned(),
        (a, b, '/') if b.contains(['.', '/']) => format!("{a}/({b})"),
        _ => format!("{a}{sign}{b}"),
    })
}

/// Years and months must be calendar words: UCUM's are means, not calendar units.
fn move_in_time<'t>(operator: Operator, value: &Value<'t>, duration: &Quantity<'_>, at: usize) -> Found<'t> {
    let word = unit::calendar_word(&duration.unit).or_else(|| unit::definite_calendar_word(&duration.unit));
    let sign = match operator {
        Operator::Add => 1,
        Operator::Subtract => -1,
        _ => return Err(unfit(operator, value, &Value::Quantity(Box::new(duration.clone())), at)),
    };
    let Some(unit) = word.and_then(CalendarUnit::from_word) else {
        return Err(Error::execution(at, format!("a date cannot move by `{}`", duration.unit))
            .with_hint("use a calendar unit such as `1 month` or `7 days`"));
    };
    let whole = duration.value.with_scale_round(0, RoundingMode::Down);
    let Some(count) = whole.to_i64().and_then(|count| count.checked_mul(sign)) else { return Ok(None) };
    let duration = Duration { count, unit };
    Ok(match value {
        Value::Date(date) => add_to_date(*date, duration).map(Value::Date),
        Value::DateTime(moment) => add_to_date_time(*moment, duration).map(Value::DateTime),
        Value::Time(time) => add_to_time(*time, duration).map(Value::Time),
        _ => None,
    })
}
