//! Tree navigation. Source: <https://hl7.org/fhirpath/#tree-navigation>

use crate::evaluate::{Evaluator, path};
use crate::functions::{Arguments, Done, Function, Gives, Out, Takes, plain};

pub(super) const FUNCTIONS: &[Function] = &[
    plain("children", (0, 0), Takes::Any, Gives::Unordered, children),
    plain("descendants", (0, 0), Takes::Any, Gives::Unordered, descendants),
];

fn children<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let before = out.len();
    for item in arguments.input {
        path::children(evaluator.context.types, item, out);
    }
    evaluator.spend(out.len() - before)
}

/// Level by level, each item once: a tree has no cycles.
fn descendants<'t>(
    evaluator: &mut Evaluator<'t, '_>,
    arguments: Arguments<'t, '_>,
    out: Out<'_, 't>,
) -> Done {
    let mut next = out.len();
    children(evaluator, arguments, out)?;
    while let Some(item) = out.get(next).cloned() {
        next += 1;
        let before = out.len();
        path::children(evaluator.context.types, &item, out);
        evaluator.spend(out.len() - before)?;
    }
    Ok(())
}
