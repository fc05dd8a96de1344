//! A member's record from a payer's FHIR R4 API: sign-in, `Patient/{id}/$everything`, bulk `$export`.

pub mod auth;
pub mod bulk;
mod discovery;
mod error;
pub mod everything;
pub mod http;
mod private;
mod provider;
mod providers;
pub mod redact;
pub mod registry;

pub use discovery::{Endpoints, discover};
pub use error::{Error, ErrorKind, Result};
pub use provider::{Backend, BackendAlgorithm, ClientAuth, PkceMethod, Provider, SecretSource};
pub use providers::{Providers, toml_of};
