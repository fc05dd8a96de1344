//! A line takes money back, and nothing says what it takes back.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Message, Severity};
use fhirkit_tape::Node;

use super::money::Amount;
use super::{has_code, is_reversal};
use crate::walk::{Fault, Site, Walk};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "payer/negative-line",
    Severity::Warning,
    IssueType::BusinessRule,
    "a line is negative and the claim is no reversal",
)
.with_page(include_str!("negative-line.md"));

/// Amounts of a line that are only negative where something is taken back.
const CHARGED: [&str; 5] = ["submitted", "eligible", "benefit", "paidtoprovider", "paidtopatient"];

pub(super) fn check<'t>(site: &Site<'_, 't>, walk: &mut Walk<'_, '_, 't>) {
    if is_reversal(site.node) {
        return;
    }
    for (index, item) in site.node.get("item").items().enumerate() {
        let Some((at, amount)) = negative(item) else { continue };
        walk.report(&RULE, at, &site.cursor.item("item", index), &[], |path| {
            let message = Message::new().text(format!("`{path}`: the line has a negative amount, "));
            let message =
                message.value(amount.to_string()).text(", and `related` names no claim that it takes back");
            Fault::new(message)
        });
    }
}

/// The first negative amount of a line.
fn negative(item: Node<'_>) -> Option<(Node<'_>, Amount)> {
    let is_charged = |one: &Node<'_>| CHARGED.iter().any(|code| has_code(one.get("category"), code));
    let adjudications = item.get("adjudication").items().filter(is_charged).map(|one| one.get("amount"));
    let mut all = std::iter::once(item.get("net")).chain(adjudications);
    all.find_map(|money| Some((money, Amount::of(money).filter(|amount| amount.is_negative())?)))
}
