//! Two lines of one claim are the same service.

use std::collections::HashMap;

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Message, Severity};
use fhirkit_tape::Node;

use crate::walk::{Fault, Site, Walk};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "payer/duplicate-line",
    Severity::Warning,
    IssueType::BusinessRule,
    "two lines of a claim are equal in all but their number",
)
.with_page(include_str!("duplicate-line.md"));

pub(super) fn check<'t>(site: &Site<'_, 't>, walk: &mut Walk<'_, '_, 't>) {
    let items = site.node.get("item");
    if items.item(1).is_absent() {
        return;
    }
    let mut first: HashMap<Vec<u8>, usize> = HashMap::new();
    for (index, item) in items.items().enumerate() {
        let Some(content) = content(item) else { continue };
        let Some(&known) = first.get(&content) else {
            first.insert(content, index);
            continue;
        };
        walk.report(&RULE, item, &site.cursor.item("item", index), &[], |path| {
            let message =
                Message::new().text(format!("`{path}`: is the same as item[{known}] in all but its number"));
            Fault::new(message)
        });
    }
}

/// Members that number a line or point from it to other parts of the claim.
const NUMBERS: [&str; 2] = ["id", "sequence"];

/// The line without its number; nothing where it does not say which service it is or when.
fn content(item: Node<'_>) -> Option<Vec<u8>> {
    let says = |name: &str| !item.get(name).is_absent();
    if !(says("productOrService") && (says("servicedDate") || says("servicedPeriod"))) {
        return None;
    }
    let mut content = Vec::new();
    for (key, value) in item.members() {
        let key = key.as_str();
        if !NUMBERS.contains(&&*key) {
            content.extend_from_slice(key.as_bytes());
            content.push(b':');
            content.extend(value.raw().iter().filter(|byte| !byte.is_ascii_whitespace()));
        }
    }
    Some(content)
}
