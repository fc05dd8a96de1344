//! `canonical`: an absolute URL, perhaps with `|version`, or `#id` of a contained resource.
//!
//! Source: <https://hl7.org/fhir/R4/datatypes.html#canonical>

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Severity};

use super::{Verdict, Wrong, uri};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "primitive/canonical",
    Severity::Error,
    IssueType::Invalid,
    "a canonical is not an absolute URL",
)
.with_page(include_str!("canonical.md"));

static RELATIVE: Wrong = Wrong::new(
    &RULE,
    "expected an absolute URL, or `#id` of a contained resource",
    "TYPE_SPECIFIC_CHECKS_CANONICAL_ABSOLUTE",
);

pub(crate) fn check(text: &str) -> Verdict {
    uri::check(text.split('|').next().unwrap_or_default())?;
    if text.starts_with('#') || uri::has_scheme(text) { Ok(()) } else { Err(&RELATIVE) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_relative_url_is_no_canonical() {
        let good = ["http://x.org/a|1.0", "urn:oid:1.2.3", "#q"];
        super::super::assert_texts(super::check, &good, &["Questionnaire/gcs", "http://x y", "x.org/a"]);
    }
}
