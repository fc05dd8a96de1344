//! Tree → plan: names are resolved, types followed, JSON keys spelled out.

mod call;
mod constant;
mod member;

use std::borrow::Cow;
use std::cell::Cell;

use fhirkit_definitions::TypeModel;

use crate::decimal;
use crate::error::Error;
use crate::plan::{Call, Plan};
use crate::scope::Scope;
use crate::syntax::{Expr, ExprKind, Operator, TypeName, Unit};
use crate::types::{Shape, SystemType, Type, TypeTest, computes_as};
use crate::value::{Quantity, Value};

/// A plan and what it may give.
pub(crate) type Compiled = Result<(Plan, Shape), Error>;

/// What `$this` and `$total` may be at a place.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) this: Shape,
    pub(crate) total: Option<Shape>,
}

/// Nodes that one compilation may visit: `repeat` visits its projection several times, and nested ones
/// multiply.
const MAX_VISITS: u32 = 100_000;

pub(crate) struct Compiler<'d> {
    pub(crate) types: &'d TypeModel,
    pub(crate) scope: &'d Scope,
    visit_count: Cell<u32>,
}

impl<'d> Compiler<'d> {
    pub(crate) fn new(types: &'d TypeModel, scope: &'d Scope) -> Self {
        Compiler { types, scope, visit_count: Cell::new(0) }
    }

    pub(crate) fn expression(&self, expr: &Expr, place: &Place) -> Compiled {
        let at = expr.at;
        self.visit_count.set(self.visit_count.get() + 1);
        if self.visit_count.get() > MAX_VISITS {
            return Err(Error::semantic(at, "the expression is too involved to be checked"));
        }
        match &expr.kind {
            ExprKind::Empty => Ok((Plan::Empty, Shape::nothing())),
            ExprKind::Boolean(value) => Ok(literal(Value::Boolean(*value))),
            ExprKind::String(text) => Ok(literal(Value::String(Cow::Owned(text.clone())))),
            ExprKind::Number(digits) => number(digits, at).map(literal),
            ExprKind::Date(date) => Ok(literal(Value::Date(*date))),
            ExprKind::DateTime(moment) => Ok(literal(Value::DateTime(*moment))),
            ExprKind::Time(time) => Ok(literal(Value::Time(*time))),
            ExprKind::Quantity { number, unit } => quantity(number, unit, at).map(literal),
            ExprKind::Constant(name) => self.constant(name, at),
            ExprKind::This => Ok((Plan::This, place.this.clone())),
            ExprKind::Index => Ok((Plan::Index, Shape::system(SystemType::Integer))),
            ExprKind::Total => Ok((Plan::Total, place.total.clone().unwrap_or_else(Shape::any))),
            ExprKind::Member { input: None, name } => self.leading_name(name, at, place),
            ExprKind::Member { input: Some(input), name } => {
                let (plan, shape) = self.expression(input, place)?;
                self.member(Some(plan), &shape, name, at)
            }
            ExprKind::Call { input, name, arguments } => {
                self.call(at, input.as_deref(), name, arguments, place)
            }
            ExprKind::Indexer { input, index } => self.indexer(at, input, index, place),
            ExprKind::Polarity { negative, input } => {
                let (plan, shape) = self.expression(input, place)?;
                if !negative {
                    return Ok((plan, shape));
                }
                let shape = self.computed(&shape);
                Ok((negated(at, plan), shape))
            }
            ExprKind::Binary { operator, left, right } => self.binary(at, *operator, left, right, place),
            ExprKind::Type { is, input, name } => {
                let function = if *is { "is" } else { "as" };
                self.type_function(at, function, Some(input), name, place)
            }
        }
    }

    /// What the items turn into when computed with.
    pub(crate) fn computed(&self, shape: &Shape) -> Shape {
        let mut types = Vec::new();
        for ty in shape.types.iter().filter_map(|ty| computes_as(self.types, *ty)).map(Type::System) {
            if !types.contains(&ty) {
                types.push(ty);
            }
        }
        let unchecked = shape.unchecked || types.is_empty();
        Shape { types, unchecked, single: true, ordered: true }
    }

    fn indexer(&self, at: usize, input: &Expr, index: &Expr, place: &Place) -> Compiled {
        let (input, shape) = self.expression(input, place)?;
        self.check_order(&shape, at, "[]")?;
        let (index, _) = self.expression(index, place)?;
        let shape = shape.into_single();
        if let Plan::Literal(Value::Integer(index)) = &index
            && let Ok(index) = usize::try_from(*index)
        {
            return Ok((picked(input, index, at), shape));
        }
        Ok((Plan::Indexer { at, input: Box::new(input), index: Box::new(index) }, shape))
    }

    pub(crate) fn check_order(&self, shape: &Shape, at: usize, what: &str) -> Result<(), Error> {
        if self.scope.check_order && !shape.ordered {
            return Err(Error::semantic(at, format!("`{what}` needs an order that the collection has not")));
        }
        Ok(())
    }

    fn binary(&self, at: usize, operator: Operator, left: &Expr, right: &Expr, place: &Place) -> Compiled {
        let (left, left_shape) = self.expression(left, place)?;
        let (right, right_shape) = self.expression(right, place)?;
        let shape = match operator {
            Operator::Union => left_shape.clone().join(&right_shape).into_many(),
            Operator::Concatenate => Shape::system(SystemType::String),
            Operator::Add | Operator::Subtract | Operator::Multiply => {
                self.check_arithmetic(at, operator, &left_shape, &right_shape)?;
                let (left, right) = (self.computed(&left_shape), self.computed(&right_shape));
                if left.types == right.types { left } else { left.join(&right) }
            }
            Operator::Divide => {
                let quantities = self.computed(&left_shape);
                let decimal = Shape::system(SystemType::Decimal);
                let numbers = |ty| matches!(ty, Type::System(SystemType::Integer | SystemType::Decimal));
                if quantities.always(numbers) { decimal } else { decimal.join(&quantities) }
            }
            Operator::Div => Shape::system(SystemType::Integer),
            Operator::Mod => self.computed(&left_shape).join(&self.computed(&right_shape)),
            _ => Shape::system(SystemType::Boolean),
        };
        if operator == Operator::Equal
            && let Some(plan) = self.text_equal(&left, &left_shape, &right)
        {
            return Ok((plan, shape));
        }
        let (left, right) = (Box::new(left), Box::new(right));
        Ok((Plan::Binary { at, operator, left, right }, shape))
    }

    /// `path = 'text'` on a path from `$this` that can only reach text.
    fn text_equal(&self, left: &Plan, shape: &Shape, right: &Plan) -> Option<Plan> {
        let Plan::Literal(Value::String(text)) = right else { return None };
        let path = match left {
            Plan::Path { input: None, steps } => Plan::Path { input: None, steps: steps.clone() },
            Plan::This => Plan::This,
            _ => return None,
        };
        // Elements only: computed strings are compared as they are.
        let is_text =
            |ty| matches!(ty, Type::Fhir(_)) && computes_as(self.types, ty) == Some(SystemType::String);
        shape.always(is_text).then(|| Plan::TextEqual { path: Box::new(path), text: text.as_ref().into() })
    }

    /// A date moves by a quantity, never by a bare number.
    fn check_arithmetic(
        &self,
        at: usize,
        operator: Operator,
        left: &Shape,
        right: &Shape,
    ) -> Result<(), Error> {
        let computes = |shape: &Shape, wanted: &[SystemType]| {
            shape.always(|ty| computes_as(self.types, ty).is_some_and(|ty| wanted.contains(&ty)))
        };
        let dates = [SystemType::Date, SystemType::DateTime, SystemType::Time];
        let numbers = [SystemType::Integer, SystemType::Long, SystemType::Decimal];
        if computes(left, &dates) && computes(right, &numbers) {
            let symbol = operator.symbol();
            return Err(Error::semantic(
                at,
                format!("`{symbol}` moves a date by a quantity, found a number"),
            )
            .with_hint("write a unit: `7 days`"));
        }
        Ok(())
    }

    /// The type behind a name, with or without namespace.
    pub(crate) fn type_test(&self, name: &TypeName) -> Result<TypeTest, Error> {
        let fhir = || self.types.type_named(&name.name);
        match name.namespace.as_deref() {
            // A System type that does not exist is one that nothing has.
            Some("System") => Ok(TypeTest { fhir: None, system: SystemType::named(&name.name) }),
            Some("FHIR") => match fhir() {
                Some(ty) => Ok(TypeTest { fhir: Some(ty), system: None }),
                None => Err(self.unknown_type(name)),
            },
            Some(other) => {
                // A backbone is named after its owner: `Patient.contact`.
                match self.types.type_named(&format!("{other}.{}", name.name)) {
                    Some(ty) => Ok(TypeTest { fhir: Some(ty), system: None }),
                    None => Err(Error::semantic(name.at, format!("unknown namespace `{other}`"))
                        .with_hint("there are `System` and `FHIR`")),
                }
            }
            None => {
                let test = TypeTest { fhir: fhir(), system: SystemType::named(&name.name) };
                if test.fhir.is_none() && test.system.is_none() {
                    return Err(self.unknown_type(name));
                }
                Ok(test)
            }
        }
    }

    fn unknown_type(&self, name: &TypeName) -> Error {
        let error = Error::semantic(name.at, format!("unknown type `{}`", name.name));
        match self.types.nearest_type(&name.name) {
            Some(near) => error.with_hint(format!("did you mean `{near}`?")),
            None => error,
        }
    }
}

fn literal(value: Value<'static>) -> (Plan, Shape) {
    let shape = value.system_type().map_or_else(Shape::any, Shape::system);
    (Plan::Literal(value), shape)
}

/// A whole number beyond 32 bits is no FHIRPath integer.
fn number(digits: &str, at: usize) -> Result<Value<'static>, Error> {
    if digits.contains('.') {
        let value = decimal::parse(digits);
        return value.map(Value::Decimal).ok_or_else(|| Error::syntax(at, "number is too long"));
    }
    if let Ok(value) = digits.parse() {
        return Ok(Value::Integer(value));
    }
    Err(Error::syntax(at, format!("integer `{digits}` is beyond 32 bits"))
        .with_hint(format!("write it as a decimal: `{digits}.0`")))
}

fn quantity(digits: &str, unit: &Unit, at: usize) -> Result<Value<'static>, Error> {
    let value = decimal::parse(digits).ok_or_else(|| Error::syntax(at, "number is too long"))?;
    let (unit, calendar) = match unit {
        Unit::Calendar(word) => (Cow::Borrowed(*word), true),
        Unit::Ucum(code) => (Cow::Owned(code.clone()), false),
    };
    Ok(Value::Quantity(Box::new(Quantity { value, unit, calendar })))
}

/// The sign of a literal is part of it.
fn negated(at: usize, plan: Plan) -> Plan {
    match plan {
        Plan::Literal(Value::Integer(value)) => Plan::Literal(Value::Integer(value.wrapping_neg())),
        Plan::Literal(Value::Decimal(value)) => Plan::Literal(Value::Decimal(-value)),
        plan => Plan::Negate { at, input: Box::new(plan) },
    }
}

/// The item at an index. On a path from a single start it is a part of the last step.
pub(crate) fn picked(input: Plan, index: usize, at: usize) -> Plan {
    match input {
        Plan::Path { input: from, mut steps } if starts_single(from.as_deref()) => {
            if let Some(last) = steps.last_mut()
                && last.pick.is_none()
            {
                last.pick = Some(index);
                return Plan::Path { input: from, steps };
            }
            // A second pick finds its only item at 0.
            if index == 0 { Plan::Path { input: from, steps } } else { Plan::Nothing }
        }
        input => {
            let index = Value::Integer(i32::try_from(index).unwrap_or(i32::MAX));
            Plan::Indexer { at, input: Box::new(input), index: Box::new(Plan::Literal(index)) }
        }
    }
}

/// Whether a path from there starts at one item at most: `$this` always is one.
fn starts_single(input: Option<&Plan>) -> bool {
    match input {
        None | Some(Plan::Resource | Plan::Root | Plan::Context) => true,
        Some(Plan::Indexer { .. }) => true,
        Some(Plan::Call(call)) => is_single_call(call),
        Some(_) => false,
    }
}

fn is_single_call(call: &Call) -> bool {
    matches!(call.function.name, "first" | "last" | "single")
}
