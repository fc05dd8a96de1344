//! The `id_token`: who signed in, signed (OpenID Connect Core, section 2).

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, Header};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::fault::{Fault, Happening};
use crate::grant::Grant;
use crate::keys::KEY_ID;
use crate::login::LoginFacts;
use crate::routes::FHIR_BASES;
use crate::state::State;

/// How long a client may take to read it.
const LIFETIME_SECONDS: u64 = 3_600;

/// The name of a member to applications: always the same, and nobody's number.
pub(crate) fn subject(patient_id: &str) -> String {
    let digest = Sha256::digest(format!("fhirkit sandbox {patient_id}"));
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The claims that are somebody's name; none if the member keeps demographic data.
pub(crate) fn names(state: &State, patient_id: &str, shares_demographics: bool) -> Map<String, Value> {
    let record = state.people.record(patient_id).filter(|_| shares_demographics);
    let Some(facts) = record.and_then(|record| LoginFacts::of(&record)) else { return Map::new() };
    let name = format!("{} {}", facts.first_name, facts.last_name);
    [("given_name", facts.first_name), ("family_name", facts.last_name), ("name", name)]
        .into_iter()
        .map(|(claim, text)| (claim.to_owned(), Value::from(text)))
        .collect()
}

pub(crate) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The token of a grant; `None` if no key could be made.
pub(crate) async fn issue(state: &State, grant: &Grant, issuer: &str, faults: &Happening) -> Option<String> {
    let now = seconds(SystemTime::now());
    let authorization = &grant.authorization;
    let mut claims = json!({
        "iss": issuer,
        "sub": subject(&grant.patient_id),
        "aud": authorization.client_id,
        "iat": now,
        "exp": now + LIFETIME_SECONDS,
        "auth_time": seconds(grant.signed_in),
    });
    let nonce =
        if faults.has(Fault::WrongNonce) { Some("another-nonce") } else { authorization.nonce.as_deref() };
    if let Some(nonce) = nonce {
        claims["nonce"] = nonce.into();
    }
    if authorization.scopes.has("fhirUser") {
        claims["fhirUser"] = format!("{issuer}{}/Patient/{}", FHIR_BASES[0], grant.patient_id).into();
    }
    if authorization.scopes.has("profile")
        && let Some(claims) = claims.as_object_mut()
    {
        claims.extend(names(state, &grant.patient_id, grant.shares_demographics));
    }
    let key = state.signing_key.get().await?;
    let header = Header { kid: Some(KEY_ID.to_owned()), ..Header::new(Algorithm::RS256) };
    let token = jsonwebtoken::encode(&header, &claims, &key.private).ok()?;
    Some(if faults.has(Fault::BadSignature) { spoilt(&token) } else { token })
}

/// The token with the first character of its signature changed.
fn spoilt(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap_or((token, ""));
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{signed}.{other}{}", signature.get(1..).unwrap_or_default())
}
