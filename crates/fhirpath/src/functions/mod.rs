//! The functions of FHIRPath and FHIR: one file a group, one table a file.

mod aggregate;
mod boundary;
mod combine;
mod convert;
mod encode;
mod existence;
mod fhir;
mod filter;
mod keys;
mod math;
pub(crate) mod pattern;
mod sort;
mod subset;
mod text;
mod tree;
mod types;
mod utility;

use std::borrow::Cow;

use crate::error::Error;
use crate::evaluate::{Evaluator, Frame, only};
use crate::plan::{Call, Plan};
use crate::types::SystemType;
use crate::value::Value;

/// Bytes that a computed text may have.
pub(crate) const MAX_TEXT: usize = 16 * 1024 * 1024;

/// A function as the compiler and the evaluator see it.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// Fewest and most arguments.
    pub(crate) arguments: (usize, usize),
    /// Bit n is set where argument n is evaluated on each item instead of on the surroundings.
    pub(crate) each: u32,
    /// What it asks of its input.
    pub(crate) takes: Takes,
    pub(crate) gives: Gives,
    pub(crate) run: Run,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}()", self.name)
    }
}

/// What a function asks of its input when it is compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    Any,
    /// Values that compute: no complex elements.
    Simple,
    /// A collection whose order has a meaning.
    Ordered,
}

/// What a function gives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gives {
    /// One item of this type, or none.
    One(SystemType),
    /// Items of this type.
    Many(SystemType),
    /// For each item of its input at most one of this type.
    Each(SystemType),
    /// Items of its input.
    Input,
    /// One item of its input, or none.
    InputOne,
    /// The items of its input turned into values that compute: numbers stay what they are.
    Computed,
    /// Items of its input and of its first argument.
    InputAndArgument,
    /// What its first argument gives for each item.
    Argument,
    /// What its first argument gives, or its second.
    Arguments,
    /// Nothing can be said, and the order means nothing.
    Unordered,
    /// Nothing can be said.
    Anything,
}

pub(crate) type Out<'o, 't> = &'o mut Vec<Value<'t>>;
pub(crate) type Done = Result<(), Error>;
pub(crate) type Run = for<'t, 'c, 'f> fn(&mut Evaluator<'t, 'c>, Arguments<'t, 'f>, Out<'_, 't>) -> Done;

/// A call with its input.
#[derive(Clone, Copy)]
pub(crate) struct Arguments<'t, 'f> {
    pub(crate) call: &'t Call,
    pub(crate) input: &'f [Value<'t>],
    pub(crate) frame: Frame<'t, 'f>,
}

const GROUPS: [&[Function]; 17] = [
    existence::FUNCTIONS,
    filter::FUNCTIONS,
    subset::FUNCTIONS,
    sort::FUNCTIONS,
    combine::FUNCTIONS,
    convert::FUNCTIONS,
    text::FUNCTIONS,
    encode::FUNCTIONS,
    pattern::FUNCTIONS,
    math::FUNCTIONS,
    tree::FUNCTIONS,
    utility::FUNCTIONS,
    types::FUNCTIONS,
    aggregate::FUNCTIONS,
    boundary::FUNCTIONS,
    fhir::FUNCTIONS,
    keys::FUNCTIONS,
];

/// The function of that name.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    all().find(|function| function.name == name)
}

/// All functions, group by group.
pub(crate) fn all() -> impl Iterator<Item = &'static Function> {
    GROUPS.iter().flat_map(|group| group.iter())
}

/// A function that works on its whole input and takes values.
const fn plain(
    name: &'static str,
    arguments: (usize, usize),
    takes: Takes,
    gives: Gives,
    run: Run,
) -> Function {
    Function { name, arguments, each: 0, takes, gives, run }
}

/// A function whose first argument is evaluated on each item.
const fn on_each(name: &'static str, arguments: (usize, usize), gives: Gives, run: Run) -> Function {
    Function { name, arguments, each: 1, takes: Takes::Any, gives, run }
}

impl<'t, 'f> Arguments<'t, 'f> {
    /// The only item of the input.
    pub(crate) fn one(&self) -> Result<Option<&'f Value<'t>>, Error> {
        only(self.input, self.call.at)
    }

    pub(crate) fn plan(&self, index: usize) -> Option<&'t Plan> {
        self.call.arguments.get(index)
    }

    pub(crate) fn error(&self, message: impl Into<String>) -> Error {
        Error::execution(self.call.at, format!("{}(): {}", self.call.function.name, message.into()))
    }
}

impl<'t> Evaluator<'t, '_> {
    /// The only item of the input as a value that computes.
    pub(crate) fn one(&self, arguments: &Arguments<'t, '_>) -> Result<Option<Value<'t>>, Error> {
        Ok(arguments.one()?.and_then(|value| value.to_system(self.context.types)))
    }

    /// The text of the only item; nothing for an empty input.
    pub(crate) fn text(&self, arguments: &Arguments<'t, '_>) -> Result<Option<Cow<'t, str>>, Error> {
        let Some(value) = arguments.one()? else { return Ok(None) };
        if let Some(text) = value.text() {
            return Ok(Some(text));
        }
        match value.to_system(self.context.types) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => {
                let found = other.system_type().map_or("", SystemType::name);
                Err(arguments.error(format!("expected a string, found `{found}`")))
            }
        }
    }

    /// An argument's only item as a value that computes; nothing where the argument is missing or empty.
    pub(crate) fn argument(
        &mut self,
        arguments: &Arguments<'t, '_>,
        index: usize,
    ) -> Result<Option<Value<'t>>, Error> {
        let Some(plan) = arguments.plan(index) else { return Ok(None) };
        let value = self.single(plan, arguments.frame, arguments.call.at)?;
        Ok(value.and_then(|value| value.to_system(self.context.types)))
    }

    pub(crate) fn text_argument(
        &mut self,
        arguments: &Arguments<'t, '_>,
        index: usize,
    ) -> Result<Option<Cow<'t, str>>, Error> {
        match self.argument(arguments, index)? {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => {
                let found = other.system_type().map_or("", SystemType::name);
                Err(arguments.error(format!("expected a string as argument, found `{found}`")))
            }
        }
    }

    pub(crate) fn integer_argument(
        &mut self,
        arguments: &Arguments<'t, '_>,
        index: usize,
    ) -> Result<Option<i32>, Error> {
        match self.argument(arguments, index)? {
            None => Ok(None),
            Some(Value::Integer(value)) => Ok(Some(value)),
            Some(other) => {
                let found = other.system_type().map_or("", SystemType::name);
                Err(arguments.error(format!("expected an integer as argument, found `{found}`")))
            }
        }
    }

    /// The items of an argument that is evaluated on the surroundings.
    pub(crate) fn items_of(
        &mut self,
        arguments: &Arguments<'t, '_>,
        index: usize,
        out: &mut Vec<Value<'t>>,
    ) -> Done {
        match arguments.plan(index) {
            Some(plan) => self.eval(plan, arguments.frame, out),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_function_is_listed_twice() {
        let mut names: Vec<_> = super::all().map(|function| function.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
