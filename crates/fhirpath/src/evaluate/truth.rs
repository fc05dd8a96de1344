//! Conditions: three-valued, decided as early as possible, without making collections where one look is
//! enough.

use std::ops::ControlFlow;

use fhirkit_tape::{Kind, Node};

use crate::error::Error;
use crate::evaluate::{Evaluator, Frame, equality, only, order, path, seen};
use crate::plan::{Call, Plan, Step};
use crate::syntax::Operator;
use crate::value::Value;

/// Operators that give true, false or nothing.
pub(crate) fn is_boolean(operator: Operator) -> bool {
    operator.binding() <= 6
}

impl<'t> Evaluator<'t, '_> {
    /// True, false, or not known (empty).
    pub(crate) fn truth(&mut self, plan: &'t Plan, frame: Frame<'t, '_>) -> Result<Option<bool>, Error> {
        match plan {
            Plan::Empty | Plan::Nothing => Ok(None),
            Plan::Literal(Value::Boolean(value)) => Ok(Some(*value)),
            Plan::TextEqual { path, text } => self.text_equal(path, text, frame),
            Plan::Binary { at, operator, left, right } if is_boolean(*operator) => {
                self.operator(*at, *operator, left, right, frame)
            }
            Plan::Call(call) => match (call.function.name, call.arguments.is_empty(), &call.input) {
                ("exists", true, Some(input)) => self.exists(input, frame).map(Some),
                ("empty", _, Some(input)) => self.exists(input, frame).map(|found| Some(!found)),
                ("not", _, Some(input)) => Ok(self.truth(input, frame)?.map(|value| !value)),
                _ => self.truth_of_items(plan, call.at, frame),
            },
            _ => self.truth_of_items(plan, 0, frame),
        }
    }

    fn truth_of_items(
        &mut self,
        plan: &'t Plan,
        at: usize,
        frame: Frame<'t, '_>,
    ) -> Result<Option<bool>, Error> {
        self.with_buffer(|this, buffer| {
            this.eval(plan, frame, buffer)?;
            this.boolean(buffer, at)
        })
    }

    /// A collection as a condition: one boolean is itself, any other single item counts as true.
    pub(crate) fn boolean(&self, values: &[Value<'t>], at: usize) -> Result<Option<bool>, Error> {
        let Some(value) = only(values, at)? else { return Ok(None) };
        Ok(match value {
            Value::Boolean(value) => Some(*value),
            Value::Node { node, .. } => match node.as_bool() {
                Some(value) => Some(value),
                // A primitive without a value says nothing.
                None if node.is_absent() => None,
                None => Some(true),
            },
            _ => Some(true),
        })
    }

    /// Whether the plan has any item; a path is followed only to the first.
    pub(crate) fn exists(&mut self, plan: &'t Plan, frame: Frame<'t, '_>) -> Result<bool, Error> {
        match plan {
            Plan::Path { input: None, steps } => {
                self.spend(1)?;
                let types = self.context.types;
                let mut found = false;
                let _ = frame.this.iter().try_for_each(|value| {
                    path::visit(types, value, steps, &mut |_| {
                        found = true;
                        ControlFlow::Break(())
                    })
                });
                Ok(found)
            }
            Plan::Call(call) if call.function.name == "where" && call.input.is_some() => {
                self.exists_where(call, frame)
            }
            _ => self.with_buffer(|this, buffer| {
                this.eval(plan, frame, buffer)?;
                Ok(!buffer.is_empty())
            }),
        }
    }

    fn exists_where(&mut self, call: &'t Call, frame: Frame<'t, '_>) -> Result<bool, Error> {
        let (Some(input), Some(criterion)) = (&call.input, call.arguments.first()) else { return Ok(false) };
        if let Plan::Path { input: None, steps } = input {
            return self.exists_on_path(steps, criterion, frame);
        }
        self.with_buffer(|this, buffer| {
            this.eval(input, frame, buffer)?;
            for (index, item) in buffer.iter().enumerate() {
                if this.truth(criterion, frame.item(item, index))? == Some(true) {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }

    /// Whether some item of a path meets a criterion; the items are looked at as they are found.
    fn exists_on_path(
        &mut self,
        steps: &'t [Step],
        criterion: &'t Plan,
        frame: Frame<'t, '_>,
    ) -> Result<bool, Error> {
        let (types, mut index, mut found) = (self.context.types, 0, Ok(false));
        let _ = frame.this.iter().try_for_each(|value| {
            path::visit(types, value, steps, &mut |item| {
                match self.truth(criterion, frame.item(&item, index)) {
                    Ok(Some(true)) => found = Ok(true),
                    Ok(_) => {
                        index += 1;
                        return ControlFlow::Continue(());
                    }
                    Err(error) => found = Err(error),
                }
                ControlFlow::Break(())
            })
        });
        self.spend(index)?;
        found
    }

    fn text_equal(
        &mut self,
        plan: &'t Plan,
        text: &str,
        frame: Frame<'t, '_>,
    ) -> Result<Option<bool>, Error> {
        self.spend(1)?;
        if let (Plan::Path { steps, .. }, [item]) = (plan, frame.this)
            && let Some(node) = only_member(steps, item)
        {
            match node.kind() {
                // What has no value is no item to compare, whatever its sibling says.
                Kind::Absent | Kind::Null => return Ok(None),
                Kind::String => return Ok(Some(node.str_is(text))),
                _ => {}
            }
        }
        let (types, mut count, mut equal) = (self.context.types, 0, false);
        let mut look = |value: &Value<'t>| {
            if let Value::Node { node, .. } = value {
                // A primitive without a value is no item to compare.
                if node.is_absent() {
                    return ControlFlow::Continue(());
                }
                equal = node.str_is(text) || node.number().is_some_and(|digits| digits == text);
            }
            count += 1;
            if count > 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        match plan {
            Plan::Path { steps, .. } => {
                let _ = frame
                    .this
                    .iter()
                    .try_for_each(|value| path::visit(types, value, steps, &mut |found| look(&found)));
            }
            _ => {
                let _ = frame.this.iter().try_for_each(look);
            }
        }
        Ok(match count {
            0 => None,
            1 => Some(equal),
            _ => Some(false),
        })
    }

    fn operator(
        &mut self,
        at: usize,
        operator: Operator,
        left: &'t Plan,
        right: &'t Plan,
        frame: Frame<'t, '_>,
    ) -> Result<Option<bool>, Error> {
        match operator {
            Operator::And | Operator::Or | Operator::Xor | Operator::Implies => {
                let left = self.truth(left, frame)?;
                if let Some(decided) = decided_by_left(operator, left) {
                    return Ok(Some(decided));
                }
                let right = self.truth(right, frame)?;
                Ok(logic(operator, left, right))
            }
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                let left = self.single(left, frame, at)?;
                let right = self.single(right, frame, at)?;
                let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
                order::holds(self.context.types, operator, &left, &right, at)
            }
            _ => self.with_buffer(|this, a| {
                this.eval(left, frame, a)?;
                this.with_buffer(|this, b| {
                    this.eval(right, frame, b)?;
                    this.spend(a.len() + b.len())?;
                    this.compare_collections(at, operator, a, b)
                })
            }),
        }
    }

    fn compare_collections(
        &mut self,
        at: usize,
        operator: Operator,
        left: &[Value<'t>],
        right: &[Value<'t>],
    ) -> Result<Option<bool>, Error> {
        let types = self.context.types;
        match operator {
            Operator::Equal => Ok(equality::collections_equal(types, left, right)),
            Operator::NotEqual => Ok(equality::collections_equal(types, left, right).map(|equal| !equal)),
            Operator::Equivalent => equality::collections_equivalent(self, left, right).map(Some),
            Operator::NotEquivalent => {
                equality::collections_equivalent(self, left, right).map(|equal| Some(!equal))
            }
            Operator::In => {
                let Some(item) = only(left, at)? else { return Ok(None) };
                Ok(Some(seen::contains(types, right, item)))
            }
            _ => {
                let Some(item) = only(right, at)? else { return Ok(None) };
                Ok(Some(seen::contains(types, left, item)))
            }
        }
    }
}

/// What stands under the key of an only step from an element, where the step has one key whatever the data.
fn only_member<'t>(steps: &[Step], from: &Value<'t>) -> Option<Node<'t>> {
    let ([step], Value::Node { node, ty, .. }) = (steps, from) else { return None };
    let [route] = &*step.routes else { return None };
    let is_plain = node.is_object() && route.from == *ty && step.pick.is_none();
    is_plain.then(|| node.get(&route.key))
}

fn decided_by_left(operator: Operator, left: Option<bool>) -> Option<bool> {
    match (operator, left) {
        (Operator::And, Some(false)) => Some(false),
        (Operator::Or, Some(true)) | (Operator::Implies, Some(false)) => Some(true),
        _ => None,
    }
}

/// The truth tables of the specification. Source: <https://hl7.org/fhirpath/#boolean-logic>
fn logic(operator: Operator, left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match operator {
        Operator::And => match (left, right) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        Operator::Or => match (left, right) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        Operator::Xor => Some(left? != right?),
        _ => logic(Operator::Or, left.map(|value| !value), right),
    }
}
