//! Types of items. Source: <https://hl7.org/fhirpath/#types>

use crate::evaluate::Evaluator;
use crate::functions::{Arguments, Done, Function, Gives, Out, Takes, plain};
use crate::types::{SystemType, Type};
use crate::value::{TypeInfo, Value};

/// The compiler turns the argument of the first three into the call's type test.
pub(super) const FUNCTIONS: &[Function] = &[
    plain("is", (1, 1), Takes::Any, Gives::One(SystemType::Boolean), is),
    plain("as", (1, 1), Takes::Any, Gives::Input, cast),
    plain("ofType", (1, 1), Takes::Any, Gives::Input, of_type),
    plain("type", (0, 0), Takes::Any, Gives::Each(SystemType::TypeInfo), type_of),
];

pub(super) fn ty(value: &Value<'_>) -> Type {
    match value {
        Value::Node { ty, .. } => Type::Fhir(*ty),
        other => Type::System(other.system_type().unwrap_or(SystemType::TypeInfo)),
    }
}

fn is<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let (Some(value), Some(test)) = (arguments.one()?, arguments.call.test) else { return Ok(()) };
    out.push(Value::Boolean(test.accepts(evaluator.context.types, ty(value))));
    Ok(())
}

fn cast<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    arguments.one()?;
    of_type(evaluator, arguments, out)
}

fn of_type<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let Some(test) = arguments.call.test else { return Ok(()) };
    let types = evaluator.context.types;
    out.extend(arguments.input.iter().filter(|value| test.selects(types, ty(value))).cloned());
    Ok(())
}

fn type_of<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    out.extend(arguments.input.iter().map(|value| {
        let info = match ty(value) {
            Type::Fhir(id) => {
                TypeInfo { namespace: "FHIR", name: evaluator.context.types.name(id).to_owned() }
            }
            Type::System(system) => TypeInfo { namespace: "System", name: system.name().to_owned() },
        };
        Value::Type(Box::new(info))
    }));
    Ok(())
}
