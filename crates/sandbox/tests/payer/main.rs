//! The sandbox as a client and a member's browser see it, over real connections on loopback.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod bulk;
mod faults;
mod record;
mod safety;
mod sign_in;
mod support;
mod tokens;
