//! HTTP as this room needs it: tokens that stay at home, redirects by our own rules, retries, limits on every body.
//!
//! A [`Client`] sends a [`Request`] and gives an [`Answer`], whatever its status; [`Answer::success`] turns a status
//! that is no success into an error. Tries are repeated where a repetition can help and cannot harm: after connection
//! errors, timeouts, broken bodies, and the statuses 429, 502, 503 and 504.

mod body;
mod options;
mod origin;
mod request;
mod retry;
mod send;
mod status;
mod token;
mod words;

pub use body::Body;
pub use options::HttpOptions;
pub use origin::is_loopback;
pub use request::Request;
pub(crate) use retry::{backoff, random, retry_after};
pub use send::{Answer, Client, Sleep};
pub(crate) use status::{is_code, outcome_code};
pub use token::{BearerToken, TokenSource};
pub(crate) use words::{place, size, time};
