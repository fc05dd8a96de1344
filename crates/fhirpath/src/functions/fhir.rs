//! What FHIR adds. Source: <https://hl7.org/fhir/R4/fhirpath.html#functions>

use crate::evaluate::Evaluator;
use crate::functions::{Arguments, Done, Function, Gives, Out, Takes, plain};
use crate::types::SystemType;
use crate::unit;
use crate::value::Value;

const TRUTH: Gives = Gives::One(SystemType::Boolean);

pub(super) const FUNCTIONS: &[Function] = &[
    // The compiler puts the type Extension into the call's type test.
    plain("extension", (1, 1), Takes::Any, Gives::Anything, extension),
    plain("hasValue", (0, 0), Takes::Any, TRUTH, has_value),
    plain("getValue", (0, 0), Takes::Any, Gives::Computed, get_value),
    plain("resolve", (0, 0), Takes::Any, Gives::Anything, resolve),
    plain("memberOf", (1, 1), Takes::Any, TRUTH, member_of),
    plain("conformsTo", (1, 1), Takes::Any, TRUTH, conforms_to),
    plain("htmlChecks", (0, 0), Takes::Any, TRUTH, html_checks),
    plain("comparable", (1, 1), Takes::Simple, TRUTH, comparable),
];

/// The extensions with that url, on elements and on primitives.
fn extension<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let Some(url) = evaluator.text_argument(&arguments, 0)? else { return Ok(()) };
    let Some(ty) = arguments.call.test.and_then(|test| test.fhir) else { return Ok(()) };
    for item in arguments.input {
        let Value::Node { node, sibling, .. } = item else { continue };
        let object = if node.is_object() { node } else { sibling };
        for node in object.get("extension").items().filter(|node| node.get("url").str_is(&url)) {
            out.push(Value::element(node, ty));
        }
    }
    Ok(())
}

/// Whether a single primitive has a value and not only extensions.
fn has_value<'t>(_: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    out.push(Value::Boolean(match arguments.input {
        [Value::Node { node, .. }] => !node.is_absent() && !node.is_object() && !node.is_array(),
        [_] => true,
        _ => false,
    }));
    Ok(())
}

fn get_value<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    if let [value] = arguments.input
        && !value.node().is_some_and(|node| node.is_object())
    {
        out.extend(value.to_system(evaluator.context.types));
    }
    Ok(())
}

/// References and canonicals; what cannot be resolved is left out.
fn resolve<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    for item in arguments.input {
        let text = match item {
            Value::Node { node, .. } if node.is_object() => node.get("reference").as_str(),
            other => other.text(),
        };
        let Some(text) = text else { continue };
        out.extend(evaluator.context.environment.resolve(&text, item));
    }
    evaluator.spend(out.len())
}

fn member_of<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let Some(set) = evaluator.text_argument(&arguments, 0)? else { return Ok(()) };
    let Some(value) = arguments.one()? else { return Ok(()) };
    out.extend(evaluator.context.environment.member_of(value, &set)?.map(Value::Boolean));
    Ok(())
}

fn conforms_to<'t>(
    evaluator: &mut Evaluator<'t, '_>,
    arguments: Arguments<'t, '_>,
    out: Out<'_, 't>,
) -> Done {
    let Some(profile) = evaluator.text_argument(&arguments, 0)? else { return Ok(()) };
    let Some(value) = arguments.one()? else { return Ok(()) };
    out.extend(evaluator.context.environment.conforms_to(value, &profile)?.map(Value::Boolean));
    Ok(())
}

fn html_checks<'t>(
    evaluator: &mut Evaluator<'t, '_>,
    arguments: Arguments<'t, '_>,
    out: Out<'_, 't>,
) -> Done {
    let Some(value) = arguments.one()? else { return Ok(()) };
    out.extend(evaluator.context.environment.html_checks(value).map(Value::Boolean));
    Ok(())
}

/// Whether the units of two quantities have one dimension.
fn comparable<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let left = evaluator.one(&arguments)?;
    let right = evaluator.argument(&arguments, 0)?;
    if let (Some(Value::Quantity(a)), Some(Value::Quantity(b))) = (left, right) {
        let (a, b) = (unit::comparable_code(&a.unit), unit::comparable_code(&b.unit));
        let alike = matches!((unit::parse(a), unit::parse(b)), (Some(a), Some(b)) if a.powers == b.powers);
        out.push(Value::Boolean(a == b || alike));
    }
    Ok(())
}
