//! Conversion. Source: <https://hl7.org/fhirpath/#conversion>

use std::borrow::Cow;

use bigdecimal::{BigDecimal, One, ToPrimitive, Zero};
use fhirkit_tape::Kind;

use crate::evaluate::Evaluator;
use crate::functions::{Arguments, Done, Function, Gives, Out, Takes, plain};
use crate::temporal::{Date, DateTime, Time};
use crate::types::SystemType;
use crate::value::{Quantity, Value};
use crate::{decimal, unit};

const TRUTH: Gives = Gives::One(SystemType::Boolean);

pub(super) const FUNCTIONS: &[Function] = &[
    Function { each: 0b111, ..plain("iif", (2, 3), Takes::Any, Gives::Arguments, iif) },
    plain("toBoolean", (0, 0), Takes::Any, TRUTH, convert),
    plain("toInteger", (0, 0), Takes::Any, Gives::One(SystemType::Integer), convert),
    plain("toLong", (0, 0), Takes::Any, Gives::One(SystemType::Long), convert),
    plain("toDecimal", (0, 0), Takes::Any, Gives::One(SystemType::Decimal), convert),
    plain("toString", (0, 0), Takes::Any, Gives::One(SystemType::String), convert),
    plain("toDate", (0, 0), Takes::Any, Gives::One(SystemType::Date), convert),
    plain("toDateTime", (0, 0), Takes::Any, Gives::One(SystemType::DateTime), convert),
    plain("toTime", (0, 0), Takes::Any, Gives::One(SystemType::Time), convert),
    plain("toQuantity", (0, 1), Takes::Any, Gives::One(SystemType::Quantity), convert),
    plain("convertsToBoolean", (0, 0), Takes::Any, TRUTH, converts),
    plain("convertsToInteger", (0, 0), Takes::Any, TRUTH, converts),
    plain("convertsToLong", (0, 0), Takes::Any, TRUTH, converts),
    plain("convertsToDecimal", (0, 0), Takes::Any, TRUTH, converts),
    plain("convertsToString", (0, 0), Takes::Any, TRUTH, converts),
    plain("convertsToDate", (0, 0), Takes::Any, TRUTH, converts),
    plain("convertsToDateTime", (0, 0), Takes::Any, TRUTH, converts),
    plain("convertsToTime", (0, 0), Takes::Any, TRUTH, converts),
    plain("convertsToQuantity", (0, 1), Takes::Any, TRUTH, converts),
];

/// With an input of its own, `$this` is that input's item; else the surroundings stay.
fn iif<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let mut frame = arguments.frame;
    if arguments.call.input.is_some() {
        arguments.one()?;
        frame.this = arguments.input;
    }
    let Some(criterion) = arguments.plan(0) else { return Ok(()) };
    let chosen = if evaluator.truth(criterion, frame)? == Some(true) { 1 } else { 2 };
    match arguments.plan(chosen) {
        Some(plan) => evaluator.eval(plan, frame, out),
        None => Ok(()),
    }
}

fn convert<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let name = arguments.call.function.name.trim_start_matches("to");
    out.extend(converted(evaluator, &arguments, name)?);
    Ok(())
}

fn converts<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    if arguments.one()?.is_some() {
        let name = arguments.call.function.name.trim_start_matches("convertsTo");
        let found = converted(evaluator, &arguments, name)?;
        out.push(Value::Boolean(found.is_some()));
    }
    Ok(())
}

fn converted<'t>(
    evaluator: &mut Evaluator<'t, '_>,
    arguments: &Arguments<'t, '_>,
    to: &str,
) -> Result<Option<Value<'t>>, crate::Error> {
    let original = arguments.one()?;
    let Some(value) = evaluator.one(arguments)? else { return Ok(None) };
    Ok(match to {
        "Boolean" => boolean(&value).map(Value::Boolean),
        "Integer" => integer(&value).map(Value::Integer),
        "Long" => long(&value).map(Value::Long),
        "Decimal" => number(&value).map(Value::Decimal),
        // The digits of a number of the data stay as written.
        "String" => match original.and_then(Value::node).filter(|node| node.kind() == Kind::Number) {
            Some(node) => node.number().map(|digits| Value::String(Cow::Borrowed(digits))),
            None => string(value).map(Value::String),
        },
        "Date" => date(&value).map(Value::Date),
        "DateTime" => date_time(&value).map(Value::DateTime),
        "Time" => time(&value).map(Value::Time),
        _ => {
            let wanted = evaluator.text_argument(arguments, 0)?;
            quantity(value, wanted).map(|quantity| Value::Quantity(Box::new(quantity)))
        }
    })
}

fn boolean(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Boolean(value) => Some(*value),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "1" | "1.0" => Some(true),
            "false" | "f" | "no" | "n" | "0" | "0.0" => Some(false),
            _ => None,
        },
        _ => {
            let number = value.to_decimal()?;
            if number.is_zero() { Some(false) } else { number.is_one().then_some(true) }
        }
    }
}

fn integer(value: &Value<'_>) -> Option<i32> {
    match value {
        Value::Integer(value) => Some(*value),
        Value::Boolean(value) => Some(i32::from(*value)),
        Value::String(text) => text.parse().ok(),
        Value::Long(value) => i32::try_from(*value).ok(),
        Value::Decimal(value) => decimal::to_integer(value),
        _ => None,
    }
}

fn long(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Long(value) => Some(*value),
        Value::String(text) => text.parse().ok(),
        Value::Decimal(value) if value.is_integer() => value.to_i64(),
        _ => integer(value).map(i64::from),
    }
}

fn number(value: &Value<'_>) -> Option<BigDecimal> {
    match value {
        Value::Boolean(value) => Some(BigDecimal::from(i32::from(*value))),
        Value::String(text) => decimal_text(text),
        _ => value.to_decimal(),
    }
}

/// `[+-]digits[.digits]`, without an exponent.
fn decimal_text(text: &str) -> Option<BigDecimal> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let fits = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    (fits(whole) && fits(part)).then(|| decimal::parse(text)).flatten()
}

fn string(value: Value<'_>) -> Option<Cow<'_, str>> {
    Some(match value {
        Value::String(text) => text,
        Value::Boolean(value) => Cow::Borrowed(if value { "true" } else { "false" }),
        Value::Integer(value) => value.to_string().into(),
        Value::Long(value) => value.to_string().into(),
        Value::Decimal(value) => decimal::to_text(&value).into(),
        Value::Date(value) => value.to_string().into(),
        Value::DateTime(value) => value.to_string().into(),
        Value::Time(value) => value.to_string().into(),
        Value::Quantity(quantity) => quantity.to_string().into(),
        Value::Node { .. } | Value::Type(_) => return None,
    })
}

fn date(value: &Value<'_>) -> Option<Date> {
    match value {
        Value::Date(date) => Some(*date),
        Value::DateTime(at) => Some(at.date),
        Value::String(text) => DateTime::parse(text).map(|at| at.date),
        _ => None,
    }
}

fn date_time(value: &Value<'_>) -> Option<DateTime> {
    match value {
        Value::Date(date) => Some((*date).into()),
        Value::DateTime(at) => Some(*at),
        Value::String(text) => DateTime::parse(text),
        _ => None,
    }
}

fn time(value: &Value<'_>) -> Option<Time> {
    match value {
        Value::Time(time) => Some(*time),
        Value::DateTime(at) => at.time,
        Value::String(text) => Time::parse(text),
        _ => None,
    }
}

/// A number, a quantity, or the text of one: `1`, `1 day`, `1 'wk'`. A wanted unit must be the one there, or
/// one that the quantity can be expressed in.
fn quantity<'t>(value: Value<'t>, wanted: Option<Cow<'t, str>>) -> Option<Quantity<'t>> {
    let found = match value {
        Value::Quantity(quantity) => *quantity,
        Value::String(text) => parse_quantity(&text)?,
        other => Quantity { value: number(&other)?, unit: Cow::Borrowed("1"), calendar: false },
    };
    let Some(wanted) = wanted.filter(|wanted| *wanted != found.unit) else { return Some(found) };
    let (from, to) = (unit::comparable_code(&found.unit), unit::comparable_code(&wanted));
    if from == to {
        return Some(Quantity { unit: wanted, ..found });
    }
    let (from, to) = (unit::parse(from)?, unit::parse(to)?);
    if from.powers != to.powers {
        return None;
    }
    let value = decimal::divide(&(found.value * from.factor), &to.factor)?;
    Some(Quantity { value, unit: wanted, calendar: false })
}

fn parse_quantity<'t>(text: &str) -> Option<Quantity<'t>> {
    let text = text.trim();
    let Some((number, unit)) = text.split_once(|c: char| c.is_ascii_whitespace()) else {
        return Some(Quantity { value: decimal_text(text)?, unit: Cow::Borrowed("1"), calendar: false });
    };
    let value = decimal_text(number)?;
    let unit = unit.trim_start();
    if let Some(code) = unit.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        let fits = !code.is_empty() && !code.contains('\'');
        return fits.then(|| Quantity { value, unit: Cow::Owned(code.to_owned()), calendar: false });
    }
    let word = unit::calendar_word(unit)?;
    Some(Quantity { value, unit: Cow::Borrowed(word), calendar: true })
}
