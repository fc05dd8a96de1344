//! The room against servers on loopback.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

mod bulk;
mod bulk_resume;
mod bulk_server;
mod everything;
mod http;
mod record;
mod registry;
mod resume;
mod server;
mod stream;
mod tls;
