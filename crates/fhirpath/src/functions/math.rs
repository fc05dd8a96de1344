//! Mathematics. Sums, rounding and powers with whole exponents are exact; roots, logarithms and the like are
//! rounded as doubles round. Source: <https://hl7.org/fhirpath/#math-1>

use bigdecimal::{BigDecimal, RoundingMode, ToPrimitive, Zero};

use crate::decimal;
use crate::error::Error;
use crate::evaluate::Evaluator;
use crate::functions::{Arguments, Done, Function, Gives, Out, Takes, plain};
use crate::types::SystemType;
use crate::value::{Quantity, Value};

const DECIMAL: Gives = Gives::One(SystemType::Decimal);
const INTEGER: Gives = Gives::One(SystemType::Integer);

pub(super) const FUNCTIONS: &[Function] = &[
    plain("abs", (0, 0), Takes::Simple, Gives::Computed, abs),
    plain("ceiling", (0, 0), Takes::Simple, INTEGER, ceiling),
    plain("floor", (0, 0), Takes::Simple, INTEGER, floor),
    plain("truncate", (0, 0), Takes::Simple, INTEGER, truncate),
    plain("round", (0, 1), Takes::Simple, DECIMAL, round),
    plain("exp", (0, 0), Takes::Simple, DECIMAL, exp),
    plain("ln", (0, 0), Takes::Simple, DECIMAL, ln),
    plain("log", (1, 1), Takes::Simple, DECIMAL, log),
    plain("power", (1, 1), Takes::Simple, Gives::Computed, power),
    plain("sqrt", (0, 0), Takes::Simple, DECIMAL, sqrt),
];

/// Exponents of exact powers; beyond, doubles overflow just as well.
const MAX_EXPONENT: i64 = 1024;

fn number<'t>(
    evaluator: &Evaluator<'t, '_>,
    arguments: &Arguments<'t, '_>,
) -> Result<Option<BigDecimal>, Error> {
    let Some(value) = evaluator.one(arguments)? else { return Ok(None) };
    match value.to_decimal() {
        Some(number) => Ok(Some(number)),
        None => Err(arguments.error("expected a number")),
    }
}

fn number_argument<'t>(
    evaluator: &mut Evaluator<'t, '_>,
    arguments: &Arguments<'t, '_>,
) -> Result<Option<BigDecimal>, Error> {
    match evaluator.argument(arguments, 0)? {
        None => Ok(None),
        Some(value) => match value.to_decimal() {
            Some(number) => Ok(Some(number)),
            None => Err(arguments.error("expected a number as argument")),
        },
    }
}

fn abs<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    out.extend(match evaluator.one(&arguments)? {
        None => None,
        Some(Value::Integer(value)) => value.checked_abs().map(Value::Integer),
        Some(Value::Long(value)) => value.checked_abs().map(Value::Long),
        Some(Value::Decimal(value)) => Some(Value::Decimal(value.abs())),
        Some(Value::Quantity(q)) => Some(Value::Quantity(Box::new(Quantity {
            value: q.value.abs(),
            unit: q.unit,
            calendar: q.calendar,
        }))),
        Some(_) => return Err(arguments.error("expected a number or quantity")),
    });
    Ok(())
}

/// Whole numbers; those beyond 32 bits give nothing.
fn whole<'t>(
    evaluator: &Evaluator<'t, '_>,
    arguments: &Arguments<'t, '_>,
    mode: RoundingMode,
    out: Out<'_, 't>,
) -> Done {
    let number = number(evaluator, arguments)?;
    out.extend(number.and_then(|n| n.with_scale_round(0, mode).to_i32()).map(Value::Integer));
    Ok(())
}

fn ceiling<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    whole(evaluator, &arguments, RoundingMode::Ceiling, out)
}

fn floor<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    whole(evaluator, &arguments, RoundingMode::Floor, out)
}

fn truncate<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    whole(evaluator, &arguments, RoundingMode::Down, out)
}

fn round<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let Some(number) = number(evaluator, &arguments)? else { return Ok(()) };
    let places = evaluator.integer_argument(&arguments, 0)?.unwrap_or(0);
    if !(0..=28).contains(&places) {
        return Err(arguments.error("expected 0 to 28 places"));
    }
    out.push(Value::Decimal(number.with_scale_round(i64::from(places), RoundingMode::HalfUp)));
    Ok(())
}

/// A result that doubles cannot hold is nothing.
fn as_double<'t>(
    evaluator: &Evaluator<'t, '_>,
    arguments: &Arguments<'t, '_>,
    out: Out<'_, 't>,
    compute: impl Fn(f64) -> f64,
) -> Done {
    let number = number(evaluator, arguments)?;
    let found = number.and_then(|n| n.to_f64()).and_then(|n| decimal::from_f64(compute(n)));
    out.extend(found.map(Value::Decimal));
    Ok(())
}

fn exp<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    as_double(evaluator, &arguments, out, f64::exp)
}

fn ln<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    as_double(evaluator, &arguments, out, f64::ln)
}

fn sqrt<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    as_double(evaluator, &arguments, out, f64::sqrt)
}

fn log<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let base = number_argument(evaluator, &arguments)?;
    let Some(base) = base.and_then(|base| base.to_f64()) else { return Ok(()) };
    as_double(evaluator, &arguments, out, |value| {
        if base == 2.0 {
            value.log2()
        } else if base == 10.0 {
            value.log10()
        } else {
            value.log(base)
        }
    })
}

fn power<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let value = evaluator.one(&arguments)?;
    let (Some(base), Some(exponent)) =
        (number(evaluator, &arguments)?, number_argument(evaluator, &arguments)?)
    else {
        return Ok(());
    };
    let whole = exponent.is_integer().then(|| exponent.to_i64()).flatten();
    let found = match whole.filter(|whole| (0..=MAX_EXPONENT).contains(whole)) {
        Some(whole) => exact_power(&base, whole),
        None if base.is_zero() && exponent < BigDecimal::zero() => None,
        None => match (base.to_f64(), exponent.to_f64()) {
            (Some(base), Some(exponent)) => decimal::from_f64(base.powf(exponent)),
            _ => None,
        },
    };
    let integer = matches!(value, Some(Value::Integer(_))) && whole.is_some_and(|whole| whole >= 0);
    out.extend(found.and_then(|found| match integer {
        true => decimal::to_integer(&found).map(Value::Integer),
        false => Some(Value::Decimal(found)),
    }));
    Ok(())
}

/// By squaring, with the bound on digits after each step.
fn exact_power(base: &BigDecimal, mut exponent: i64) -> Option<BigDecimal> {
    let (mut result, mut square) = (BigDecimal::from(1), base.clone());
    while exponent > 0 {
        if exponent % 2 == 1 {
            result = decimal::bounded(&result * &square)?;
        }
        exponent /= 2;
        if exponent > 0 {
            square = decimal::bounded(&square * &square)?;
        }
    }
    Some(result)
}
