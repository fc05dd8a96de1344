//! Signing in: from a member's consent to a token that the record is fetched with.

mod transport;

pub use transport::{Answer, Direct, HttpRequest, HttpResponse, Transport};
pub(crate) use transport::{get, shape};
