//! `%resource.X.where(… and k in %context.y)` on row after row of one resource: X is looked at once, not once a row.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::error::Error;
use crate::evaluate::{Evaluator, Frame, equality, seen};
use crate::filtered::looks_at_item_alone;
use crate::functions::Arguments;
use crate::plan::{Call, Plan};
use crate::syntax::Operator;
use crate::value::Value;

/// Below this, comparing each item is as fast, and nothing needs to be kept.
const MANY: usize = 64;

/// What the evaluations on one resource know of its long lists; a new one for each resource, in
/// [`Context::joins`](crate::Context::joins).
#[derive(Default)]
pub struct Joins<'t>(RefCell<Vec<Rc<Join<'t>>>>);

impl std::fmt::Debug for Joins<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Joins").finish_non_exhaustive()
    }
}

/// The items of a list by what a condition compares them with.
struct Join<'t> {
    call: &'t Call,
    form: Form<'t>,
    /// Those that the condition may keep, each with its key where it has an only one.
    items: Vec<(Value<'t>, Option<Value<'t>>)>,
    by_hash: HashMap<u64, Vec<u32>>,
    /// Those that the condition may fail on, with their place in the list.
    traps: Vec<(Value<'t>, usize)>,
}

/// The parts of `alone and (y.empty() or left in right)`, `=` in place of `in`, each of the first two left out or not.
#[derive(Clone, Copy)]
struct Form<'p> {
    condition: &'p Plan,
    /// Looks at the item alone.
    alone: Option<&'p Plan>,
    /// A path of the surroundings; without an item there, every item is kept.
    unless: Option<&'p Plan>,
    /// A path of the item, and one of the surroundings.
    left: &'p Plan,
    right: &'p Plan,
    is_in: bool,
}

/// Whether a call of `where()` has the form, on a list that is the same throughout the resource.
pub(crate) fn is_join(function: &str, input: Option<&Plan>, arguments: &[Plan]) -> bool {
    let of_resource = |input: &Plan| matches!(input, Plan::Path { input: Some(from), .. } if matches!(**from, Plan::Resource | Plan::Root));
    function == "where" && input.is_some_and(of_resource) && arguments.first().and_then(Form::of).is_some()
}

impl<'p> Form<'p> {
    fn of(condition: &'p Plan) -> Option<Self> {
        let (alone, rest) = match condition {
            Plan::Binary { operator: Operator::And, left, right, .. } => {
                (Some(&**left).filter(|plan| looks_at_item_alone(plan)), &**right)
            }
            rest => (None, rest),
        };
        if alone.is_none() && !std::ptr::eq(rest, condition) {
            return None;
        }
        let (unless, rest) = match rest {
            Plan::Binary { operator: Operator::Or, left, right, .. } => (Some(emptiness(left)?), &**right),
            rest => (None, rest),
        };
        let Plan::Binary { operator, left, right, .. } = rest else { return None };
        let is_fit = matches!(operator, Operator::In | Operator::Equal)
            && matches!(**left, Plan::Path { input: None, .. })
            && is_of_surroundings(right);
        let is_in = *operator == Operator::In;
        is_fit.then_some(Self { condition, alone, unless, left, right, is_in })
    }
}

/// The path in `path.empty()`, where it is one of the surroundings.
fn emptiness(plan: &Plan) -> Option<&Plan> {
    let Plan::Call(call) = plan else { return None };
    call.input.as_ref().filter(|input| call.function.name == "empty" && is_of_surroundings(input))
}

/// Whether a plan is a path from what stays the same while a function visits its items.
pub(crate) fn is_of_surroundings(plan: &Plan) -> bool {
    let Plan::Path { input: Some(input), .. } = plan else { return false };
    matches!(**input, Plan::Context | Plan::Resource | Plan::Root)
}

impl<'t> Evaluator<'t, '_> {
    /// What the call gives, where its list is known to be long.
    pub(crate) fn joined(
        &mut self,
        call: &'t Call,
        frame: Frame<'t, '_>,
        out: &mut Vec<Value<'t>>,
    ) -> Option<Result<(), Error>> {
        let known = self.context.joins?.0.try_borrow().ok()?;
        let join = known.iter().find(|join| std::ptr::eq(join.call, call)).map(Rc::clone)?;
        drop(known);
        Some(self.answer(&join, frame, out))
    }

    /// The same for a list that is met for the first time; none where it is short.
    pub(crate) fn join(
        &mut self,
        arguments: &Arguments<'t, '_>,
        out: &mut Vec<Value<'t>>,
    ) -> Option<Result<(), Error>> {
        let joins = self.context.joins.filter(|_| arguments.input.len() >= MANY)?;
        let form = Form::of(arguments.plan(0)?)?;
        let join = match self.gather(form, arguments) {
            Ok(join) => Rc::new(join),
            Err(error) => return Some(Err(error)),
        };
        joins.0.try_borrow_mut().ok()?.push(Rc::clone(&join));
        Some(self.answer(&join, arguments.frame, out))
    }

    fn gather(&mut self, form: Form<'t>, arguments: &Arguments<'t, '_>) -> Result<Join<'t>, Error> {
        let types = self.context.types;
        let (mut items, mut traps) = (Vec::new(), Vec::new());
        let mut by_hash: HashMap<u64, Vec<u32>> = HashMap::new();
        for (index, item) in arguments.input.iter().enumerate() {
            let frame = arguments.frame.item(item, index);
            let truth = form.alone.map_or(Ok(Some(true)), |alone| self.truth(alone, frame));
            let Ok(truth) = truth else {
                // It fails for every row, whatever comes after.
                traps.push((item.clone(), index));
                break;
            };
            if truth == Some(false) {
                continue;
            }
            let key = self.with_buffer(|this, found| {
                this.eval(form.left, frame, found)?;
                if form.is_in && found.len() > 1 {
                    traps.push((item.clone(), index));
                }
                Ok(if let [key] = found.as_slice() { Some(key.clone()) } else { None })
            })?;
            if truth != Some(true) {
                continue;
            }
            if let Some(key) = &key {
                by_hash.entry(seen::hash(types, key)).or_default().push(items.len() as u32);
            }
            items.push((item.clone(), key));
        }
        Ok(Join { call: arguments.call, form, items, by_hash, traps })
    }

    fn answer(
        &mut self,
        join: &Join<'t>,
        frame: Frame<'t, '_>,
        out: &mut Vec<Value<'t>>,
    ) -> Result<(), Error> {
        let form = join.form;
        for (item, index) in &join.traps {
            self.truth(form.condition, frame.item(item, *index))?;
        }
        if let Some(path) = form.unless
            && !self.exists(path, frame)?
        {
            self.spend(join.items.len())?;
            out.extend(join.items.iter().map(|(item, _)| item.clone()));
            return Ok(());
        }
        self.with_buffer(|this, wanted| {
            this.eval(form.right, frame, wanted)?;
            this.spend(wanted.len())?;
            if !form.is_in && wanted.len() > 1 {
                return this.compare_each(join, wanted, frame, out);
            }
            let mut kept = Vec::new();
            for value in wanted.iter() {
                let alike = join.by_hash.get(&seen::hash(this.context.types, value));
                for at in alike.into_iter().flatten() {
                    if let Some((_, Some(key))) = join.items.get(*at as usize)
                        && equality::equal(this.context.types, key, value) == Some(true)
                    {
                        kept.push(*at);
                    }
                }
            }
            kept.sort_unstable();
            kept.dedup();
            this.spend(kept.len())?;
            out.extend(
                kept.iter().filter_map(|at| join.items.get(*at as usize)).map(|(item, _)| item.clone()),
            );
            Ok(())
        })
    }

    /// `=` with several values: an item may have as many.
    fn compare_each(
        &mut self,
        join: &Join<'t>,
        wanted: &[Value<'t>],
        frame: Frame<'t, '_>,
        out: &mut Vec<Value<'t>>,
    ) -> Result<(), Error> {
        for (index, (item, _)) in join.items.iter().enumerate() {
            self.with_buffer(|this, found| {
                this.eval(join.form.left, frame.item(item, index), found)?;
                this.spend(wanted.len())?;
                if equality::collections_equal(this.context.types, found, wanted) == Some(true) {
                    out.push(item.clone());
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}
