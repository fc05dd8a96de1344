//! A member's record from a payer's FHIR R4 API: sign-in, `Patient/{id}/$everything`, bulk `$export`.

mod error;
mod provider;
pub mod redact;

pub use error::{Error, ErrorKind, Result};
pub use provider::{Backend, BackendAlgorithm, PkceMethod, Provider, SecretSource};
