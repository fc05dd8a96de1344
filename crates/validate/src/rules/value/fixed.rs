//! `fixed[x]`: the value must be exactly the one that the profile gives.

use std::fmt;

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Message, Severity};
use fhirkit_tape::Node;

use super::constant::{Constant, equals};
use crate::automaton::Member;
use crate::rules::{ElementFacts, NodeCheck};
use crate::walk::{Cursor, Fault, Site, Walk};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "value/fixed",
    Severity::Error,
    IssueType::Value,
    "a value is not the one that the profile fixes",
)
.with_page(include_str!("fixed.md"));

/// A fixed value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fixed(Constant);

impl NodeCheck for Fixed {
    fn of_element(facts: &ElementFacts<'_>) -> Vec<Self> {
        facts.element.fixed.as_ref().and_then(Constant::new).map(Self).into_iter().collect()
    }

    fn rules() -> Vec<&'static Rule> {
        vec![&RULE]
    }

    fn check<'t>(&self, site: &Site<'_, 't>, asked_by: &[Member], walk: &mut Walk<'_, '_, 't>) {
        // What has only extensions has no value to compare; whether it may be missing, others say.
        if !site.node.is_absent() && !equals(site.node, self.0.node()) {
            compare(site.node, self.0.node(), site.cursor, asked_by, walk);
        }
    }
}

/// Reports each place where the value differs.
fn compare<'t>(
    value: Node<'t>,
    wanted: Node<'_>,
    cursor: &Cursor<'_>,
    asked_by: &[Member],
    walk: &mut Walk<'_, '_, 't>,
) {
    if !value.is_object() || !wanted.is_object() {
        walk.report(&RULE, value, cursor, asked_by, |path| differs(path, value, wanted));
        return;
    }
    for (key, member) in value.members() {
        let key = key.as_str();
        let wanted = wanted.get(&key);
        let below = cursor.member(&key);
        if wanted.is_absent() {
            walk.report(&RULE, member, &below, asked_by, |path| {
                let text = format!("`{path}`: the profile fixes a value without it");
                Fault::new(text).message_id("Profile_VAL_NotAllowed")
            });
        } else if !equals(member, wanted) {
            compare(member, wanted, &below, asked_by, walk);
        }
    }
    for (key, wanted) in wanted.members().filter(|(key, _)| value.get(&key.as_str()).is_absent()) {
        walk.report(&RULE, value, cursor, asked_by, |path| {
            let text = format!("`{path}`: the profile fixes `{}` to `{}`", key.as_str(), shown(wanted));
            Fault::new(text).message_id("Profile_VAL_MissingElement")
        });
    }
}

fn differs(path: &str, value: Node<'_>, wanted: Node<'_>) -> Fault {
    let message = Message::new().text(format!("`{path}`: expected `{}`, found `", shown(wanted)));
    let message = message.value(shown(value)).text("`");
    Fault::new(message).message_id("_DT_Fixed_Wrong")
}

/// A value as a message shows it: strings without their quotes.
pub(super) fn shown(node: Node<'_>) -> String {
    node.as_str().map_or_else(|| node.raw_str().to_owned(), std::borrow::Cow::into_owned)
}

impl fmt::Display for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fixed {}", self.0)
    }
}
