//! Calls: the function found, its input and arguments checked and compiled in their own surroundings.

use crate::compile::constant::nearest;
use crate::compile::{Compiled, Compiler, Place, picked};
use crate::error::Error;
use crate::evaluate::join;
use crate::functions::{self, Function, Gives, Takes};
use crate::plan::{Call, Plan};
use crate::syntax::{Expr, ExprKind, TypeName};
use crate::types::{Shape, SystemType, Type, TypeTest, computes_as};

/// `repeat` is compiled anew until no type is added; element types nest no deeper than this.
const REPEAT_ROUNDS: usize = 8;

impl Compiler<'_> {
    pub(crate) fn call(
        &self,
        at: usize,
        input: Option<&Expr>,
        name: &str,
        arguments: &[Expr],
        place: &Place,
    ) -> Compiled {
        let Some(function) = functions::find(name) else { return Err(unknown_function(name, at)) };
        check_count(function, arguments.len(), at)?;
        self.check_allowed(name, at)?;
        if let ("is" | "as" | "ofType", [argument]) = (name, arguments) {
            return self.type_function(at, name, input, &type_name(argument)?, place);
        }
        let (plan, shape) = match input {
            Some(input) => {
                let (plan, shape) = self.expression(input, place)?;
                (Some(plan), shape)
            }
            None => (None, place.this.clone()),
        };
        self.check_input(function, &shape, at)?;
        if name == "first" {
            let shape = shape.into_single();
            return Ok((picked(plan.unwrap_or(Plan::This), 0, at), shape));
        }
        let (arguments, test, descending, shapes) = if name == "getReferenceKey" {
            let test = arguments.first().map(|a| self.type_test(&type_name(a)?)).transpose()?;
            (Vec::new(), test, 0, Vec::new())
        } else {
            self.arguments(function, plan.is_some(), &shape, arguments, place)?
        };
        if name == "iif" {
            self.check_criterion(shapes.first(), at)?;
        }
        let (test, gives) = match name {
            "extension" => self.extension(&shape),
            _ => (test, self.gives(function, &shape, &shapes)),
        };
        let is_join = join::is_join(name, plan.as_ref(), &arguments);
        let call = Call { at, function, input: plan, arguments, test, descending, is_join };
        Ok((Plan::Call(Box::new(call)), gives))
    }

    /// A call without arguments of its own.
    pub(crate) fn bare_call(
        &self,
        at: usize,
        name: &str,
        input: Option<Plan>,
        test: Option<TypeTest>,
    ) -> Result<Plan, Error> {
        let Some(function) = functions::find(name) else { return Err(unknown_function(name, at)) };
        let call = Call { at, function, input, arguments: Vec::new(), test, descending: 0, is_join: false };
        Ok(Plan::Call(Box::new(call)))
    }

    pub(crate) fn type_function(
        &self,
        at: usize,
        function: &str,
        input: Option<&Expr>,
        name: &TypeName,
        place: &Place,
    ) -> Compiled {
        let input = match input {
            Some(input) => self.expression(input, place)?,
            None => (Plan::This, place.this.clone()),
        };
        self.type_filter(at, function, input, name)
    }

    fn check_allowed(&self, name: &str, at: usize) -> Result<(), Error> {
        if self.scope.allow_lookups || !matches!(name, "memberOf" | "conformsTo") {
            return Ok(());
        }
        Err(Error::semantic(at, format!("`{name}()` cannot be used in a view"))
            .with_hint("a view knows no value sets and no profiles; list the codes with `in`"))
    }

    fn check_input(&self, function: &Function, shape: &Shape, at: usize) -> Result<(), Error> {
        let complex = |ty| computes_as(self.types, ty).is_none();
        if function.takes == Takes::Simple && shape.always(complex) {
            let (name, found) = (function.name, self.names(shape));
            return Err(Error::semantic(at, format!("`{name}()` works on simple values, found `{found}`")));
        }
        if function.takes == Takes::Ordered {
            self.check_order(shape, at, function.name)?;
        }
        Ok(())
    }

    /// A criterion that can never be a boolean is a slip, even though a single item would count as true.
    fn check_criterion(&self, shape: Option<&Shape>, at: usize) -> Result<(), Error> {
        let Some(shape) = shape else { return Ok(()) };
        let never = |ty| matches!(ty, Type::System(system) if system != SystemType::Boolean);
        if shape.always(never) {
            let found = self.names(shape);
            return Err(Error::semantic(at, format!("`iif()` expects a boolean criterion, found `{found}`")));
        }
        Ok(())
    }

    /// Arguments and their shapes, in their surroundings: those on each item see the input as `$this`.
    #[expect(clippy::type_complexity, reason = "the parts of one call, taken apart at once")]
    fn arguments(
        &self,
        function: &Function,
        own_input: bool,
        input: &Shape,
        arguments: &[Expr],
        place: &Place,
    ) -> Result<(Vec<Plan>, Option<TypeTest>, u32, Vec<Shape>), Error> {
        let mut each = Place { this: input.clone().into_single(), total: place.total.clone() };
        if function.name == "iif" && !own_input {
            each = place.clone();
        }
        if function.name == "aggregate" {
            each.total = Some(Shape::any().into_single());
        }
        let (mut plans, mut shapes, mut descending) = (Vec::new(), Vec::new(), 0);
        for (index, argument) in arguments.iter().enumerate() {
            let bit = 1_u32.checked_shl(index as u32).unwrap_or(0);
            let mut argument = argument;
            if function.name == "sort"
                && let ExprKind::Polarity { negative: true, input } = &argument.kind
            {
                descending |= bit;
                argument = input;
            }
            let surroundings = if function.each & bit != 0 { &each } else { place };
            let (plan, shape) = match function.name {
                "repeat" => self.repeated(argument, &each)?,
                _ => self.expression(argument, surroundings)?,
            };
            plans.push(plan);
            shapes.push(shape);
        }
        Ok((plans, None, descending, shapes))
    }

    /// The projection of `repeat` sees what it gave before.
    fn repeated(&self, projection: &Expr, each: &Place) -> Compiled {
        let mut each = each.clone();
        let mut found = self.expression(projection, &each)?;
        for _ in 0..REPEAT_ROUNDS {
            let this = each.this.clone().join(&found.1).into_single();
            if this == each.this {
                break;
            }
            each.this = this;
            found = self.expression(projection, &each)?;
        }
        Ok((found.0, found.1.into_many()))
    }

    fn extension(&self, input: &Shape) -> (Option<TypeTest>, Shape) {
        let ty = self.types.type_named("Extension");
        let shape = ty.map_or_else(Shape::any, |ty| Shape::of(vec![Type::Fhir(ty)], false));
        let ordered = input.ordered;
        (Some(TypeTest { fhir: ty, system: None }), Shape { ordered, ..shape })
    }

    fn gives(&self, function: &Function, input: &Shape, arguments: &[Shape]) -> Shape {
        let first = || arguments.first().cloned().unwrap_or_else(Shape::any);
        match function.gives {
            Gives::One(system) => Shape::system(system),
            Gives::Many(system) => Shape::system(system).into_many(),
            Gives::Each(system) => Shape { single: input.single, ..Shape::system(system) },
            Gives::Input => input.clone(),
            Gives::InputOne => input.clone().into_single(),
            Gives::Computed => self.computed(input),
            Gives::InputAndArgument => input.clone().join(&first()).into_many(),
            Gives::Argument => {
                let found = first();
                let single = input.single && found.single;
                Shape { single, ordered: input.ordered && found.ordered, ..found }
            }
            Gives::Arguments => {
                let mut shapes = arguments.iter().skip(1);
                let found = shapes.next().cloned().unwrap_or_else(Shape::any);
                shapes.fold(found, |found, shape| found.join(shape))
            }
            Gives::Unordered => Shape { ordered: false, ..Shape::any() },
            Gives::Anything => Shape::any(),
        }
    }
}

fn unknown_function(name: &str, at: usize) -> Error {
    let error = Error::semantic(at, format!("unknown function `{name}()`"));
    match nearest(name, functions::all().map(|function| function.name)) {
        Some(near) => error.with_hint(format!("did you mean `{near}()`?")),
        None => error,
    }
}

fn check_count(function: &Function, found: usize, at: usize) -> Result<(), Error> {
    let (least, most) = function.arguments;
    if (least..=most).contains(&found) {
        return Ok(());
    }
    let wanted = match (least, most) {
        (0, 0) => "no arguments".to_owned(),
        (1, 1) => "1 argument".to_owned(),
        (least, most) if least == most => format!("{least} arguments"),
        (least, most) => format!("{least} to {most} arguments"),
    };
    Err(Error::semantic(at, format!("`{}()` takes {wanted}, found {found}", function.name)))
}

/// A type written where an argument stands: `Patient`, `FHIR.Patient`.
fn type_name(argument: &Expr) -> Result<TypeName, Error> {
    let at = argument.at;
    match &argument.kind {
        ExprKind::Member { input: None, name } => Ok(TypeName { at, namespace: None, name: name.clone() }),
        ExprKind::Member { input: Some(input), name } => match &input.kind {
            ExprKind::Member { input: None, name: namespace } => {
                Ok(TypeName { at: input.at, namespace: Some(namespace.clone()), name: name.clone() })
            }
            _ => Err(Error::semantic(at, "expected the name of a type")),
        },
        _ => Err(Error::semantic(at, "expected the name of a type")),
    }
}
