//! `oid`: `urn:oid:` and an OID.
//!
//! Source: <https://hl7.org/fhir/R4/datatypes.html#oid>

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

use super::{Verdict, Wrong};

/// The rule.
pub(crate) static RULE: Rule =
    Rule::new("primitive/oid", Severity::Error, IssueType::Invalid, "a value is not an OID")
        .with_page(include_str!("oid.md"));

static NO_URN: Wrong =
    Wrong::new(&RULE, "expected an OID that begins with `urn:oid:`", "Type_Specific_Checks_DT_OID_Start");
static WRONG: Wrong =
    Wrong::new(&RULE, "expected an OID (`urn:oid:1.2.36`)", "Type_Specific_Checks_DT_OID_Valid");

pub(crate) fn check(text: &str) -> Verdict {
    let Some(oid) = text.strip_prefix("urn:oid:") else { return Err(&NO_URN) };
    let mut arcs = oid.split('.');
    let begins_well = arcs.next().is_some_and(|root| matches!(root, "0" | "1" | "2"));
    let mut arc_count = 0;
    let fits = arcs.all(|arc| {
        arc_count += 1;
        !arc.is_empty()
            && arc.bytes().all(|byte| byte.is_ascii_digit())
            && (arc == "0" || !arc.starts_with('0'))
    });
    if begins_well && fits && arc_count > 0 { Ok(()) } else { Err(&WRONG) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn arcs_are_numbers_without_leading_zeros() {
        let bad = [
            "1.2.3",
            "urn:oid:X.Y.Z",
            "urn:oid:3.1",
            "urn:oid:1",
            "urn:oid:1.02",
            "urn:oid:1..2",
            "urn:oid:",
        ];
        super::super::assert_texts(super::check, &["urn:oid:1.2.0.3", "urn:oid:2.16.840.1.113883"], &bad);
    }
}
