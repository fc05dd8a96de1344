//! FHIR packages from a registry of npm's kind: `GET {registry}/{name}` lists versions, each with a tarball.
//!
//! A [`Registry`] gives verified `.tgz` files; what stands in them is the business of others. There is no default
//! address: it comes from configuration.

mod checksum;
mod install;
mod listing;
mod tarball;
mod version;
mod wanted;

pub use checksum::Checked;
pub use install::{Installation, Installed, Registry};
pub use wanted::Wanted;
