//! An expression on a resource given as JSON, with the result as text.

#![expect(clippy::unwrap_used, reason = "a helper of tests: what is missing fails the test")]

use fhirkit_definitions::{Definitions, TypeModel};
use fhirkit_fhirpath::{Context, Error, Expression, Scope, Scratch, Value};
use fhirkit_tape::{Span, Tape};

pub(crate) fn types() -> &'static TypeModel {
    Definitions::embedded().unwrap().types()
}

pub(crate) fn scope(resource: &str) -> Scope {
    Scope::on(types().type_named(resource).unwrap())
}

pub(crate) fn text(value: &Value<'_>) -> String {
    match value {
        Value::Node { node, .. } => match node.as_str() {
            Some(text) => text.into_owned(),
            None => node.raw_str().to_owned(),
        },
        Value::Boolean(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Long(value) => value.to_string(),
        Value::Decimal(value) => value.to_plain_string(),
        Value::String(value) => value.to_string(),
        Value::Date(value) => value.to_string(),
        Value::DateTime(value) => value.to_string(),
        Value::Time(value) => value.to_string(),
        Value::Quantity(value) => value.to_string(),
        Value::Type(info) => format!("{}.{}", info.namespace, info.name),
    }
}

/// The results and how many references stayed unresolved.
pub(crate) fn evaluate(
    json: &str,
    expression: &str,
    change: impl Fn(&mut Scope),
) -> Result<(Vec<String>, u64), Error> {
    let types = types();
    let mut tape = Tape::new();
    tape.load(json.as_bytes().to_vec());
    let root = tape.parse(Span { start: 0, end: json.len() as u32 }).unwrap();
    let node = tape.node(root);
    let mut scope = scope(&node.get("resourceType").as_str().unwrap());
    change(&mut scope);
    let ty = types.type_named(&node.get("resourceType").as_str().unwrap()).unwrap();
    let expression = Expression::compile(types, expression, &scope)?;
    let input = Value::element(node, ty);
    let (mut scratch, mut out) = (Scratch::new(), Vec::new());
    expression.evaluate(&Context::new(types, input.clone()), &input, &mut scratch, &mut out)?;
    Ok((out.iter().map(text).collect(), scratch.unresolved_count()))
}

pub(crate) fn results(json: &str, expression: &str) -> Vec<String> {
    evaluate(json, expression, |_| {}).unwrap().0
}
