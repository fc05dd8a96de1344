//! References between entries: what a reference says, and where its target stands.
//!
//! References point forward and backward, so they are resolved in a second pass: the first one adds
//! every resource to an [`Index`], which is then [sealed](Index::seal); the second asks it. The index
//! holds hashes and places, no text: at most 64 bytes a resource.
//!
//! ```
//! use fhirkit_source::references::{Holder, Index, Place, Resolution};
//!
//! let mut index = Index::default();
//! let place = Place { input: 0, byte: 60, bundle: Some(0), index: Some(1) };
//! index.add(place, Some("urn:uuid:7"), "Patient", Some("a"));
//! let index = index.seal();
//!
//! let here = Holder { input: 0, bundle: Some(0) };
//! assert_eq!(index.resolve("urn:uuid:7", here), Resolution::Resolved(place));
//! assert_eq!(index.resolve("Patient/a/_history/2", here), Resolution::Resolved(place));
//! assert_eq!(index.resolve("Patient/b", here), Resolution::Unresolved);
//! assert_eq!(index.resolve("Patient?identifier=x|1", here), Resolution::Conditional);
//! ```

mod index;
mod reference;
mod walk;

pub use index::{Holder, Index, Place, Resolution, Sealed, Tally};
pub use reference::Reference;
pub use walk::{each, holds_contained};
