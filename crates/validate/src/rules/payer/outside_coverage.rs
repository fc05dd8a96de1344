//! A service lies outside the time of the coverage that it is charged to.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Message, Severity};
use fhirkit_tape::Node;

use crate::walk::{Fault, Site, Walk};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "payer/outside-coverage",
    Severity::Warning,
    IssueType::BusinessRule,
    "a service lies outside the time of its coverage",
)
.with_page(include_str!("outside-coverage.md"));

/// Entries that are looked through for a coverage; beyond that, and where it lies elsewhere, it is counted as not
/// checked.
const MOST_ENTRIES: usize = 256;
const NOT_CHECKED: &str = "services against the time of a coverage that is not at hand";

/// First and last day, as far as they are given.
type Days<'t> = (Option<&'t str>, Option<&'t str>);

pub(super) fn check<'t>(site: &Site<'_, 't>, walk: &mut Walk<'_, '_, 't>) {
    let mut periods = Vec::new();
    for insurance in site.node.get("insurance").items() {
        let reference = insurance.get("coverage").get("reference");
        let Some(reference) = reference.as_str() else { continue };
        match coverage(&reference, site.node, walk.document_node()) {
            Some(coverage) => periods.push(days(coverage.get("period"))),
            None => {
                walk.scratch().checked.note_other(NOT_CHECKED);
                return;
            }
        }
    }
    if periods.is_empty() {
        return;
    }
    let lines = site.node.get("item");
    for (index, item) in lines.items().enumerate() {
        let (date, period) = (item.get("servicedDate"), item.get("servicedPeriod"));
        let (at, service) = match day(date) {
            Some(day) => (date, (Some(day), Some(day))),
            None => (period, days(period)),
        };
        if !at.is_absent() && periods.iter().all(|covered| lies_outside(service, *covered)) {
            walk.report(&RULE, at, &site.cursor.item("item", index), &[], |path| {
                let message = Message::new().text(format!("`{path}`: the service of "));
                let message = message.value(service.0.or(service.1).unwrap_or_default());
                Fault::new(message.text(" lies outside the time of every coverage that is charged"))
            });
        }
    }
}

/// The coverage that a reference leads to: contained, or another entry of the same Bundle.
fn coverage<'t>(reference: &str, claim: Node<'t>, document: Node<'t>) -> Option<Node<'t>> {
    if let Some(id) = reference.strip_prefix('#') {
        return claim.get("contained").items().find(|one| one.get("id").str_is(id));
    }
    let entries = document.get("entry").items().take(MOST_ENTRIES);
    let is_meant = |url: &str| {
        url == reference
            || url
                .strip_suffix(reference)
                .is_some_and(|base| base.ends_with('/') && !reference.contains("://"))
    };
    let mut found = entries.filter(|entry| entry.get("fullUrl").as_str().is_some_and(|url| is_meant(&url)));
    found
        .next()
        .map(|entry| entry.get("resource"))
        .filter(|found| found.get("resourceType").str_is("Coverage"))
}

/// The day of a date, whole or in part.
fn day(date: Node<'_>) -> Option<&str> {
    let (text, _) = date.escaped_str()?;
    text.get(..text.len().min(10))
}

fn days(period: Node<'_>) -> Days<'_> {
    (day(period.get("start")), day(period.get("end")))
}

/// Whether all of the service lies before or after; partial dates compare as far as they go.
fn lies_outside(service: Days<'_>, covered: Days<'_>) -> bool {
    let is_before = |one: Option<&str>, other: Option<&str>| match (one, other) {
        (Some(one), Some(other)) => {
            let both = one.len().min(other.len());
            one.get(..both) < other.get(..both)
        }
        _ => false,
    };
    is_before(service.1.or(service.0), covered.0) || is_before(covered.1, service.0.or(service.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_outside_when_all_of_it_is() {
        let covered = (Some("2020-02-01"), Some("2020-12-31"));
        let day = |day| lies_outside((Some(day), Some(day)), covered);
        assert!(day("2020-01-31") && day("2021-01-01") && day("2021"));
        assert!(!day("2020-02-01") && !day("2020-12-31") && !day("2020"));
        assert!(!lies_outside((Some("2020-01-15"), Some("2020-02-15")), covered));
        assert!(!lies_outside((Some("2030-01-01"), None), (Some("2020-01-01"), None)));
        assert!(lies_outside((None, Some("2019-01-01")), (Some("2020-01-01"), None)));
    }
}
