//! Filtering and projection. Source: <https://hl7.org/fhirpath/#filtering-and-projection>

use crate::evaluate::Evaluator;
use crate::evaluate::equality::collections_equal;
use crate::evaluate::join::is_of_surroundings;
use crate::evaluate::seen::Seen;
use crate::functions::{Arguments, Done, Function, Gives, Out, on_each};
use crate::plan::Plan;
use crate::syntax::Operator;

pub(super) const FUNCTIONS: &[Function] = &[
    on_each("where", (1, 1), Gives::Input, filter),
    on_each("select", (1, 1), Gives::Argument, select),
    on_each("repeat", (1, 1), Gives::Argument, repeat),
];

fn filter<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let Some(criterion) = arguments.plan(0) else { return Ok(()) };
    if arguments.call.is_join
        && let Some(done) = evaluator.join(&arguments, out)
    {
        return done;
    }
    if let Plan::Binary { operator: Operator::Equal, left, right, .. } = criterion
        && matches!(**left, Plan::Path { input: None, .. })
        && is_of_surroundings(right)
    {
        return filter_equal(evaluator, arguments, left, right, out);
    }
    for (index, item) in arguments.input.iter().enumerate() {
        if evaluator.truth(criterion, arguments.frame.item(item, index))? == Some(true) {
            out.push(item.clone());
        }
    }
    Ok(())
}

/// `where(path = %context.path)`: what the items are compared with is the same for all of them.
fn filter_equal<'t>(
    evaluator: &mut Evaluator<'t, '_>,
    arguments: Arguments<'t, '_>,
    left: &'t Plan,
    right: &'t Plan,
    out: Out<'_, 't>,
) -> Done {
    if arguments.input.is_empty() {
        return Ok(());
    }
    evaluator.with_buffer(|evaluator, wanted| {
        evaluator.eval(right, arguments.frame, wanted)?;
        if wanted.is_empty() {
            return Ok(());
        }
        evaluator.with_buffer(|evaluator, found| {
            for (index, item) in arguments.input.iter().enumerate() {
                found.clear();
                evaluator.eval(left, arguments.frame.item(item, index), found)?;
                evaluator.spend(wanted.len())?;
                if collections_equal(evaluator.context.types, found, wanted) == Some(true) {
                    out.push(item.clone());
                }
            }
            Ok(())
        })
    })
}

fn select<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let Some(projection) = arguments.plan(0) else { return Ok(()) };
    for (index, item) in arguments.input.iter().enumerate() {
        evaluator.eval(projection, arguments.frame.item(item, index), out)?;
    }
    Ok(())
}

/// Breadth first; an item equal to one that was met is not followed again, so cycles end.
fn repeat<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let Some(projection) = arguments.plan(0) else { return Ok(()) };
    let types = evaluator.context.types;
    let mut seen = Seen::default();
    let mut queue = arguments.input.to_vec();
    let mut found = Vec::new();
    while !queue.is_empty() {
        for (index, item) in queue.iter().enumerate() {
            evaluator.eval(projection, arguments.frame.item(item, index), &mut found)?;
        }
        evaluator.spend(found.len())?;
        Evaluator::check_size(seen.values.len())?;
        queue.clear();
        queue.extend(found.drain(..).filter(|item| seen.insert(types, item)));
    }
    out.append(&mut seen.values);
    Ok(())
}
