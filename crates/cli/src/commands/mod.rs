//! One file a command.

pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod fetch;
pub(crate) mod init;
pub(crate) mod login;
pub(crate) mod man;
pub(crate) mod packages;
pub(crate) mod pull;
pub(crate) mod rule;
pub(crate) mod sandbox;
pub(crate) mod summary;
pub(crate) mod token;
pub(crate) mod validate;
pub(crate) mod views;
