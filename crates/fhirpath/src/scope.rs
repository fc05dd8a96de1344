//! What an expression may refer to.

use fhirkit_definitions::TypeId;

use crate::types::Shape;
use crate::value::Value;

/// What an expression may refer to: the type it starts from, constants, variables, and what is allowed.
#[derive(Clone, Debug)]
pub struct Scope {
    /// What the expression is evaluated on.
    pub context: Shape,
    /// `%resource` and `%rootResource`.
    pub resource: Shape,
    /// `%context`, where it is not what the expression is evaluated on.
    pub outer: Option<Shape>,
    /// `%name` with a value known now.
    pub constants: Vec<(String, Value<'static>)>,
    /// `%name` with a value known when evaluated, in the order of
    /// [`Context::variables`](crate::Context::variables).
    pub variables: Vec<(String, Shape)>,
    /// `memberOf` and `conformsTo` may be used; a view has nobody to ask.
    pub allow_lookups: bool,
    /// `%rowIndex` may be used.
    pub allow_row_index: bool,
    /// Functions that need an order are refused on collections that have none.
    pub check_order: bool,
}

impl Scope {
    /// An expression on a resource or element of that type.
    pub fn on(ty: TypeId) -> Scope {
        Scope { context: Shape::one(ty), resource: Shape::one(ty), ..Scope::unchecked() }
    }

    /// An expression on anything: names are not checked.
    pub fn unchecked() -> Scope {
        Scope {
            context: Shape::any().into_single(),
            resource: Shape::any().into_single(),
            outer: None,
            constants: Vec::new(),
            variables: Vec::new(),
            allow_lookups: true,
            allow_row_index: false,
            check_order: false,
        }
    }

    /// An expression of a view, on an element of a resource: no lookups outside, `%rowIndex` allowed.
    pub fn in_view(resource: TypeId, context: TypeId) -> Scope {
        Scope {
            resource: Shape::one(resource),
            allow_lookups: false,
            allow_row_index: true,
            ..Scope::on(context)
        }
    }
}
