//! FHIRPath of a view: compiled in its scope, its faults told in the view's words.

use fhirkit_definitions::TypeModel;
use fhirkit_fhirpath::{Error as PathError, ErrorKind, Expression, Scope, Shape, SystemType, Type};

use crate::error::{Error, Kind};
use crate::plan::Program;
use crate::steps::Steps;

/// The path as an expression of the engine.
pub(super) fn expression(types: &TypeModel, path: &str, scope: &Scope) -> Result<Expression, Error> {
    Expression::compile(types, path, scope).map_err(|error| fault(path, &error))
}

/// The path in the fastest form that it has, with what it gives.
///
/// `for_iteration`: what it gives is iterated over, so primitives keep their siblings and resources their types.
pub(super) fn program(
    types: &TypeModel,
    path: &str,
    scope: &Scope,
    for_iteration: bool,
) -> Result<(Program, Shape), Error> {
    let expression = expression(types, path, scope)?;
    let shape = expression.result().clone();
    if path.trim() == "%rowIndex" {
        return Ok((Program::RowIndex, shape));
    }
    let steps =
        expression.simple_path().and_then(|path| Steps::new(types, expression.context(), path, &shape));
    let fits = |steps: &Steps| !for_iteration || steps.ty.is_some_and(|ty| !types.is_primitive(ty));
    Ok(match steps.filter(fits) {
        Some(steps) => (Program::Steps(steps, Box::new(expression)), shape),
        None => (Program::Expression(expression), shape),
    })
}

/// A condition: a path that gives a boolean.
pub(super) fn filter(types: &TypeModel, path: &str, scope: &Scope) -> Result<Expression, Error> {
    let expression = expression(types, path, scope)?;
    let shape = expression.result();
    let boolean = |ty: &Type| match ty {
        Type::System(ty) => *ty == SystemType::Boolean,
        Type::Fhir(ty) => types.name(*ty) == "boolean",
    };
    if shape.unchecked || shape.types.iter().all(boolean) {
        return Ok(expression);
    }
    let found =
        type_names(types, shape).iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
    Err(Error::new(Kind::WhereNotBoolean, format!("`where` wants a boolean, the path gives {found}"))
        .in_expression(path, None)
        .with_hint(Some("compare it, or ask with exists()".to_owned())))
}

/// Names of the types that may stand there, `System.` before those of FHIRPath; none when nothing is known.
pub(super) fn type_names(types: &TypeModel, shape: &Shape) -> Vec<String> {
    if shape.unchecked {
        return Vec::new();
    }
    let name = |ty: &Type| match ty {
        Type::System(ty) => format!("System.{}", ty.name()),
        Type::Fhir(ty) => types.name(*ty).to_owned(),
    };
    shape.types.iter().map(name).collect()
}

fn fault(path: &str, error: &PathError) -> Error {
    let message = error.to_string();
    let kind = match error.kind() {
        ErrorKind::Semantic if message.contains(" has no ") => Kind::UnknownPath,
        _ => Kind::Expression,
    };
    Error::new(kind, message)
        .in_expression(path, Some(error.position()))
        .with_hint(error.hint().map(str::to_owned))
}
