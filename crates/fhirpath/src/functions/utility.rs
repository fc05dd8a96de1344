//! Utility: time and traces. Source: <https://hl7.org/fhirpath/#utility-functions>

use crate::evaluate::Evaluator;
use crate::functions::{Arguments, Done, Function, Gives, Out, Takes, plain};
use crate::types::SystemType;
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function { each: 0b10, ..plain("trace", (1, 2), Takes::Any, Gives::Input, trace) },
    plain("now", (0, 0), Takes::Any, Gives::One(SystemType::DateTime), now),
    plain("today", (0, 0), Takes::Any, Gives::One(SystemType::Date), today),
    plain("timeOfDay", (0, 0), Takes::Any, Gives::One(SystemType::Time), time_of_day),
];

fn trace<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let name = evaluator.text_argument(&arguments, 0)?.unwrap_or_default();
    match arguments.plan(1) {
        None => evaluator.context.environment.trace(&name, arguments.input),
        Some(projection) => evaluator.with_buffer(|evaluator, shown| {
            for (index, item) in arguments.input.iter().enumerate() {
                evaluator.eval(projection, arguments.frame.item(item, index), shown)?;
            }
            evaluator.context.environment.trace(&name, shown);
            Ok(())
        })?,
    }
    out.extend_from_slice(arguments.input);
    Ok(())
}

fn now<'t>(evaluator: &mut Evaluator<'t, '_>, _: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    out.extend(evaluator.context.environment.now().map(Value::DateTime));
    Ok(())
}

fn today<'t>(evaluator: &mut Evaluator<'t, '_>, _: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    out.extend(evaluator.context.environment.now().map(|now| Value::Date(now.date)));
    Ok(())
}

fn time_of_day<'t>(evaluator: &mut Evaluator<'t, '_>, _: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    out.extend(evaluator.context.environment.now().and_then(|now| now.time).map(Value::Time));
    Ok(())
}
