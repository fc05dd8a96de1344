//! What was paid is what the totals say is to be paid.

use fhirkit_issue::rules::Rule;
use fhirkit_issue::{IssueType, Message, Severity};

use super::has_code;
use super::money::Amount;
use crate::walk::{Fault, Site, Walk};

/// The rule.
pub(crate) static RULE: Rule = Rule::new(
    "payer/payment",
    Severity::Warning,
    IssueType::BusinessRule,
    "the payment is not what the totals say is paid",
)
.with_page(include_str!("payment.md"));

/// Categories of totals that say what the payer pays: to whom, or as benefit where that is not told apart.
const PAID: [&str; 2] = ["paidtoprovider", "paidtopatient"];
const BENEFIT: &str = "benefit";

pub(super) fn check<'t>(site: &Site<'_, 't>, walk: &mut Walk<'_, '_, 't>) {
    let payment = site.node.get("payment");
    let money = payment.get("amount");
    let Some(paid) = Amount::of(money) else { return };
    let currency = money.get("currency").as_str();
    let (mut by_payee, mut benefit): (Option<Amount>, Option<Amount>) = (None, None);
    for total in site.node.get("total").items() {
        let (category, amount) = (total.get("category"), total.get("amount"));
        let is_paid = PAID.iter().any(|code| has_code(category, code));
        if !is_paid && !has_code(category, BENEFIT) {
            continue;
        }
        let Some(value) = Amount::of(amount).filter(|_| amount.get("currency").as_str() == currency) else {
            return;
        };
        let sum = if is_paid { &mut by_payee } else { &mut benefit };
        *sum = Some(sum.unwrap_or_default().plus(value));
    }
    let Some(due) = by_payee.or(benefit) else { return };
    let adjustment = Amount::of(payment.get("adjustment")).unwrap_or_default();
    // Payers write adjustments with either sign.
    if [due, due.plus(adjustment), due.minus(adjustment)].contains(&paid) {
        return;
    }
    let below = site.cursor.member("payment");
    walk.report(&RULE, money, &below.member("amount"), &[], |path| {
        let message = Message::new().text(format!("`{path}`: the payment is ")).value(paid.to_string());
        Fault::new(message.text(", the totals say that ").value(due.to_string()).text(" is paid"))
    });
}
