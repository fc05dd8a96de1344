//! `uuid`: `urn:uuid:` and a UUID in lower case.
//!
//! Source: <https://hl7.org/fhir/R4/datatypes.html#uuid>

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

use super::{Verdict, Wrong};

/// The rule.
pub(crate) static RULE: Rule =
    Rule::new("primitive/uuid", Severity::Error, IssueType::Invalid, "a value is not a UUID in lower case")
        .with_page(include_str!("uuid.md"));

static NO_URN: Wrong =
    Wrong::new(&RULE, "expected a UUID that begins with `urn:uuid:`", "Type_Specific_Checks_DT_UUID_Strat");
static WRONG: Wrong = Wrong::new(
    &RULE,
    "expected a UUID in lower case (8-4-4-4-12 hexadecimal digits)",
    "Type_Specific_Checks_DT_UUID_Valid",
);

pub(crate) fn check(text: &str) -> Verdict {
    let Some(uuid) = text.strip_prefix("urn:uuid:") else { return Err(&NO_URN) };
    let fits = uuid.len() == 36
        && uuid.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        });
    if fits { Ok(()) } else { Err(&WRONG) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn upper_case_is_refused() {
        let good = ["urn:uuid:68d043b5-9ecf-4559-a57a-396e0d452311"];
        let bad = [
            "urn:uuid:68D043B5-9ECF-4559-A57A-396E0D452311",
            "68d043b5-9ecf-4559-a57a-396e0d452311",
            "urn:uuid:1",
        ];
        super::super::assert_texts(super::check, &good, &bad);
    }
}
