//! The paths of `repeat`, which run on what they themselves reach.

use fhirkit_definitions::TypeModel;
use fhirkit_fhirpath::{Scope, Shape};

use super::{expression, iterated, single};
use crate::definition::Iteration;
use crate::error::{Error, Kind};
use crate::plan::Program;

/// Programs of the paths, and the shape of one element that they reach.
///
/// Each path is followed from the types reached so far until no further type is found. A path may lack on some of them
/// (`answer.item` on the resource), so what runs looks names up in the data; only a name that no R4 type has is a fault.
pub(super) fn programs(
    types: &TypeModel,
    iteration: &Iteration,
    place: &str,
    scope: &Scope,
) -> Result<(Vec<Program>, Shape), Error> {
    let mut reached = Shape { types: Vec::new(), ..scope.context.clone() };
    let mut programs = Vec::new();
    for (member, path) in iterated(iteration) {
        let here = expression::expression(types, path, scope);
        if let Err(error) = here
            && (error.kind() != Kind::UnknownPath || !known_somewhere(types, path))
        {
            return Err(error.at_place(format!("{place}.{member}")));
        }
        let unchecked = Scope { context: single(&Shape::any()), ..scope.clone() };
        programs.push(expression::program(types, path, &unchecked, true)?.0);
    }
    let mut from = scope.context.types.clone();
    while let Some(ty) = from.pop() {
        let scope = Scope { context: Shape::of(vec![ty], true), ..scope.clone() };
        for (_, path) in iterated(iteration) {
            let Ok(expression) = expression::expression(types, path, &scope) else { continue };
            let found = expression.result();
            reached.unchecked |= found.unchecked;
            for ty in &found.types {
                if !reached.types.contains(ty) {
                    reached.types.push(*ty);
                    from.push(*ty);
                }
            }
        }
    }
    Ok((programs, reached))
}

/// Whether every plain name of the path is an element of some R4 type.
fn known_somewhere(types: &TypeModel, path: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let names =
        path.split(|c: char| !is_word(c)).filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()));
    let mut elements = names.filter(|name| !path.contains(&format!("{name}(")));
    elements.all(|name| types.types().any(|ty| types.element(ty, name).is_some()))
}
