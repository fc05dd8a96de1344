//! The room against servers on loopback.

mod http;
mod server;
