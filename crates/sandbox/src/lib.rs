//! A local double of the Blue Cross NC payer-to-payer FHIR API.
//!
//! [`Sandbox::start`] serves on loopback what the payer's developer page describes: the sign-in of a member over four
//! pages, the token endpoint, `Patient/{id}/$everything` and user information, under the paths of the real hosts; and
//! beside it what a client needs to be tried without a network: discovery, bulk `$export`, and [`Fault`]s on request.
//! Members are synthetic, the documented one first, or come from files.
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let options = fhirkit_sandbox::Options { port: 0, ..Default::default() };
//! let running = fhirkit_sandbox::Sandbox::start(options).await?;
//! assert!(running.base_url().starts_with("http://127.0.0.1:"));
//! assert_eq!(running.members(1)[0].patient_id, "2657");
//! running.shutdown().await;
//! # Ok::<(), fhirkit_sandbox::Error>(()) }).unwrap();
//! ```
//!
//! What it leaves out: anything that would make it a server for others. It listens on 127.0.0.1 alone, answers only
//! under loopback names, and forgets everything when it ends.

mod authorization;
mod bearer;
mod bulk;
mod certificate;
mod client;
mod client_authentication;
mod continuation;
mod error;
mod everything;
mod expiring;
mod fault;
mod grant;
mod host;
mod html;
mod id_token;
mod job;
mod keys;
mod library;
mod logging;
mod login;
mod metadata;
mod options;
mod outcome;
mod pages;
mod parameters;
mod people;
mod record;
mod routes;
mod running;
mod scope;
mod searchset;
mod session;
mod sign_in;
mod spoil;
mod state;
mod tls;
mod token;
mod userinfo;

pub use error::{Error, ErrorKind};
pub use fault::{Fault, FaultRule};
pub use login::LoginFacts;
pub use options::{Log, Options};
pub use running::{Running, Sandbox};
