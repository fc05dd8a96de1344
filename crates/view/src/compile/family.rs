//! Finds the sources that one visit can serve together.

use fhirkit_definitions::TypeModel;
use fhirkit_fhirpath::{Filtered, Shape, Type};

use crate::plan::{ColumnPlan, Family, Level, Part, Program, Relative, Source};
use crate::steps::Steps;

/// Conditions whose truths fit one word.
const MOST: usize = 64;

/// Programs of a level below which each may walk by itself.
const FEW: usize = 3;

/// Moves the sources of all levels that begin with `X.where(condition)` into families; gives the number of families.
pub(super) fn group(types: &TypeModel, columns: &[ColumnPlan], level: &mut Level) -> usize {
    let mut count = 0;
    group_below(types, columns, level, &mut count);
    count
}

fn group_below(types: &TypeModel, columns: &[ColumnPlan], level: &mut Level, count: &mut usize) {
    for source in std::mem::take(&mut level.sources) {
        // A list of no values is not null: lists are for the engine.
        let has_list = source.uses.iter().any(|used| columns[used.column as usize].kind.list);
        match family(types, &source).filter(|_| !has_list) {
            Some((family, is_whole)) => {
                let relative = Relative { source, is_whole };
                let alike = |other: &&mut Family| {
                    other.steps == family.steps && other.keys == family.keys && other.sources.len() < MOST
                };
                match level.families.iter_mut().find(alike) {
                    Some(known) => known.sources.push(relative),
                    None => {
                        level.families.push(Family { memo: *count, sources: vec![relative], ..family });
                        *count += 1;
                    }
                }
            }
            None => level.sources.push(source),
        }
    }
    settle(level);
    for part in &mut level.parts {
        match part {
            Part::Level(below) => group_below(types, columns, below, count),
            Part::Union(branches) => {
                branches.iter_mut().for_each(|branch| group_below(types, columns, branch, count));
            }
        }
    }
}

/// Gives the programs of a level slots for what they look up on its element, where one walk for all pays.
fn settle(level: &mut Level) {
    if level.sources.len() + level.families.len() < FEW {
        return;
    }
    let (keys, mut sources) = (&mut level.keys, level.sources.iter_mut());
    let relatives = level.families.iter_mut().map(|family| family.steps.settle(keys));
    relatives.for_each(drop);
    sources.by_ref().for_each(|source| match &mut source.program {
        Program::Steps(steps, _) => steps.settle(keys),
        Program::Expression(expression) => {
            source.needs = expression.needs().map(|members| {
                let mut slots = Vec::with_capacity(members.len());
                for route in members {
                    slots.push(keys.slot(&route.key));
                    if route.is_primitive {
                        slots.push(keys.slot(&format!("_{}", route.key)));
                    }
                }
                slots.into()
            });
        }
        Program::RowIndex => {}
    });
}

/// The family that a source belongs to, still without sources, and whether the items kept are the source's values.
fn family(types: &TypeModel, source: &Source) -> Option<(Family, bool)> {
    let Program::Expression(expression) = &source.program else { return None };
    let Filtered { steps, members, is_whole, .. } = expression.filtered()?;
    let ty = reached(types, steps)?;
    let mut keys = Vec::with_capacity(members.len());
    for route in members {
        keys.push(route.key.clone());
        if route.is_primitive {
            keys.push(format!("_{}", route.key).into());
        }
    }
    let shape = Shape::of(vec![Type::Fhir(ty)], false);
    let steps = Steps::new(types, steps, &shape)?;
    (!keys.is_empty()).then(|| (Family { memo: 0, steps, ty, keys, sources: Vec::new() }, is_whole))
}

/// The one complex type that steps reach.
fn reached(types: &TypeModel, steps: &[fhirkit_fhirpath::Step]) -> Option<fhirkit_definitions::TypeId> {
    let mut reached = steps.last()?.routes.iter().map(|route| route.to);
    let ty = reached.next()?;
    (reached.all(|other| other == ty) && !types.is_primitive(ty) && !types.is_resource(ty)).then_some(ty)
}
