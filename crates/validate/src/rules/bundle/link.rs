//! The links of a Bundle: each relation once, and paging only where there are pages.

use std::collections::HashSet;
use std::fmt;

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Message, Severity};

use crate::automaton::Member;
use crate::rules::{NodeCheck, TypeFacts};
use crate::walk::{Fault, Site, Walk};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "bundle/link",
    Severity::Error,
    IssueType::Invalid,
    "a relation of a Bundle's links occurs twice, or leads to pages that there are none of",
)
.with_page(include_str!("link.md"));

/// Relations of which a Bundle has one link.
const ONCE: &[&str] = &["self", "first", "previous", "next", "last"];
/// Those that lead to other pages, which documents and messages do not have.
const PAGES: &[&str] = &["first", "previous", "next", "last"];

/// What holds of the links of every Bundle.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Links;

impl NodeCheck for Links {
    fn of_type(facts: &TypeFacts<'_>) -> Vec<Self> {
        if facts.name == "Bundle" { vec![Self] } else { Vec::new() }
    }

    fn rules() -> Vec<&'static Rule> {
        vec![&RULE]
    }

    fn check<'t>(&self, site: &Site<'_, 't>, _asked_by: &[Member], walk: &mut Walk<'_, '_, 't>) {
        let bundle_type = site.node.get("type").as_str().unwrap_or_default();
        let has_pages = !matches!(&*bundle_type, "document" | "message");
        let mut seen = HashSet::new();
        for (index, link) in site.node.get("link").items().enumerate() {
            let Some(relation) = link.get("relation").as_str() else { continue };
            let Some(relation) = ONCE.iter().find(|known| ***known == *relation) else { continue };
            let name = format!("link[{index}]");
            let place = site.cursor.member(&name);
            if !has_pages && PAGES.contains(relation) {
                let place = place.member("relation");
                walk.report(&RULE, link.get("relation"), &place, &[], |path| {
                    let message =
                        Message::new().text(format!("`{path}`: `{relation}` leads to a page, and a "));
                    Fault::new(message.code(&*bundle_type).text(" has no pages"))
                });
            } else if !seen.insert(relation) {
                walk.report(&RULE, link, &place, &[], |path| {
                    Fault::new(format!("`{path}`: expected one link `{relation}`, found a further one"))
                });
            }
        }
    }
}

impl fmt::Display for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("links of a Bundle")
    }
}
