//! Signing in: from a member's consent to a token that the record is fetched with.
//!
//! [`Login`] asks for the consent and gives a [`Grant`]; [`Store`] keeps it; [`Session`] hands its token to whoever
//! fetches, and renews it. [`Backend`](crate::Backend) Services, which no member takes part in, have
//! [`BackendSession`]. RFC 6749, 6750, 7009, 7636, 8252, 9207, 9700; OpenID Connect Core; SMART App Launch 2.2.

mod backend;
mod browser;
mod exchange;
mod grant;
mod id_token;
mod keyring;
mod landing;
mod listener;
mod login;
mod page;
mod paste;
mod question;
mod reply;
mod secret;
mod session;
mod store;
mod told;
mod transport;
mod userinfo;

pub use backend::BackendSession;
pub use exchange::revoke;
pub use grant::{Grant, Identity};
pub use login::{Login, Mode, Notice, Terminal};
pub use secret::{Secret, keep_client_secret};
pub use session::Session;
pub use store::{Lock, Store};
pub use transport::{Answer, Direct, HttpRequest, HttpResponse, Transport};
pub(crate) use transport::{get, shape};
pub use userinfo::userinfo;
