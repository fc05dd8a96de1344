//! Paths that begin with `X.where(condition)`, where the condition looks at some members of the element alone: who
//! evaluates many of them can visit X once and remember what the conditions said of the same members before.

use crate::environment::{Context, Scratch};
use crate::error::Error;
use crate::evaluate::{Evaluator, Frame};
use crate::expression::Expression;
use crate::plan::{Call, Plan, Route, Step};
use crate::syntax::Operator;
use crate::value::Value;

/// A path that begins with `X.where(condition)`.
#[derive(Clone, Debug)]
pub struct Filtered<'e> {
    /// Steps from the input to X.
    pub steps: &'e [Step],
    /// The members of X's items that the condition depends on, by key, each once: a primitive's with its sibling. It
    /// depends on nothing else: equal bytes there, equal truth.
    pub members: Vec<&'e Route>,
    /// `X.where(condition)` is all there is. Otherwise more follows, which gives nothing when X gives nothing.
    pub is_whole: bool,
    condition: &'e Plan,
}

impl<'e> Filtered<'e> {
    pub(crate) fn of(plan: &'e Plan) -> Option<Self> {
        let mut at = plan;
        loop {
            at = match at {
                Plan::Path { input: Some(input), .. } => input,
                Plan::Indexer { input, index, .. } if is_whole_number(index) => input,
                Plan::Call(call) => match filter(call) {
                    Some((steps, condition)) => {
                        let mut members = Vec::new();
                        return looks_at(condition, true, &mut members).then(|| {
                            let mut members: Vec<&Route> = members;
                            members.sort_by(|a, b| a.key.cmp(&b.key));
                            members.dedup_by(|a, b| a.key == b.key);
                            Filtered { steps, members, is_whole: std::ptr::eq(at, plan), condition }
                        });
                    }
                    None if keeps_nothing(call) => call.input.as_ref()?,
                    None => return None,
                },
                _ => return None,
            };
        }
    }

    /// What the condition says of an item of X; only true keeps it.
    ///
    /// # Errors
    /// As [`Expression::evaluate`].
    pub fn keeps<'t>(
        &self,
        context: &Context<'t, '_>,
        item: &Value<'t>,
        scratch: &mut Scratch,
    ) -> Result<bool, Error>
    where
        'e: 't,
    {
        let frame = Frame { this: std::slice::from_ref(item), index: Some(0), total: None };
        Ok(Evaluator::new(context, item, scratch).truth(self.condition, frame)? == Some(true))
    }
}

impl Expression {
    /// Members of the input, one of which must be there for the expression to give anything: a primitive's counts
    /// as there with its sibling alone. None where nothing can be said.
    pub fn needs(&self) -> Option<Vec<&Route>> {
        let mut members = Vec::new();
        needs(self.plan(), &mut members).then_some(members)
    }

    /// The expression taken apart, where it begins with `X.where(condition)`, X is a simple path, and the condition
    /// looks at members of X's items alone.
    pub fn filtered(&self) -> Option<Filtered<'_>> {
        Filtered::of(self.plan())
    }
}

/// Steps and condition of a `where()` on a path from the input.
fn filter(call: &Call) -> Option<(&[Step], &Plan)> {
    match (call.function.name, &call.input, call.arguments.as_slice()) {
        ("where", Some(Plan::Path { input: None, steps }), [condition]) => Some((steps, condition)),
        _ => None,
    }
}

fn needs<'e>(plan: &'e Plan, members: &mut Vec<&'e Route>) -> bool {
    match plan {
        Plan::Path { input: Some(input), .. } => needs(input, members),
        Plan::Path { input: None, steps } => match steps.first() {
            Some(step) if !step.dynamic => {
                members.extend(step.routes.iter());
                true
            }
            _ => false,
        },
        Plan::Indexer { input, index, .. } => is_whole_number(index) && needs(input, members),
        Plan::Binary { operator: Operator::Union, left, right, .. } => {
            needs(left, members) && needs(right, members)
        }
        Plan::Call(call) if keeps_nothing(call) => {
            call.input.as_ref().is_some_and(|input| needs(input, members))
        }
        _ => false,
    }
}

fn is_whole_number(plan: &Plan) -> bool {
    matches!(plan, Plan::Literal(Value::Integer(_)))
}

/// Functions that give nothing for nothing, and do nothing besides.
fn keeps_nothing(call: &Call) -> bool {
    matches!(
        call.function.name,
        "where"
            | "select"
            | "first"
            | "last"
            | "ofType"
            | "as"
            | "distinct"
            | "replaceMatches"
            | "getReferenceKey"
            | "getReferenceType"
    )
}

/// Functions that look at their input and arguments alone.
fn is_pure(name: &str) -> bool {
    matches!(
        name,
        "where"
            | "exists"
            | "empty"
            | "not"
            | "all"
            | "count"
            | "first"
            | "last"
            | "ofType"
            | "as"
            | "is"
            | "hasValue"
            | "startsWith"
            | "endsWith"
            | "contains"
            | "matches"
            | "lower"
            | "upper"
    )
}

/// Collects the members of `$this` that a plan looks at; false where it looks at more than some members. `on_item`:
/// `$this` is the item that the condition is asked of, not one found below it.
fn looks_at<'e>(plan: &'e Plan, on_item: bool, members: &mut Vec<&'e Route>) -> bool {
    match plan {
        Plan::Empty | Plan::Literal(_) | Plan::Nothing => true,
        Plan::This => !on_item,
        Plan::Path { input: Some(input), .. } => looks_at(input, on_item, members),
        Plan::Path { input: None, steps } => {
            let Some(first) = steps.first() else { return !on_item };
            if on_item {
                members.extend(first.routes.iter());
            }
            !on_item || !first.dynamic
        }
        Plan::TextEqual { path, .. } => looks_at(path, on_item, members),
        Plan::Indexer { input, index, .. } => {
            looks_at(input, on_item, members) && looks_at(index, on_item, members)
        }
        Plan::Negate { input, .. } => looks_at(input, on_item, members),
        Plan::Binary { left, right, .. } => {
            looks_at(left, on_item, members) && looks_at(right, on_item, members)
        }
        Plan::Call(call) => {
            let input = match &call.input {
                Some(input) => looks_at(input, on_item, members),
                None => !on_item,
            };
            let argument = |(index, argument): (usize, &'e Plan)| {
                let each = call.function.each & 1_u32.checked_shl(index as u32).unwrap_or(0) != 0;
                looks_at(argument, on_item && !each, members)
            };
            input && is_pure(call.function.name) && call.arguments.iter().enumerate().all(argument)
        }
        Plan::Index
        | Plan::Total
        | Plan::Context
        | Plan::Resource
        | Plan::Root
        | Plan::RowIndex
        | Plan::Variable(_) => false,
    }
}
