//! Totals are the sums of the lines.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Message, Severity};
use fhirkit_tape::Node;

use std::borrow::Cow;

use super::money::Amount;
use super::{first_code, has_code};
use crate::walk::{Cursor, Fault, Site, Walk};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "payer/total",
    Severity::Warning,
    IssueType::BusinessRule,
    "a total is not the sum of the lines",
)
.with_page(include_str!("total.md"));

pub(super) fn check<'t>(site: &Site<'_, 't>, walk: &mut Walk<'_, '_, 't>) {
    let total = site.node.get("total");
    if total.is_object() {
        claim(total, site, walk);
        return;
    }
    for (index, total) in total.items().enumerate() {
        let (Some(stated), Some(code)) = (Amount::of(total.get("amount")), first_code(total.get("category")))
        else {
            continue;
        };
        if let Some(sum) = sum(site.node, &code, currency(total.get("amount"))).filter(|sum| *sum != stated) {
            let cursor = site.cursor.item("total", index);
            tell(total.get("amount"), &cursor, &format!("`{code}`"), stated, sum, walk);
        }
    }
}

/// A claim has one total, of what its lines come to.
fn claim<'t>(total: Node<'t>, site: &Site<'_, 't>, walk: &mut Walk<'_, '_, 't>) {
    let items = site.node.get("item");
    let mut sum = Amount::default();
    for item in items.items() {
        let net = item.get("net");
        match Amount::of(net).filter(|_| currency(net) == currency(total)) {
            Some(net) => sum = sum.plus(net),
            None => return,
        }
    }
    match Amount::of(total) {
        Some(stated) if stated != sum && !items.is_empty() && !items.is_absent() => {
            tell(total, &site.cursor.member("total"), "all lines", stated, sum, walk);
        }
        _ => {}
    }
}

/// What the lines say under a category; nothing where none does, where the claim as a whole does, or where it cannot
/// be added up.
fn sum(claim: Node<'_>, code: &str, wanted: Option<Cow<'_, str>>) -> Option<Amount> {
    let is_it = |one: &Node<'_>| has_code(one.get("category"), code);
    if claim.get("adjudication").items().any(|one| is_it(&one)) {
        return None;
    }
    let lines = claim.get("item").items().chain(claim.get("addItem").items());
    let mut sum: Option<Amount> = None;
    for one in lines.flat_map(|line| line.get("adjudication").items()).filter(is_it) {
        let amount = one.get("amount");
        if amount.is_absent() {
            continue;
        }
        if currency(amount) != wanted {
            return None;
        }
        sum = Some(sum.unwrap_or_default().plus(Amount::of(amount)?));
    }
    sum
}

fn currency(money: Node<'_>) -> Option<Cow<'_, str>> {
    money.get("currency").as_str()
}

fn tell<'t>(
    at: Node<'t>,
    cursor: &Cursor<'_>,
    what: &str,
    stated: Amount,
    sum: Amount,
    walk: &mut Walk<'_, '_, 't>,
) {
    walk.report(&RULE, at, cursor, &[], |path| {
        let message =
            Message::new().text(format!("`{path}`: the total of {what} is ")).value(stated.to_string());
        Fault::new(message.text(", the lines add up to ").value(sum.to_string()))
    });
}
