//! The entries of a search: matches have ids and are what was searched for, outcomes are OperationOutcomes.

use std::fmt;

use fhirkit_definitions::TypeModel;
use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Message, Severity};
use fhirkit_tape::Node;

use crate::automaton::Member;
use crate::rules::{NodeCheck, TypeFacts};
use crate::walk::{Fault, Site, Walk};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "bundle/search-result",
    Severity::Error,
    IssueType::Invalid,
    "an entry of a search is not what its mode says",
)
.with_page(include_str!("search-result.md"));

/// What holds of the entries of a search, seen with their Bundle.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Results;

impl NodeCheck for Results {
    fn of_type(facts: &TypeFacts<'_>) -> Vec<Self> {
        if facts.name == "Bundle" { vec![Self] } else { Vec::new() }
    }

    fn rules() -> Vec<&'static Rule> {
        vec![&RULE]
    }

    fn check<'t>(&self, site: &Site<'_, 't>, _asked_by: &[Member], walk: &mut Walk<'_, '_, 't>) {
        if !site.node.get("type").str_is("searchset") {
            return;
        }
        let searched = searched_for(walk.automaton().types(), site.node);
        for (index, entry) in site.node.get("entry").items().enumerate() {
            let (mode, resource) = (entry.get("search").get("mode"), entry.get("resource"));
            let Some(type_name) = resource.get("resourceType").as_str() else { continue };
            let name = format!("entry[{index}].resource");
            let place = site.cursor.member(&name);
            let mut say = |words: &dyn Fn(Message) -> Message| {
                walk.report(&RULE, resource, &place, &[], |path| {
                    Fault::new(words(Message::new().text(format!("`{path}`: "))))
                });
            };
            if mode.str_is("outcome") && type_name != "OperationOutcome" {
                say(&|message| message.text("expected an OperationOutcome, found ").code(&*type_name));
            }
            if mode.str_is("match") {
                if resource.get("id").is_absent() {
                    say(&|message| message.text("the result of a search has no id"));
                }
                if !searched.is_empty() && searched.iter().all(|known| *known != type_name) {
                    say(&|message| {
                        let message = message.text(format!("expected {}, found ", searched.join(" or ")));
                        message.code(&*type_name).text(", which was not searched for")
                    });
                }
            }
        }
    }
}

/// The types that the `self` link names, `[base]/Type?…` or `_type=A,B`; none where it names none.
fn searched_for(types: &TypeModel, bundle: Node<'_>) -> Vec<&'static str> {
    let own = bundle.get("link").items().find(|link| link.get("relation").str_is("self"));
    let Some(url) = own.and_then(|link| link.get("url").as_str()) else { return Vec::new() };
    let resource =
        |name: &str| types.type_named(name).filter(|ty| types.is_resource(*ty)).map(|ty| types.name(ty));
    let Some((path, query)) = url.split_once('?') else { return Vec::new() };
    if let Some(found) = path.rsplit('/').next().and_then(resource) {
        return vec![found];
    }
    let named = query.split('&').find_map(|parameter| parameter.strip_prefix("_type="));
    named.map(|list| list.split(',').filter_map(resource).collect()).unwrap_or_default()
}

impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("entries of a search")
    }
}
