//! Whether a FHIR R4 resource keeps the rules of its type and of its profiles.
//!
//! - [`Validator`]: the compiled rules, shared by all threads; [`Validator::check`] walks one resource.
//! - [`Subject`]: a resource on a tape, with what is known of where it came from.
//! - [`Scratch`]: what one thread reuses, and what it has counted: [`Checked`].
//! - [`rules`]: every rule with its page of documentation.
//!
//! ```
//! use fhirkit_definitions::Definitions;
//! use fhirkit_tape::{Span, Tape};
//! use fhirkit_validate::{Options, Scratch, Subject, Validator};
//!
//! let validator = Validator::new(Definitions::embedded()?, Options::default());
//! let mut tape = Tape::new();
//! tape.load(br#"{"resourceType":"Patient","birthDate":"06/06/1944"}"#.to_vec());
//! let root = tape.parse(Span::new(0, 51))?;
//! let mut issues = Vec::new();
//! validator.check(&Subject::alone(tape.node(root)), &mut Scratch::new(), &mut |issue| issues.push(issue));
//! assert_eq!(issues.len(), 1);
//! assert_eq!(issues[0].rule.as_str(), "primitive/date");
//! assert_eq!(issues[0].expression.as_deref(), Some("Patient.birthDate"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A StructureDefinition is compiled once into a flat profile. At every object the *set* of active definitions (base,
//! profiles, datatypes) follows the JSON key along an automaton that is built as data needs it, so that each object is
//! visited once however many profiles ask something of it.
//!
//! Left out on purpose: reading inputs (`source`), rendering issues (`issue`), and any I/O.

mod automaton;
mod checked;
mod definitions_of;
mod options;
mod profile;
pub mod rules;
mod slicing;
mod validator;
mod walk;

pub use checked::Checked;
pub use definitions_of::Shared;
pub use options::{BestPractice, Options, Selection, UnknownExtensions};
pub use validator::{Scratch, Validator};
pub use walk::Subject;
