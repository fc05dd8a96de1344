//! A compiled expression.

use fhirkit_definitions::TypeModel;

use crate::compile::{Compiler, Place};
use crate::environment::{Context, Scratch};
use crate::error::Error;
use crate::evaluate::{Evaluator, Frame};
use crate::plan::{Plan, Step};
use crate::scope::Scope;
use crate::syntax::parser::parse;
use crate::types::Shape;
use crate::value::Value;

/// An expression, parsed and checked, ready to run any number of times on any thread.
#[derive(Debug)]
pub struct Expression {
    text: String,
    plan: Plan,
    context: Shape,
    result: Shape,
}

impl Expression {
    /// Parses an expression and checks it against the definitions.
    ///
    /// # Errors
    /// Where the text is not FHIRPath, or where a name, type or number of arguments does not fit.
    pub fn compile(types: &TypeModel, text: &str, scope: &Scope) -> Result<Expression, Error> {
        let tree = parse(text)?;
        let compiler = Compiler::new(types, scope);
        let place = Place { this: scope.context.clone(), total: None };
        let (plan, result) = compiler.expression(&tree, &place)?;
        Ok(Expression { text: text.to_owned(), plan, context: place.this, result })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What it was compiled to be evaluated on.
    pub fn context(&self) -> &Shape {
        &self.context
    }

    /// What it may give, as far as the definitions tell.
    pub fn result(&self) -> &Shape {
        &self.result
    }

    /// The steps, where the whole expression is element steps from its input and nothing else: choices
    /// narrowed by `ofType`, fixed indexes and `first()` are part of a step. `$this` has none.
    pub fn simple_path(&self) -> Option<&[Step]> {
        match &self.plan {
            Plan::This => Some(&[]),
            Plan::Path { input: None, steps } => Some(steps),
            _ => None,
        }
    }

    /// Appends what the expression gives for an input.
    ///
    /// # Errors
    /// Where the data meets the expression with something it cannot handle: several items where one is
    /// expected, types that do not compare, or work beyond the limit.
    pub fn evaluate<'t>(
        &'t self,
        context: &Context<'t, '_>,
        input: &Value<'t>,
        scratch: &mut Scratch,
        out: &mut Vec<Value<'t>>,
    ) -> Result<(), Error> {
        let frame = Frame { this: std::slice::from_ref(input), index: None, total: None };
        Evaluator::new(context, input, scratch).eval(&self.plan, frame, out)
    }

    /// Evaluates as a condition: true, false, or nothing where it is not known. An only item that is not a
    /// boolean counts as true.
    ///
    /// # Errors
    /// As [`Expression::evaluate`], and where there are several items.
    pub fn truth<'t>(
        &'t self,
        context: &Context<'t, '_>,
        input: &Value<'t>,
        scratch: &mut Scratch,
    ) -> Result<Option<bool>, Error> {
        let frame = Frame { this: std::slice::from_ref(input), index: None, total: None };
        Evaluator::new(context, input, scratch).truth(&self.plan, frame)
    }

    /// Shows what a [simple path](Expression::simple_path) reaches, until told to stop.
    pub fn visit<'t>(
        types: &TypeModel,
        from: &Value<'t>,
        steps: &[Step],
        show: &mut dyn FnMut(Value<'t>) -> std::ops::ControlFlow<()>,
    ) {
        let _ = crate::evaluate::path::visit(types, from, steps, show);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Expression>();
    }
}
