//! `aggregate`. Source: <https://hl7.org/fhirpath/#aggregates>

use crate::evaluate::{Evaluator, Frame};
use crate::functions::{Arguments, Done, Function, Gives, Out, on_each};

pub(super) const FUNCTIONS: &[Function] = &[on_each("aggregate", (1, 2), Gives::Anything, aggregate)];

fn aggregate<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let Some(step) = arguments.plan(0) else { return Ok(()) };
    let (mut total, mut next) = (Vec::new(), Vec::new());
    evaluator.items_of(&arguments, 1, &mut total)?;
    for (index, item) in arguments.input.iter().enumerate() {
        let frame = Frame { total: Some(&total), ..arguments.frame.item(item, index) };
        evaluator.eval(step, frame, &mut next)?;
        evaluator.spend(next.len())?;
        std::mem::swap(&mut total, &mut next);
        next.clear();
    }
    out.append(&mut total);
    Ok(())
}
