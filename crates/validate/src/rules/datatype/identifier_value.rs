//! An identifier of the system of URIs is a whole URI.
//!
//! Source: <https://hl7.org/fhir/R4/identifier-registry.html>

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Message, Severity};

use crate::rules::value::coding::is_absolute;
use crate::walk::{Fault, Site, Walk};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "type/identifier-value",
    Severity::Error,
    IssueType::CodeInvalid,
    "an identifier of the system of URIs is no whole URI",
)
.with_page(include_str!("identifier-value.md"));

/// The system whose identifiers are URIs.
pub(super) const URIS: &str = "urn:ietf:rfc:3986";

/// Looks at an identifier of that system.
pub(super) fn check<'t>(site: &Site<'_, 't>, walk: &mut Walk<'_, '_, 't>) {
    let node = site.node.get("value");
    let Some(value) = node.as_str().filter(|value| !is_absolute(value)) else { return };
    walk.report(&RULE, node, site.cursor, &[], |path| {
        let message = Message::new().text(format!("`{path}`: expected a whole URI (`urn:oid:…`), found `"));
        Fault::new(message.value(value).text("`"))
            .message_id("TYPE_SPECIFIC_CHECKS_DT_IDENTIFIER_IETF_SYSTEM_VALUE")
    });
}
