//! FHIRPath compiled once, evaluated over the tape.
//!
//! An expression is checked against the definitions when it is compiled: an element that does not exist is a
//! fault with its place and the name that was probably meant. What runs is a plan of JSON keys that borrows
//! from the tape; on plain paths and common criteria it allocates nothing.
//!
//! - [`Expression`]: a compiled expression.
//! - [`Value`]: one item of a collection: an element as it stands in the data, or a computed value.
//! - [`Context`] and [`Environment`]: what an evaluation stands on, and how it asks the outside.
//! - [`Scope`]: what an expression may refer to.
//!
//! ```
//! use fhirkit_definitions::Definitions;
//! use fhirkit_fhirpath::{Context, Expression, Scope, Scratch, Value};
//! use fhirkit_tape::{Span, Tape};
//!
//! let definitions = Definitions::embedded()?;
//! let types = definitions.types();
//! let patient = types.type_named("Patient").ok_or("no type Patient")?;
//! let expression = Expression::compile(types, "name.where(use = 'usual').given", &Scope::on(patient))?;
//!
//! let json = br#"{"resourceType":"Patient","name":[{"use":"usual","given":["Ann"]}]}"#;
//! let mut tape = Tape::new();
//! tape.load(json.to_vec());
//! let root = tape.parse(Span { start: 0, end: json.len() as u32 })?;
//! let input = Value::element(tape.node(root), patient);
//!
//! let mut found = Vec::new();
//! let context = Context::new(types, input.clone());
//! expression.evaluate(&context, &input, &mut Scratch::new(), &mut found)?;
//! assert_eq!(found[0].node().and_then(|node| node.as_str()).as_deref(), Some("Ann"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Left out: `defineVariable`, terminology and profiles (they are asked of the [`Environment`]), and units
//! outside the part of UCUM that records use.

mod compile;
mod decimal;
mod environment;
mod error;
mod evaluate;
mod expression;
mod filtered;
mod functions;
mod json;
mod plan;
mod scope;
mod syntax;
mod temporal;
mod types;
mod unit;
mod value;

pub use environment::{Alone, Context, Environment, Scratch, Target};
pub use error::{Error, ErrorKind};
pub use evaluate::join::Joins;
pub use expression::Expression;
pub use filtered::{Filtered, Reads};
pub use plan::{Route, Step};
pub use scope::Scope;
pub use temporal::{Date, DateTime, Time};
pub use types::{Shape, SystemType, Type};
pub use value::{Quantity, TypeInfo, Value};
