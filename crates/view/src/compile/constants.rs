//! The constants of a view as FHIRPath values.

use std::borrow::Cow;

use bigdecimal::BigDecimal;
use fhirkit_fhirpath::{Date, DateTime, Time, Value};

use super::names;
use crate::definition::Constant;
use crate::error::{Error, Kind};

/// Names that every expression has already.
const RESERVED: &[&str] = &["resource", "rootResource", "context", "rowIndex", "ucum", "sct", "loinc"];

pub(super) fn values(constants: &[Constant]) -> Result<Vec<(String, Value<'static>)>, Error> {
    let mut values: Vec<(String, Value<'static>)> = Vec::with_capacity(constants.len());
    for (i, constant) in constants.iter().enumerate() {
        let place = format!("constant[{i}]");
        names::check(&constant.name, "constant").map_err(|error| error.at_place(&place))?;
        let taken = values.iter().any(|(name, _)| *name == constant.name);
        if taken || RESERVED.contains(&constant.name.as_str()) {
            let message = format!("the name `%{}` is taken", constant.name);
            return Err(Error::new(Kind::NameClash, message).at_place(place));
        }
        let value = value(constant).ok_or_else(|| {
            let message = format!("`{}` is not a {}", constant.value, constant.type_name);
            Error::new(Kind::WrongType, message).at_place(&place)
        })?;
        values.push((constant.name.clone(), value));
    }
    Ok(values)
}

fn value(constant: &Constant) -> Option<Value<'static>> {
    let text = constant.value.as_str();
    Some(match constant.type_name.as_str() {
        "boolean" => Value::Boolean(text == "true"),
        "integer" => Value::Integer(text.parse().ok()?),
        "positiveInt" => Value::Integer(text.parse().ok().filter(|n| *n > 0)?),
        "unsignedInt" => Value::Integer(text.parse().ok().filter(|n| *n >= 0)?),
        "integer64" => Value::Long(text.parse().ok()?),
        "decimal" => Value::Decimal(text.parse::<BigDecimal>().ok()?),
        "date" => Value::Date(Date::parse(text)?),
        "dateTime" | "instant" => Value::DateTime(DateTime::parse(text)?),
        "time" => Value::Time(Time::parse(text)?),
        _ => Value::String(Cow::Owned(text.to_owned())),
    })
}
