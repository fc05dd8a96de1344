//! `sort`. Source: <https://build.fhir.org/ig/HL7/FHIRPath/#sort>

use std::cmp::Ordering;

use crate::error::Error;
use crate::evaluate::{Evaluator, order};
use crate::functions::{Arguments, Done, Function, Gives, Out, Takes};

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "sort",
    arguments: (0, 31),
    each: u32::MAX,
    takes: Takes::Any,
    gives: Gives::Input,
    run: sort,
}];

/// Stable. Items without a key come first, whatever the direction; a key written with a minus sorts from high to low.
fn sort<'t>(evaluator: &mut Evaluator<'t, '_>, arguments: Arguments<'t, '_>, out: Out<'_, 't>) -> Done {
    let mut keyed = Vec::with_capacity(arguments.input.len());
    for (index, item) in arguments.input.iter().enumerate() {
        let frame = arguments.frame.item(item, index);
        let mut keys = Vec::with_capacity(arguments.call.arguments.len().max(1));
        for plan in &arguments.call.arguments {
            keys.push(evaluator.single(plan, frame, arguments.call.at)?);
        }
        if keys.is_empty() {
            keys.push(Some(item.clone()));
        }
        keyed.push((keys, item));
    }
    let (types, call) = (evaluator.context.types, arguments.call);
    let sorted = merge_sort(keyed, &|(left, _), (right, _)| {
        for (at, (a, b)) in left.iter().zip(right).enumerate() {
            let descending = at < 32 && call.descending & (1 << at) != 0;
            let ordering = match (a, b) {
                (Some(a), Some(b)) => {
                    let ordering = order::order(types, a, b, call.at)?.unwrap_or(Ordering::Equal);
                    if descending { ordering.reverse() } else { ordering }
                }
                // Both ways, as the official suite has it.
                (a, b) => a.is_some().cmp(&b.is_some()),
            };
            if ordering.is_ne() {
                return Ok(ordering);
            }
        }
        Ok(Ordering::Equal)
    })?;
    out.extend(sorted.into_iter().map(|(_, item)| item.clone()));
    Ok(())
}

/// Not the library's sort: that one may panic where the order is not total, and the order of partial dates
/// is not.
fn merge_sort<T>(
    mut items: Vec<T>,
    order: &impl Fn(&T, &T) -> Result<Ordering, Error>,
) -> Result<Vec<T>, Error> {
    if items.len() < 2 {
        return Ok(items);
    }
    let right = items.split_off(items.len() / 2);
    let (left, right) = (merge_sort(items, order)?, merge_sort(right, order)?);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let from_right = order(a, b)?.is_gt();
        merged.extend(if from_right { right.next() } else { left.next() });
    }
    merged.extend(left);
    merged.extend(right);
    Ok(merged)
}
