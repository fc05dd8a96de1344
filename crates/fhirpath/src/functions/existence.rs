//! Existence: what a collection holds. Source: <https://hl7.org/fhirpath/#existence>

use crate::evaluate::Evaluator;
use crate::evaluate::seen::Seen;
use crate::functions::{Arguments, Done, Function, Gives, Out, Takes, on_each, plain};
use crate::types::SystemType;
use crate::value::Value;

const TRUTH: Gives = Gives::One(SystemType::Boolean);

pub(super) const FUNCTIONS: &[Function] = &[
    plain("empty", (0, 0), Takes::Any, TRUTH, empty),
    on_each("exists", (0, 1), TRUTH, exists),
    on_each("all", (1, 1), TRUTH, all),
    plain("allTrue", (0, 0), Takes::Any, TRUTH, all_true),
    plain("anyTrue", (0, 0), Takes::Any, TRUTH, any_true),
    plain("allFalse", (0, 0), Takes::Any, TRUTH, all_false),
    plain("anyFalse", (0, 0), Takes::Any, TRUTH, any_false),
    plain("subsetOf", (1, 1), Takes::Any, TRUTH, subset_of),
    plain("supersetOf", (1, 1), Takes::Any, TRUTH, superset_of),
    plain("count", (0, 0), Takes::Any, Gives::One(SystemType::Integer), count),
    plain("distinct", (0, 0), Takes::Any, Gives::Input, distinct),
    plain("isDistinct", (0, 0), Takes::Any, TRUTH, is_distinct),
    plain("not", (0, 0), Takes::Any, TRUTH, not),
];

fn empty<'t>(_: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    out.push(Value::Boolean(arguments.input.is_empty()));
    Ok(())
}

fn exists<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let found = match arguments.plan(0) {
        None => !arguments.input.is_empty(),
        Some(criterion) => any(evaluator, &arguments, criterion, Some(true))?,
    };
    out.push(Value::Boolean(found));
    Ok(())
}

fn all<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let Some(criterion) = arguments.plan(0) else { return Ok(()) };
    for (index, item) in arguments.input.iter().enumerate() {
        if evaluator.truth(criterion, arguments.frame.item(item, index))? != Some(true) {
            out.push(Value::Boolean(false));
            return Ok(());
        }
    }
    out.push(Value::Boolean(true));
    Ok(())
}

fn any<'t>(
    evaluator: &mut Evaluator<'t, '_>,
    arguments: &Arguments<'t, '_>,
    criterion: &'t crate::plan::Plan,
    wanted: Option<bool>,
) -> Result<bool, crate::Error> {
    for (index, item) in arguments.input.iter().enumerate() {
        if evaluator.truth(criterion, arguments.frame.item(item, index))? == wanted {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether some item is the boolean wanted; items that are none are a fault.
fn has(
    evaluator: &Evaluator<'_, '_>,
    arguments: &Arguments<'_, '_>,
    wanted: bool,
) -> Result<bool, crate::Error> {
    let mut found = false;
    for item in arguments.input {
        match item.to_system(evaluator.context.types) {
            Some(Value::Boolean(value)) => found |= value == wanted,
            _ => return Err(arguments.error("expected booleans only")),
        }
    }
    Ok(found)
}

fn all_true<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    out.push(Value::Boolean(!has(evaluator, &arguments, false)?));
    Ok(())
}

fn any_true<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    out.push(Value::Boolean(has(evaluator, &arguments, true)?));
    Ok(())
}

fn all_false<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    out.push(Value::Boolean(!has(evaluator, &arguments, true)?));
    Ok(())
}

fn any_false<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    out.push(Value::Boolean(has(evaluator, &arguments, false)?));
    Ok(())
}

fn covers<'t>(evaluator: &Evaluator<'t, '_>, whole: &[Value<'t>], part: &[Value<'t>]) -> bool {
    let types = evaluator.context.types;
    let whole = Seen::of(types, whole);
    part.iter().all(|item| whole.contains(types, item))
}

fn subset_of<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    evaluator.with_buffer(|evaluator, other| {
        evaluator.items_of(&arguments, 0, other)?;
        out.push(Value::Boolean(covers(evaluator, other, arguments.input)));
        Ok(())
    })
}

fn superset_of<'t>(
    evaluator: &mut Evaluator<'t, '_>,
    arguments: Arguments<'t, '_>,
    out: Out<'_, 't>,
) -> Done {
    evaluator.with_buffer(|evaluator, other| {
        evaluator.items_of(&arguments, 0, other)?;
        out.push(Value::Boolean(covers(evaluator, arguments.input, other)));
        Ok(())
    })
}

fn count<'t>(_: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    out.push(Value::Integer(i32::try_from(arguments.input.len()).unwrap_or(i32::MAX)));
    Ok(())
}

fn distinct<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    crate::evaluate::seen::push_distinct(evaluator.context.types, arguments.input, out);
    Ok(())
}

fn is_distinct<'t>(
    evaluator: &mut Evaluator<'t, '_>,
    arguments: Arguments<'t, '_>,
    out: Out<'_, 't>,
) -> Done {
    let (types, mut seen) = (evaluator.context.types, Seen::default());
    out.push(Value::Boolean(arguments.input.iter().all(|item| seen.insert(types, item))));
    Ok(())
}

fn not<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let value = evaluator.boolean(arguments.input, arguments.call.at)?;
    out.extend(value.map(|value| Value::Boolean(!value)));
    Ok(())
}
