//! The checked plan: every name resolved, every JSON key spelled out, ready to run on the tape.

use fhirkit_definitions::TypeId;

use crate::functions::Function;
use crate::syntax::Operator;
use crate::types::TypeTest;
use crate::value::Value;

/// One element step of a path.
#[derive(Clone, Debug)]
pub struct Step {
    /// The element's name in the expression.
    pub name: Box<str>,
    /// What to look up, by the type of the element it starts from.
    pub routes: Box<[Route]>,
    /// The element may start from types that are only known when the data is there; where no route starts
    /// from the type at hand, it is looked up in the definitions.
    pub dynamic: bool,
    /// Keep only the item at this index, counted over the whole collection that the path has reached.
    pub pick: Option<usize>,
}

/// The JSON key that holds an element of one type.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// The type of the element that holds it.
    pub from: TypeId,
    /// The key as it stands in JSON: `valueQuantity` for `value`.
    pub key: Box<str>,
    /// The type of what stands there.
    pub to: TypeId,
    /// It is a JSON array.
    pub is_array: bool,
    /// It may have a `_key` sibling with id and extensions.
    pub is_primitive: bool,
    /// What stands there is a resource, whose own type is in its `resourceType`.
    pub is_resource: bool,
}

#[derive(Debug)]
pub(crate) enum Plan {
    Empty,
    Literal(Value<'static>),
    This,
    Index,
    Total,
    Context,
    Resource,
    Root,
    RowIndex,
    /// A variable of the scope, by its place.
    Variable(usize),
    /// Element steps from an input, or from `$this`.
    Path {
        input: Option<Box<Plan>>,
        steps: Vec<Step>,
    },
    Indexer {
        at: usize,
        input: Box<Plan>,
        index: Box<Plan>,
    },
    Negate {
        at: usize,
        input: Box<Plan>,
    },
    Binary {
        at: usize,
        operator: Operator,
        left: Box<Plan>,
        right: Box<Plan>,
    },
    /// `path = 'text'` where the path holds text: the commonest criterion, run without making a value.
    TextEqual {
        path: Box<Plan>,
        text: Box<str>,
    },
    Call(Box<Call>),
    /// The items of a type that is not among those that may stand there, decided when compiled.
    Nothing,
}

#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) at: usize,
    pub(crate) function: &'static Function,
    /// `$this` where absent.
    pub(crate) input: Option<Plan>,
    pub(crate) arguments: Vec<Plan>,
    /// The type that a function of types was given.
    pub(crate) test: Option<TypeTest>,
    /// `sort`: bit n set where key n is descending.
    pub(crate) descending: u32,
    /// A `where()` that [`Joins`](crate::Joins) can answer.
    pub(crate) is_join: bool,
}
