//! Two collections as one. Source: <https://hl7.org/fhirpath/#combining>

use crate::evaluate::{Evaluator, seen};
use crate::functions::{Arguments, Done, Function, Gives, Out, Takes, plain};

pub(super) const FUNCTIONS: &[Function] = &[
    plain("union", (1, 1), Takes::Any, Gives::InputAndArgument, union),
    plain("combine", (1, 1), Takes::Any, Gives::InputAndArgument, combine),
];

fn union<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    evaluator.with_buffer(|evaluator, both| {
        both.extend_from_slice(arguments.input);
        evaluator.items_of(&arguments, 0, both)?;
        seen::push_distinct(evaluator.context.types, both, out);
        Ok(())
    })
}

fn combine<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    out.extend_from_slice(arguments.input);
    evaluator.items_of(&arguments, 0, out)
}
