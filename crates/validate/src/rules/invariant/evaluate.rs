//! An expression of a definition, compiled, and what it comes to at a place of the walk.

use fhirkit_definitions::{TypeId, TypeModel};
use fhirkit_fhirpath::{Context, Expression, Scope, Scratch, Shape, Value};
use fhirkit_tape::Node;

use super::environment::Outside;
use crate::walk::Walk;

/// A compiled expression.
#[derive(Debug)]
pub(crate) struct Compiled {
    expression: Expression,
    /// It looks at the resource around, whose type must then be known.
    asks_around: bool,
}

/// What an evaluation comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    Holds,
    Fails,
    Unknown,
}

impl Compiled {
    /// An invariant of a type.
    pub(super) fn of_type(types: &TypeModel, text: &str, ty: TypeId) -> Option<Self> {
        // Guides hold expressions that name what their type does not have; then it is just not there.
        Self::new(types, text, Scope { context: Shape::one(ty), ..Scope::unchecked() })
            .or_else(|| Self::new(types, text, Scope::unchecked()))
    }

    /// An expression that may be asked anywhere; `variables` are known when it is evaluated.
    pub(crate) fn anywhere(types: &TypeModel, text: &str, variables: &[&str]) -> Option<Self> {
        let variables =
            variables.iter().map(|name| ((*name).to_owned(), Scope::unchecked().context)).collect();
        Self::new(types, text, Scope { variables, ..Scope::unchecked() })
    }

    fn new(types: &TypeModel, text: &str, scope: Scope) -> Option<Self> {
        // The HL7 validator lets `as()` filter, and R4's own invariants count on it.
        let text = &text.replace(".as(", ".ofType(");
        let expression = Expression::compile(types, text, &scope).ok()?;
        let asks_around = text.contains("%resource") || text.contains("%rootResource");
        Some(Self { expression, asks_around })
    }

    /// Whether it holds of a value.
    pub(super) fn truth<'t>(
        &'t self,
        types: &TypeModel,
        outside: &Outside<'_, 't>,
        input: &Value<'t>,
        scratch: &mut Scratch,
    ) -> Truth {
        let Some(context) = self.context(types, outside, input, &[]) else { return Truth::Unknown };
        match self.expression.truth(&context, input, scratch) {
            Err(_) => Truth::Unknown,
            Ok(_) if outside.was_at_a_loss() => Truth::Unknown,
            // An expression that comes to nothing, because what it speaks of is not there, asks nothing either.
            Ok(None | Some(true)) => Truth::Holds,
            Ok(Some(false)) => Truth::Fails,
        }
    }

    /// What it gives for a value; nothing where that cannot be told.
    pub(crate) fn values<'t>(
        &'t self,
        types: &TypeModel,
        outside: &Outside<'_, 't>,
        input: &Value<'t>,
        variables: &[Vec<Value<'t>>],
        scratch: &mut Scratch,
    ) -> Option<Vec<Value<'t>>> {
        let context = self.context(types, outside, input, variables)?;
        let mut values = Vec::new();
        self.expression.evaluate(&context, input, scratch, &mut values).ok()?;
        (!outside.was_at_a_loss()).then_some(values)
    }

    fn context<'t, 'e>(
        &self,
        types: &'e TypeModel,
        outside: &'e Outside<'_, 't>,
        input: &Value<'t>,
        variables: &'e [Vec<Value<'t>>],
    ) -> Option<Context<'t, 'e>> {
        let (resource, root) = match self.asks_around {
            true => (as_value(outside.resource, types)?, as_value(outside.root, types)?),
            false => (input.clone(), input.clone()),
        };
        Some(Context { root, environment: outside, variables, ..Context::new(types, resource) })
    }
}

/// A resource as FHIRPath knows it; nothing where it is of no type of R4.
pub(crate) fn as_value<'t>(resource: Node<'t>, types: &TypeModel) -> Option<Value<'t>> {
    let name = resource.get("resourceType").as_str()?;
    types.type_named(&name).map(|ty| Value::element(resource, ty))
}

/// Asks an expression in the world of a walk. `around`: `%resource` and `%rootResource`.
pub(crate) fn ask<'t, T>(
    walk: &mut Walk<'_, '_, 't>,
    around: (Node<'t>, Node<'t>),
    ask: impl FnOnce(&TypeModel, &Outside<'_, 't>, &mut Scratch) -> T,
) -> T {
    let automaton = walk.automaton();
    let (scope, depth) = (walk.scope().clone(), walk.scratch().depth);
    let contained = std::mem::take(walk.contained());
    let outside = Outside::new(automaton, scope, depth, around, contained);
    let mut scratch = std::mem::take(&mut walk.scratch().fhirpath);
    let answer = ask(automaton.types(), &outside, &mut scratch);
    walk.scratch().fhirpath = scratch;
    *walk.contained() = outside.into_contained();
    answer
}
