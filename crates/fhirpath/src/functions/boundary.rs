//! Boundaries and precision. Source: <https://hl7.org/fhirpath/#additional-math-functions>

use crate::decimal;
use crate::evaluate::Evaluator;
use crate::functions::{Arguments, Done, Function, Gives, Out, Takes, plain};
use crate::temporal::boundary;
use crate::types::SystemType;
use crate::value::{Quantity, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    plain("lowBoundary", (0, 1), Takes::Simple, Gives::Computed, low),
    plain("highBoundary", (0, 1), Takes::Simple, Gives::Computed, high),
    plain("precision", (0, 0), Takes::Simple, Gives::One(SystemType::Integer), precision),
];

/// Decimal places of a boundary that names none.
const DECIMAL_PLACES: i32 = 8;

fn low<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    bound(evaluator, &arguments, false, out)
}

fn high<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    bound(evaluator, &arguments, true, out)
}

/// A dateTime of the data that has no time is a dateTime still, and bounded to the millisecond.
fn bound<'t>(
    evaluator: &mut Evaluator<'t, '_>,
    arguments: &Arguments<'t, '_>,
    high: bool,
    out: Out<'_, 't>,
) -> Done {
    let wanted = evaluator.integer_argument(arguments, 0)?;
    let Some(value) = evaluator.one(arguments)? else { return Ok(()) };
    // Digits that no value has give nothing.
    let digits = |usual: u8| wanted.map_or(usual, |wanted| u8::try_from(wanted).unwrap_or(0));
    let places = i64::from(wanted.unwrap_or(DECIMAL_PLACES));
    out.extend(match value {
        Value::Date(date) => boundary::date(date, digits(8), high).map(Value::Date),
        Value::DateTime(at) => boundary::date_time(at, digits(17), high).map(Value::DateTime),
        Value::Time(time) => boundary::time(time, digits(9), high).map(Value::Time),
        Value::Quantity(quantity) => decimal::boundary(&quantity.value, places, high)
            .map(|value| Value::Quantity(Box::new(Quantity { value, ..*quantity }))),
        other => match other.to_decimal() {
            Some(number) => decimal::boundary(&number, places, high).map(Value::Decimal),
            None => return Err(arguments.error("expected a number, quantity, date or time")),
        },
    });
    Ok(())
}

/// Decimal places, or digits of a date or time.
fn precision<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let Some(value) = evaluator.one(&arguments)? else { return Ok(()) };
    let digits = match &value {
        Value::Date(date) => i64::from(date.precision()),
        Value::DateTime(at) => i64::from(at.precision()),
        Value::Time(time) => i64::from(time.precision()),
        other => match other.to_decimal() {
            Some(number) => number.fractional_digit_count().max(0),
            None => return Err(arguments.error("expected a number, date or time")),
        },
    };
    out.extend(i32::try_from(digits).ok().map(Value::Integer));
    Ok(())
}
