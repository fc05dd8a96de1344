//! What a member agreed to, as codes and tokens stand for it.

use std::time::SystemTime;

use crate::authorization::Authorization;
use crate::expiring::lock;
use crate::scope::Scopes;
use crate::state::State;

/// A member's consent.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) authorization: Authorization,
    pub(crate) patient_id: String,
    pub(crate) shares_demographics: bool,
    pub(crate) signed_in: SystemTime,
}

/// A code and what became of it.
pub(crate) struct Code {
    pub(crate) grant: Grant,
    /// The family of the tokens issued from it, once it is used.
    pub(crate) family: Option<String>,
}

/// What an access token opens.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) subject: Subject,
    pub(crate) client_id: String,
    pub(crate) scopes: Scopes,
    /// All tokens that come from one code; they are revoked together.
    pub(crate) family: String,
}

/// Whose records a token opens.
#[derive(Clone)]
pub(crate) enum Subject {
    /// One member's.
    Member {
        /// The id of the Patient.
        patient_id: String,
        /// Whether name, birth date and the like may be seen.
        shares_demographics: bool,
    },
    /// Everyone's: Backend Services.
    System,
}

impl Subject {
    /// Whether the record of this patient may be read.
    pub(crate) fn may_read(&self, patient: &str) -> bool {
        match self {
            Subject::Member { patient_id, .. } => patient_id == patient,
            Subject::System => true,
        }
    }

    pub(crate) fn shares_demographics(&self) -> bool {
        !matches!(self, Subject::Member { shares_demographics: false, .. })
    }
}

/// A refresh token and whether it was used: one that is used twice was stolen.
#[derive(Clone)]
pub(crate) struct Refresh {
    pub(crate) grant: Grant,
    pub(crate) family: String,
    pub(crate) is_used: bool,
}

/// Revokes every token of a family.
pub(crate) fn revoke(state: &State, family: &str) {
    lock(&state.tokens).retain(|token| token.family != family);
    lock(&state.refresh).retain(|token| token.family != family);
}
