//! The command as a user meets it: the built binary, its output and its exit codes.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod attacks;
mod commands;
mod config;
mod ends;
mod exit_codes;
mod export;
mod help;
mod messages;
mod network;
mod pipes;
mod project;
mod support;
mod validate;
