//! FHIR definitions as data: what R4 and the guides of US payers say of types, elements, profiles and codes,
//! compiled once and embedded.
//!
//! - [`Definitions`]: everything embedded, and packages added to it. [`Definitions::resolve`] finds what a canonical
//!   means in a [`Scope`], [`Definitions::structure_at`] opens it.
//! - [`CodeSet`]: a value set worked out; of a code it tells the three truths of [`Membership`].
//! - [`CodeCheck`]: what is known of a code apart from any value set.
//! - [`types::TypeModel`]: every R4 type and element as flat tables, for whoever walks data or compiles a path.
//! - [`structure::StructureDefinition`]: the facts of one definition or profile.
//! - [`refused::not_r4`]: whether a resource is of an older version.
//! - [`package::Package`]: a FHIR package (`.tgz`) compiled to the same facts; snapshots that it lacks are made
//!   when it is added, and where that fails [`Definitions::without_snapshot`] says why.
//!
//! ```
//! use fhirkit_definitions::Definitions;
//!
//! let types = Definitions::embedded()?.types();
//! let observation = types.type_named("Observation").ok_or("no Observation")?;
//! let field = types.field(observation, "valueQuantity").ok_or("no such key")?;
//! assert_eq!((field.name, types.name(field.ty)), ("value", "Quantity"));
//! assert_eq!(types.nearest_element(observation, "valeu"), Some("value"));
//!
//! let definitions = Definitions::embedded()?;
//! let scope = definitions.scope(&[], &["http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-Patient|2.0.0"]);
//! let gender = "http://hl7.org/fhir/ValueSet/administrative-gender";
//! let gender = definitions.code_set(gender, &scope).ok_or("not held")?;
//! assert!(gender.contains(None, "F", None).is_not_in());
//! assert_eq!(gender.listing().map(|codes| codes.join(", ")).as_deref(), Some("male, female, other, unknown"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Left out on purpose: prose, narrative and mappings of definitions, displays and codes of third parties'
//! code systems, and any I/O — packages come as bytes.

mod blob;
mod check;
mod code_set;
mod code_system;
mod compose;
mod definitions;
mod differential;
mod edits;
mod error;
mod extent;
mod filter;
mod grammar;
mod index;
mod lookup;
mod naming;
pub mod package;
pub mod refused;
mod scope;
mod snapshot;
pub mod structure;
pub mod terminology;
mod text;
pub mod types;
mod version;
mod why;
mod words;

pub use check::{CodeCheck, KnownCode};
pub use code_set::{CodeSet, Implied, Membership};
pub use code_system::{Code, Codes};
pub use definitions::{DefinitionId, Definitions, PackageId, Summary, WithoutSnapshot};
pub use differential::Differential;
pub use error::{Error, ErrorKind};
pub use grammar::Grammar;
pub use index::Sort;
pub use naming::PackageNotHeld;
pub use scope::{Found, Reason, Scope};
pub use snapshot::NoSnapshot;
pub use structure::{ElementDefinition, StructureDefinition};
pub use types::{Element, Field, TypeId, TypeKind, TypeModel, Variant};
pub use why::Why;
