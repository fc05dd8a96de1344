//! Strings; places count characters from 0. Source: <https://hl7.org/fhirpath/#string-manipulation>

use std::borrow::Cow;

use crate::error::Error;
use crate::evaluate::Evaluator;
use crate::functions::{Arguments, Done, Function, Gives, MAX_TEXT, Out, Takes, plain};
use crate::types::SystemType;
use crate::value::Value;

const TRUTH: Gives = Gives::One(SystemType::Boolean);
const TEXT: Gives = Gives::One(SystemType::String);
const NUMBER: Gives = Gives::One(SystemType::Integer);
const TEXTS: Gives = Gives::Many(SystemType::String);

pub(super) const FUNCTIONS: &[Function] = &[
    plain("indexOf", (1, 1), Takes::Simple, NUMBER, index_of),
    plain("lastIndexOf", (1, 1), Takes::Simple, NUMBER, last_index_of),
    plain("substring", (1, 2), Takes::Simple, TEXT, substring),
    plain("startsWith", (1, 1), Takes::Simple, TRUTH, starts_with),
    plain("endsWith", (1, 1), Takes::Simple, TRUTH, ends_with),
    plain("contains", (1, 1), Takes::Simple, TRUTH, contains),
    plain("upper", (0, 0), Takes::Simple, TEXT, upper),
    plain("lower", (0, 0), Takes::Simple, TEXT, lower),
    plain("replace", (2, 2), Takes::Simple, TEXT, replace),
    plain("length", (0, 0), Takes::Simple, NUMBER, length),
    plain("toChars", (0, 0), Takes::Simple, TEXTS, to_chars),
    plain("trim", (0, 0), Takes::Simple, TEXT, trim),
    plain("split", (1, 1), Takes::Simple, TEXTS, split),
    plain("join", (0, 1), Takes::Simple, TEXT, join),
];

type Pair<'t> = (Cow<'t, str>, Cow<'t, str>);

/// Input and first argument, where both are there.
fn pair<'t>(
    evaluator: &mut Evaluator<'t, '_>,
    arguments: &Arguments<'t, '_>,
) -> Result<Option<Pair<'t>>, Error> {
    let Some(text) = evaluator.text(arguments)? else { return Ok(None) };
    Ok(evaluator.text_argument(arguments, 0)?.map(|argument| (text, argument)))
}

fn place(text: &str, byte: Option<usize>) -> Value<'static> {
    let characters = byte.and_then(|byte| text.get(..byte)).map(|before| before.chars().count());
    Value::Integer(characters.and_then(|count| i32::try_from(count).ok()).unwrap_or(-1))
}

fn index_of<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let found = pair(evaluator, &arguments)?;
    out.extend(found.map(|(text, part)| place(&text, text.find(part.as_ref()))));
    Ok(())
}

fn last_index_of<'t>(
    evaluator: &mut Evaluator<'t, '_>,
    arguments: Arguments<'t, '_>,
    out: Out<'_, 't>,
) -> Done {
    let found = pair(evaluator, &arguments)?;
    out.extend(found.map(|(text, part)| place(&text, text.rfind(part.as_ref()))));
    Ok(())
}

/// A slice of a text that keeps on borrowing where the text borrows.
fn slice<'t>(text: Cow<'t, str>, range: std::ops::Range<usize>) -> Value<'t> {
    Value::String(match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(range).unwrap_or_default()),
        Cow::Owned(text) => Cow::Owned(text.get(range).unwrap_or_default().to_owned()),
    })
}

fn substring<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let Some(text) = evaluator.text(&arguments)? else { return Ok(()) };
    let Some(start) = evaluator.integer_argument(&arguments, 0)? else { return Ok(()) };
    let length = match arguments.plan(1) {
        None => usize::MAX,
        Some(_) => match evaluator.integer_argument(&arguments, 1)? {
            Some(length) => usize::try_from(length).unwrap_or(0),
            None => usize::MAX,
        },
    };
    let Ok(start) = usize::try_from(start) else { return Ok(()) };
    let Some((from, _)) = text.char_indices().nth(start) else { return Ok(()) };
    let rest = text.get(from..).unwrap_or_default();
    let to = rest.char_indices().nth(length).map_or(text.len(), |(offset, _)| from + offset);
    out.push(slice(text, from..to));
    Ok(())
}

fn starts_with<'t>(
    evaluator: &mut Evaluator<'t, '_>,
    arguments: Arguments<'t, '_>,
    out: Out<'_, 't>,
) -> Done {
    let found = pair(evaluator, &arguments)?;
    out.extend(found.map(|(text, part)| Value::Boolean(text.starts_with(part.as_ref()))));
    Ok(())
}

fn ends_with<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let found = pair(evaluator, &arguments)?;
    out.extend(found.map(|(text, part)| Value::Boolean(text.ends_with(part.as_ref()))));
    Ok(())
}

fn contains<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let found = pair(evaluator, &arguments)?;
    out.extend(found.map(|(text, part)| Value::Boolean(text.contains(part.as_ref()))));
    Ok(())
}

fn upper<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let text = evaluator.text(&arguments)?;
    out.extend(text.map(|text| Value::String(text.to_uppercase().into())));
    Ok(())
}

fn lower<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let text = evaluator.text(&arguments)?;
    out.extend(text.map(|text| Value::String(text.to_lowercase().into())));
    Ok(())
}

/// An empty pattern stands between all characters.
fn replace<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let Some((text, pattern)) = pair(evaluator, &arguments)? else { return Ok(()) };
    let Some(by) = evaluator.text_argument(&arguments, 1)? else { return Ok(()) };
    let growth = text.matches(pattern.as_ref()).count().saturating_mul(by.len());
    if text.len().saturating_add(growth) > MAX_TEXT {
        return Err(arguments.error(format!("text grows beyond {MAX_TEXT} bytes")));
    }
    out.push(Value::String(text.replace(pattern.as_ref(), &by).into()));
    Ok(())
}

fn length<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let text = evaluator.text(&arguments)?;
    out.extend(text.map(|text| Value::Integer(i32::try_from(text.chars().count()).unwrap_or(i32::MAX))));
    Ok(())
}

fn to_chars<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let Some(text) = evaluator.text(&arguments)? else { return Ok(()) };
    evaluator.spend(text.len())?;
    out.extend(text.chars().map(|c| Value::String(c.to_string().into())));
    Ok(())
}

fn trim<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let Some(text) = evaluator.text(&arguments)? else { return Ok(()) };
    let start = text.len() - text.trim_start().len();
    let end = start + text.trim().len();
    out.push(slice(text, start..end));
    Ok(())
}

fn split<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let Some((text, separator)) = pair(evaluator, &arguments)? else { return Ok(()) };
    evaluator.spend(text.len())?;
    if separator.is_empty() {
        return to_chars(evaluator, arguments, out);
    }
    out.extend(text.split(separator.as_ref()).map(|part| Value::String(part.to_owned().into())));
    Ok(())
}

/// Primitives without a value are passed over; an empty collection gives nothing.
fn join<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let separator = evaluator.text_argument(&arguments, 0)?.unwrap_or_default();
    let mut joined: Option<String> = None;
    for item in arguments.input {
        let text = match item.to_system(evaluator.context.types) {
            None if item.node().is_none_or(|node| node.is_absent()) => continue,
            Some(Value::String(text)) => text,
            _ => match item.text() {
                Some(text) => text,
                None => return Err(arguments.error("expected strings only")),
            },
        };
        match &mut joined {
            None => joined = Some(text.into_owned()),
            Some(joined) => {
                joined.push_str(&separator);
                joined.push_str(&text);
                if joined.len() > MAX_TEXT {
                    return Err(arguments.error(format!("text grows beyond {MAX_TEXT} bytes")));
                }
            }
        }
    }
    out.extend(joined.map(|text| Value::String(text.into())));
    Ok(())
}
