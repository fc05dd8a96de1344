//! `uri` and `url`: no white space; an OID or UUID in it is a real one.
//!
//! Source: <https://hl7.org/fhir/R4/datatypes.html#uri>

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

use super::{Verdict, Wrong, oid, uuid};

/// The rule.
pub(crate) static RULE: Rule =
    Rule::new("primitive/uri", Severity::Error, IssueType::Invalid, "a value is not a URI")
        .with_page(include_str!("uri.md"));

static WHITE_SPACE: Wrong =
    Wrong::new(&RULE, "expected a URI, which has no white space", "Type_Specific_Checks_DT_URI_WS");
static OID: Wrong = Wrong::new(&RULE, "expected `urn:oid:` before an OID", "Type_Specific_Checks_DT_URI_OID");
static UUID: Wrong =
    Wrong::new(&RULE, "expected `urn:uuid:` before a UUID", "Type_Specific_Checks_DT_URI_UUID");

#[inline]
pub(crate) fn check(text: &str) -> Verdict {
    if text.bytes().fold(false, |found, byte| found | (byte <= b' ')) {
        return Err(&WHITE_SPACE);
    }
    match text.as_bytes().first() {
        Some(b'u' | b'o') => check_urn(text),
        _ => Ok(()),
    }
}

fn check_urn(text: &str) -> Verdict {
    if text.starts_with("urn:oid:") {
        oid::check(text)
    } else if text.starts_with("urn:uuid:") {
        uuid::check(text)
    } else if text.starts_with("oid:") {
        Err(&OID)
    } else if text.starts_with("uuid:") {
        Err(&UUID)
    } else {
        Ok(())
    }
}

/// Whether a text begins with a scheme, which makes a URI absolute.
pub(crate) fn has_scheme(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return false };
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    #[test]
    fn white_space_and_half_urns_are_refused() {
        let good = ["http://x.org", "Patient/1", "urn:oid:1.2.3", "#a", "urn:ietf:rfc:3986", "other"];
        super::super::assert_texts(
            super::check,
            &good,
            &["a b", "oid:1.2", "uuid:1", "urn:oid:x", "urn:uuid:x"],
        );
    }

    #[test]
    fn a_scheme_makes_a_uri_absolute() {
        assert!(super::has_scheme("http://x") && super::has_scheme("urn:x") && super::has_scheme("a+b:c"));
        assert!(!super::has_scheme("Patient/1") && !super::has_scheme("/a:b") && !super::has_scheme(":x"));
    }
}
