//! The plan at work: a recursive walk that appends to buffers from a pool.

pub(crate) mod arithmetic;
pub(crate) mod equality;
pub(crate) mod join;
pub(crate) mod order;
pub(crate) mod path;
pub(crate) mod seen;
pub(crate) mod truth;

use std::borrow::Cow;

use crate::environment::{Context, Scratch};
use crate::error::Error;
use crate::functions::Arguments;
use crate::plan::{Call, Plan};
use crate::syntax::Operator;
use crate::value::Value;

/// Items that one evaluation may touch. The largest records known hold some hundred thousand elements; an
/// expression that needs more is running away.
const BUDGET: u64 = 20_000_000;
/// Items that one collection may have: what keeps the memory of an evaluation in bounds.
const MAX_ITEMS: usize = 1_000_000;

/// What `$this`, `$index` and `$total` mean at a place.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'t, 'f> {
    pub(crate) this: &'f [Value<'t>],
    pub(crate) index: Option<i32>,
    pub(crate) total: Option<&'f [Value<'t>]>,
}

impl<'t, 'f> Frame<'t, 'f> {
    /// The frame of an item that a function visits.
    pub(crate) fn item<'g>(self, item: &'g Value<'t>, index: usize) -> Frame<'t, 'g>
    where
        'f: 'g,
    {
        Frame {
            this: std::slice::from_ref(item),
            index: Some(i32::try_from(index).unwrap_or(i32::MAX)),
            total: self.total,
        }
    }
}

pub(crate) struct Evaluator<'t, 'c> {
    pub(crate) context: &'c Context<'t, 'c>,
    pub(crate) scratch: &'c mut Scratch,
    /// What the whole expression is evaluated on: `%context`.
    pub(crate) input: &'c Value<'t>,
    budget: u64,
}

impl<'t, 'c> Evaluator<'t, 'c> {
    pub(crate) fn new(
        context: &'c Context<'t, 'c>,
        input: &'c Value<'t>,
        scratch: &'c mut Scratch,
    ) -> Evaluator<'t, 'c> {
        Evaluator { context, scratch, input, budget: BUDGET }
    }

    /// Counts items touched.
    pub(crate) fn spend(&mut self, count: usize) -> Result<(), Error> {
        Self::check_size(count)?;
        let left = self.budget.checked_sub(count as u64 + 1);
        self.budget =
            left.ok_or_else(|| Error::execution(0, format!("evaluation touched more than {BUDGET} items")))?;
        Ok(())
    }

    pub(crate) fn check_size(count: usize) -> Result<(), Error> {
        if count > MAX_ITEMS {
            return Err(Error::execution(0, format!("a collection has more than {MAX_ITEMS} items")));
        }
        Ok(())
    }

    /// Appends the plan's items.
    pub(crate) fn eval(
        &mut self,
        plan: &'t Plan,
        frame: Frame<'t, '_>,
        out: &mut Vec<Value<'t>>,
    ) -> Result<(), Error> {
        match plan {
            Plan::Empty | Plan::Nothing => {}
            Plan::Literal(value) => out.push(borrow(value)),
            Plan::This => out.extend_from_slice(frame.this),
            Plan::Index => out.extend(frame.index.map(Value::Integer)),
            Plan::Total => out.extend_from_slice(frame.total.unwrap_or_default()),
            Plan::Context => out.push(self.context.context.as_ref().unwrap_or(self.input).clone()),
            Plan::Resource => out.push(self.context.resource.clone()),
            Plan::Root => out.push(self.context.root.clone()),
            Plan::RowIndex => out.push(Value::Integer(self.context.row_index)),
            Plan::Variable(at) => {
                out.extend_from_slice(self.context.variables.get(*at).map_or(&[][..], Vec::as_slice));
            }
            Plan::Path { input, steps } => return self.eval_path(input.as_deref(), steps, frame, out),
            Plan::Call(call) => return self.eval_call(call, frame, out),
            Plan::Indexer { at, input, index } => return self.eval_indexer(*at, input, index, frame, out),
            Plan::Negate { at, input } => {
                let Some(value) = self.single(input, frame, *at)? else { return Ok(()) };
                out.extend(arithmetic::negate(self.context.types, &value, *at)?);
            }
            Plan::TextEqual { .. } => out.extend(self.truth(plan, frame)?.map(Value::Boolean)),
            Plan::Binary { at, operator, left, right } => {
                if truth::is_boolean(*operator) {
                    out.extend(self.truth(plan, frame)?.map(Value::Boolean));
                } else if *operator == Operator::Union {
                    return self.union(left, right, frame, out);
                } else {
                    let left = self.single(left, frame, *at)?;
                    let right = self.single(right, frame, *at)?;
                    out.extend(arithmetic::apply(self.context.types, *operator, left, right, *at)?);
                }
            }
        }
        Ok(())
    }

    /// Runs with a buffer that goes back to the pool whatever comes.
    pub(crate) fn with_buffer<R>(
        &mut self,
        run: impl FnOnce(&mut Self, &mut Vec<Value<'t>>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let mut buffer = self.scratch.take();
        let result = run(self, &mut buffer);
        self.scratch.give(buffer);
        result
    }

    /// The plan's only item.
    pub(crate) fn single(
        &mut self,
        plan: &'t Plan,
        frame: Frame<'t, '_>,
        at: usize,
    ) -> Result<Option<Value<'t>>, Error> {
        if let Plan::Literal(value) = plan {
            return Ok(Some(borrow(value)));
        }
        self.with_buffer(|this, buffer| {
            this.eval(plan, frame, buffer)?;
            only(buffer, at).map(|value| value.cloned())
        })
    }

    fn eval_call(
        &mut self,
        call: &'t Call,
        frame: Frame<'t, '_>,
        out: &mut Vec<Value<'t>>,
    ) -> Result<(), Error> {
        if call.is_join
            && let Some(done) = self.joined(call, frame, out)
        {
            return done;
        }
        let run = call.function.run;
        let done = match &call.input {
            None => {
                self.spend(frame.this.len())?;
                run(self, Arguments { call, input: frame.this, frame }, out)
                    .map_err(|error| error.met(frame.this))
            }
            Some(input) => self.with_buffer(|this, buffer| {
                this.eval(input, frame, buffer)?;
                this.spend(buffer.len())?;
                run(this, Arguments { call, input: buffer, frame }, out).map_err(|error| error.met(buffer))
            }),
        };
        // A fault from deeper down or from outside that has no place yet gets this one.
        done.map_err(|error| if error.position() == 0 { error.placed_at(call.at) } else { error })
    }

    fn eval_path(
        &mut self,
        input: Option<&'t Plan>,
        steps: &'t [crate::plan::Step],
        frame: Frame<'t, '_>,
        out: &mut Vec<Value<'t>>,
    ) -> Result<(), Error> {
        let before = out.len();
        let types = self.context.types;
        match input {
            None => path::collect(types, frame.this, steps, out),
            Some(Plan::Resource) => {
                path::collect(types, std::slice::from_ref(&self.context.resource), steps, out);
            }
            Some(input) => self.with_buffer(|this, buffer| {
                this.eval(input, frame, buffer)?;
                this.spend(buffer.len())?;
                path::collect(types, buffer, steps, out);
                Ok(())
            })?,
        }
        self.spend(out.len() - before)
    }

    fn eval_indexer(
        &mut self,
        at: usize,
        input: &'t Plan,
        index: &'t Plan,
        frame: Frame<'t, '_>,
        out: &mut Vec<Value<'t>>,
    ) -> Result<(), Error> {
        let Some(index) = self.single(index, frame, at)? else { return Ok(()) };
        let Some(Value::Integer(index)) = index.to_system(self.context.types) else {
            return Err(Error::execution(at, "an index is an integer"));
        };
        self.with_buffer(|this, buffer| {
            this.eval(input, frame, buffer)?;
            if let Ok(index) = usize::try_from(index) {
                out.extend(buffer.get(index).cloned());
            }
            Ok(())
        })
    }

    fn union(
        &mut self,
        left: &'t Plan,
        right: &'t Plan,
        frame: Frame<'t, '_>,
        out: &mut Vec<Value<'t>>,
    ) -> Result<(), Error> {
        self.with_buffer(|this, buffer| {
            this.eval(left, frame, buffer)?;
            this.eval(right, frame, buffer)?;
            this.spend(buffer.len())?;
            seen::push_distinct(this.context.types, buffer, out);
            Ok(())
        })
    }
}

/// A literal as a value that borrows its text from the plan.
fn borrow<'t>(value: &'t Value<'static>) -> Value<'t> {
    match value {
        Value::String(text) => Value::String(Cow::Borrowed(text)),
        other => other.clone(),
    }
}

/// The only item of a collection.
pub(crate) fn only<'v, 't>(values: &'v [Value<'t>], at: usize) -> Result<Option<&'v Value<'t>>, Error> {
    match values {
        [] => Ok(None),
        [value] => Ok(Some(value)),
        _ => Err(Error::execution(at, format!("expected one item, found {}", values.len())).met(values)),
    }
}
