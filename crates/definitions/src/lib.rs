//! FHIR definitions as data: what R4 says of types, elements and profiles, compiled once and embedded.
//!
//! - [`Definitions`]: everything embedded; [`Definitions::structure`] opens one definition.
//! - [`types::TypeModel`]: every R4 type and element as flat tables, for whoever walks data or compiles a path.
//! - [`structure::StructureDefinition`]: the facts of one definition or profile.
//! - [`refused::not_r4`]: whether a resource is of an older version.
//! - [`package::Package`]: a FHIR package (`.tgz`) compiled to the same facts.
//!
//! ```
//! use fhirkit_definitions::Definitions;
//!
//! let types = Definitions::embedded()?.types();
//! let observation = types.type_named("Observation").ok_or("no Observation")?;
//! let field = types.field(observation, "valueQuantity").ok_or("no such key")?;
//! assert_eq!((field.name, types.name(field.ty)), ("value", "Quantity"));
//! assert_eq!(types.nearest_element(observation, "valeu"), Some("value"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Left out on purpose: prose, narrative and mappings of definitions, displays and codes of third parties'
//! code systems, and any I/O — packages come as bytes.

mod embedded;
mod error;
pub mod package;
pub mod refused;
pub mod structure;
pub mod terminology;
mod text;
pub mod types;
mod words;

pub use embedded::{Definitions, StructureSummary};
pub use error::{Error, ErrorKind};
pub use structure::{ElementDefinition, StructureDefinition};
pub use types::{Element, Field, TypeId, TypeKind, TypeModel, Variant};
