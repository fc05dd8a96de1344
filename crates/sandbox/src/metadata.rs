//! What the sandbox says about itself: discovery, keys, CapabilityStatement.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::outcome;
use crate::routes::{AUTHORIZE, FHIR_BASES, JWKS, TOKEN, USERINFO};
use crate::state::State;

/// OpenID Connect Discovery.
pub(crate) async fn openid_configuration(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    let mut facts = common(&state, &state.origin(&headers));
    facts["subject_types_supported"] = json!(["public"]);
    facts["id_token_signing_alg_values_supported"] = json!(["RS256"]);
    facts["claims_supported"] = json!([
        "sub",
        "iss",
        "aud",
        "exp",
        "iat",
        "nonce",
        "auth_time",
        "fhirUser",
        "name",
        "given_name",
        "family_name"
    ]);
    outcome::respond(StatusCode::OK, "application/json", facts.to_string())
}

/// SMART App Launch 2.2, "Conformance".
pub(crate) async fn smart_configuration(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    let mut facts = common(&state, &state.origin(&headers));
    facts["capabilities"] = json!([
        "launch-standalone",
        "client-public",
        "client-confidential-symmetric",
        "client-confidential-asymmetric",
        "sso-openid-connect",
        "context-standalone-patient",
        "permission-patient",
    ]);
    outcome::respond(StatusCode::OK, "application/json", facts.to_string())
}

fn common(state: &State, origin: &str) -> Value {
    let mut grants = vec!["authorization_code", "client_credentials"];
    if state.options.refresh_tokens {
        grants.push("refresh_token");
    }
    json!({
        "issuer": origin,
        "authorization_endpoint": format!("{origin}{AUTHORIZE}"),
        "token_endpoint": format!("{origin}{TOKEN}"),
        "userinfo_endpoint": format!("{origin}{USERINFO}"),
        "jwks_uri": format!("{origin}{JWKS}"),
        "scopes_supported": ["openid", "read", "profile", "clinical", "fhirUser", "Clinical/*.*", "system/*.read"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": grants,
        "code_challenge_methods_supported": ["S256", "plain"],
        "token_endpoint_auth_methods_supported":
            ["client_secret_post", "client_secret_basic", "private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384"],
        "authorization_response_iss_parameter_supported": state.options.sends_issuer,
    })
}

/// The keys of the `id_token`s.
pub(crate) async fn jwks(Shared(state): Shared<Arc<State>>) -> Response {
    match state.signing_key.get().await {
        Some(key) => {
            let body = json!({"keys": [key.public]}).to_string();
            outcome::respond(StatusCode::OK, "application/json", body)
        }
        None => outcome::answer(StatusCode::INTERNAL_SERVER_ERROR, "exception", "no key could be made"),
    }
}

/// The CapabilityStatement, for everyone.
pub(crate) async fn capabilities(
    Shared(state): Shared<Arc<State>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let origin = state.origin(&headers);
    let path = FHIR_BASES.iter().find(|base| uri.path().starts_with(*base)).unwrap_or(&FHIR_BASES[0]);
    let uris = json!([
        {"url": "authorize", "valueUri": format!("{origin}{AUTHORIZE}")},
        {"url": "token", "valueUri": format!("{origin}{TOKEN}")},
    ]);
    let export = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition";
    let statement = json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": Timestamp::now().to_string(),
        "kind": "instance",
        "software": {"name": "fhirkit sandbox", "version": env!("CARGO_PKG_VERSION")},
        "implementation": {"description": "A local double of a payer's API", "url": format!("{origin}{path}")},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [{
            "mode": "server",
            "security": {
                "extension": [{
                    "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
                    "extension": uris,
                }],
                "service": [{"coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                    "code": "SMART-on-FHIR",
                }]}],
            },
            "resource": [
                {"type": "Patient", "operation": [
                    {"name": "everything", "definition": "http://hl7.org/fhir/OperationDefinition/Patient-everything"},
                    {"name": "export", "definition": format!("{export}/patient-export")},
                ]},
                {"type": "Group", "operation": [{"name": "export", "definition": format!("{export}/group-export")}]},
            ],
            "operation": [{"name": "export", "definition": format!("{export}/export")}],
        }],
    });
    outcome::respond(StatusCode::OK, outcome::FHIR_JSON, statement.to_string())
}
