//! Parts of a collection. Source: <https://hl7.org/fhirpath/#subsetting>

use crate::evaluate::Evaluator;
use crate::evaluate::seen::Seen;
use crate::functions::{Arguments, Done, Function, Gives, Out, Takes, plain};

pub(super) const FUNCTIONS: &[Function] = &[
    plain("single", (0, 0), Takes::Any, Gives::InputOne, single),
    plain("first", (0, 0), Takes::Ordered, Gives::InputOne, first),
    plain("last", (0, 0), Takes::Ordered, Gives::InputOne, last),
    plain("tail", (0, 0), Takes::Ordered, Gives::Input, tail),
    plain("skip", (1, 1), Takes::Ordered, Gives::Input, skip),
    plain("take", (1, 1), Takes::Ordered, Gives::Input, take),
    plain("intersect", (1, 1), Takes::Any, Gives::Input, intersect),
    plain("exclude", (1, 1), Takes::Any, Gives::Input, exclude),
];

fn single<'t>(_: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    out.extend(arguments.one()?.cloned());
    Ok(())
}

fn first<'t>(_: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    out.extend(arguments.input.first().cloned());
    Ok(())
}

fn last<'t>(_: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    out.extend(arguments.input.last().cloned());
    Ok(())
}

fn tail<'t>(_: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    out.extend_from_slice(arguments.input.get(1..).unwrap_or_default());
    Ok(())
}

/// A count below zero counts as zero.
fn number(count: Option<i32>) -> Option<usize> {
    count.map(|count| usize::try_from(count).unwrap_or(0))
}

fn skip<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let count = evaluator.integer_argument(&arguments, 0)?;
    if let Some(count) = number(count) {
        out.extend_from_slice(arguments.input.get(count..).unwrap_or_default());
    }
    Ok(())
}

fn take<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let count = evaluator.integer_argument(&arguments, 0)?;
    if let Some(count) = number(count) {
        out.extend_from_slice(arguments.input.get(..count).unwrap_or(arguments.input));
    }
    Ok(())
}

/// Distinct items that both hold.
fn intersect<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    evaluator.with_buffer(|evaluator, other| {
        evaluator.items_of(&arguments, 0, other)?;
        let types = evaluator.context.types;
        let other = Seen::of(types, other);
        let mut kept = Seen::default();
        for item in arguments.input.iter().filter(|item| other.contains(types, item)) {
            kept.insert(types, item);
        }
        out.append(&mut kept.values);
        Ok(())
    })
}

/// Items that the other does not hold, repeats and order kept.
fn exclude<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    evaluator.with_buffer(|evaluator, other| {
        evaluator.items_of(&arguments, 0, other)?;
        let types = evaluator.context.types;
        let other = Seen::of(types, other);
        out.extend(arguments.input.iter().filter(|item| !other.contains(types, item)).cloned());
        Ok(())
    })
}
