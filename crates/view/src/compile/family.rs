//! Finds the sources that one visit can serve together.

use fhirkit_definitions::TypeModel;
use fhirkit_fhirpath::{Filtered, Reads, Route, Shape, Type};

use crate::keys::Keys;
use crate::plan::{ColumnPlan, Family, Foci, Level, Part, Program, Recurring, Relative, Source};
use crate::steps::{self, Steps};

/// Conditions whose truths fit one word.
const MOST: usize = 64;

/// Programs of a level below which each may walk by itself.
const FEW: usize = 3;

/// Members that recurring sources may look at; more of them together rarely recur.
const MOST_MEMBERS: usize = 4;

/// Moves the sources of all levels that begin with `X.where(condition)` into families, and those that look at the same
/// members together; gives the numbers of families and of the latter groups.
pub(super) fn group(types: &TypeModel, columns: &[ColumnPlan], level: &mut Level) -> (usize, usize) {
    let mut counts = (0, 0);
    group_below(types, columns, level, &mut counts);
    counts
}

fn group_below(types: &TypeModel, columns: &[ColumnPlan], level: &mut Level, counts: &mut (usize, usize)) {
    for mut source in std::mem::take(&mut level.sources) {
        source.has_list = source.uses.iter().any(|used| columns[used.column as usize].kind.list);
        // A list of no values is not null: lists are for the engine.
        match family(types, &source).filter(|_| !source.has_list) {
            Some((family, is_whole)) => {
                let relative = Relative { source, is_whole };
                let alike = |other: &&mut Family| {
                    other.steps == family.steps && other.keys == family.keys && other.sources.len() < MOST
                };
                match level.families.iter_mut().find(alike) {
                    Some(known) => known.sources.push(relative),
                    None => {
                        level.families.push(Family { memo: counts.0, sources: vec![relative], ..family });
                        counts.0 += 1;
                    }
                }
            }
            None => level.sources.push(source),
        }
    }
    recurring(level, &mut counts.1);
    settle(level);
    for part in &mut level.parts {
        match part {
            Part::Level(below) => group_below(types, columns, below, counts),
            Part::Union(branches) => {
                branches.iter_mut().for_each(|branch| group_below(types, columns, branch, counts));
            }
        }
    }
}

/// Groups the sources whose result depends on the same few members alone. Plain steps are quick as they are: they join
/// a group, but make none.
fn recurring(level: &mut Level, count: &mut usize) {
    let mut rest = Vec::new();
    for source in std::mem::take(&mut level.sources) {
        let reads = match &source.program {
            // Equal members of two types are not the same.
            Program::Expression(expression)
                if !source.has_list && steps::only_type(expression.context()).is_some() =>
            {
                expression.reads()
            }
            _ => None,
        };
        // The resource recurs where it has several elements.
        let is_root = matches!(level.foci, Foci::Here);
        let reads = reads.map(|Reads { members, resource }| (read_keys(members), resource));
        let fits = |(keys, resource): &(Vec<_>, bool)| {
            (1..=MOST_MEMBERS).contains(&keys.len()) && !(*resource && is_root)
        };
        let Some((keys, of_document)) = reads.filter(fits) else {
            rest.push(source);
            continue;
        };
        let alike = |known: &&mut Recurring| known.keys == keys && known.of_document == of_document;
        match level.recurring.iter_mut().find(alike) {
            Some(known) => known.sources.push(source),
            None => {
                let (recall, slots, columns) = (*count, Vec::new(), Vec::new());
                *count += 1;
                level.recurring.push(Recurring {
                    recall,
                    of_document,
                    keys,
                    slots,
                    sources: vec![source],
                    columns,
                });
            }
        }
    }
    for source in rest {
        let of = |known: &&mut Recurring| match &source.program {
            Program::Steps(steps, _) => {
                !source.has_list
                    && !known.of_document
                    && steps.first_keys().eq(known.keys.iter().map(|key| &**key))
            }
            _ => false,
        };
        match level.recurring.iter_mut().find(of) {
            Some(known) => known.sources.push(source),
            None => level.sources.push(source),
        }
    }
    for known in &mut level.recurring {
        known.columns =
            known.sources.iter().flat_map(|source| &source.uses).map(|used| used.column).collect();
    }
}

/// Keys of members, with those of the siblings of primitives.
fn read_keys(members: Vec<&Route>) -> Vec<Box<str>> {
    let mut keys = Vec::with_capacity(members.len());
    for route in members {
        keys.push(route.key.clone());
        if route.is_primitive {
            keys.push(format!("_{}", route.key).into());
        }
    }
    keys
}

/// Gives the programs of a level slots for what they look up on its element, where one walk for all pays.
fn settle(level: &mut Level) {
    if level.recurring.is_empty() && level.sources.len() + level.families.len() < FEW {
        return;
    }
    let keys = &mut level.keys;
    level.families.iter_mut().for_each(|family| family.steps.settle(keys));
    for known in &mut level.recurring {
        known.slots = known.keys.iter().map(|key| keys.slot(key)).collect();
        known.sources.iter_mut().for_each(|source| settle_source(source, keys));
    }
    level.sources.iter_mut().for_each(|source| settle_source(source, keys));
    stems(level);
}

fn settle_source(source: &mut Source, keys: &mut Keys) {
    match &mut source.program {
        Program::Steps(steps, _) => steps.settle(keys),
        Program::Expression(expression) => {
            let needs = expression.needs().map(read_keys);
            source.needs = needs.map(|needs| needs.iter().map(|key| keys.slot(key)).collect());
        }
        Program::RowIndex => {}
    }
}

/// Has what the steps of several sources begin with reached once for all.
fn stems(level: &mut Level) {
    let programs = |level: &Level| {
        let steps = level.sources.iter().filter_map(|source| match &source.program {
            Program::Steps(steps, _) => steps.stem().map(Steps::of),
            _ => None,
        });
        steps.collect::<Vec<_>>()
    };
    let all = programs(level);
    for source in &mut level.sources {
        let Program::Steps(steps, _) = &mut source.program else { continue };
        let Some(own) = steps.stem().map(Steps::of) else { continue };
        if all.iter().filter(|stem| **stem == own).count() < 2 {
            continue;
        }
        let known = level.stems.iter().position(|stem| *stem == own);
        let at = known.unwrap_or_else(|| {
            level.stems.push(own);
            level.stems.len() - 1
        });
        steps.grow_from(at as u16);
    }
    level.stems.iter_mut().for_each(|stem| stem.settle(&mut level.keys));
}

/// The family that a source belongs to, still without sources, and whether the items kept are the source's values.
fn family(types: &TypeModel, source: &Source) -> Option<(Family, bool)> {
    let Program::Expression(expression) = &source.program else { return None };
    let Filtered { steps, members, is_whole, .. } = expression.filtered()?;
    let ty = reached(types, steps)?;
    let keys = read_keys(members);
    let shape = Shape::of(vec![Type::Fhir(ty)], false);
    let steps = Steps::new(types, expression.context(), steps, &shape)?;
    (!keys.is_empty()).then(|| (Family { memo: 0, steps, ty, keys, sources: Vec::new() }, is_whole))
}

/// The one complex type that steps reach.
fn reached(types: &TypeModel, steps: &[fhirkit_fhirpath::Step]) -> Option<fhirkit_definitions::TypeId> {
    let mut reached = steps.last()?.routes.iter().map(|route| route.to);
    let ty = reached.next()?;
    (reached.all(|other| other == ty) && !types.is_primitive(ty) && !types.is_resource(ty)).then_some(ty)
}
