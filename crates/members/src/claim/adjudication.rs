//! What the payer decided, as adjudication and total: on each line or in the header, never on both.

use crate::claim::amounts::{Amounts, Category, MEDICAL, PHARMACY};
use crate::claim::{Claim, Denial, Kind, Level, Line};
use crate::json::Json;
use crate::money::Money;

const REASON_CODES: &str = "https://x12.org/codes/claim-adjustment-reason-codes";

impl Claim {
    fn categories(&self) -> &'static [Category] {
        if matches!(self.kind, Kind::Pharmacy(_)) { &PHARMACY } else { &MEDICAL }
    }

    fn network(&self) -> &'static str {
        if self.is_in_network { "innetwork" } else { "outofnetwork" }
    }
}

/// Writes the adjudication of a line.
pub(super) fn write_line(list: &mut Json, claim: &Claim, line: &Line) {
    if matches!(claim.kind, Kind::Professional) {
        status(list, "benefitpaymentstatus", claim.network());
    }
    amounts(list, claim.categories(), &line.amounts);
    if let Some(denial) = line.denial {
        reason(list, claim, denial);
    }
}

/// Why a line was not paid: the payer's reason code, or the pharmacy's reject code.
fn reason(list: &mut Json, claim: &Claim, denial: Denial) {
    list.item(|item| {
        if matches!(claim.kind, Kind::Pharmacy(_)) {
            item.c4bb_concept("category", "C4BBAdjudicationDiscriminator", "rejectreason");
            item.hl7_concept("reason", "NCPDPRejectCode", denial.code);
        } else {
            item.c4bb_concept("category", "C4BBAdjudicationDiscriminator", "adjustmentreason");
            item.concept("reason", REASON_CODES, denial.code);
        }
    });
}

fn status(list: &mut Json, category: &str, code: &str) {
    list.item(|item| {
        item.c4bb_concept("category", "C4BBAdjudicationDiscriminator", category);
        item.c4bb_concept("reason", "C4BBPayerAdjudicationStatus", code);
    });
}

fn amounts(list: &mut Json, categories: &[Category], amounts: &Amounts) {
    for category in categories {
        let amount = (category.amount)(amounts);
        if category.is_always || amount != Money::ZERO {
            list.item(|item| {
                item.category(category);
                item.money("amount", amount);
            });
        }
    }
}

impl Json {
    fn category(&mut self, category: &Category) {
        if category.is_carin {
            self.c4bb_concept("category", "C4BBAdjudication", category.code);
        } else {
            self.hl7_concept("category", "adjudication", category.code);
        }
    }
}

/// Writes the adjudication of the header: network status always, amounts where the payer decided there.
pub(super) fn write_header(json: &mut Json, claim: &Claim) {
    json.array("adjudication", |list| {
        status(list, "billingnetworkstatus", claim.network());
        if matches!(claim.kind, Kind::Professional) {
            status(list, "renderingnetworkstatus", claim.network());
        } else {
            status(list, "benefitpaymentstatus", claim.network());
        }
        if claim.level == Level::Header {
            amounts(list, claim.categories(), &claim.sum());
        }
    });
}

/// One total a category that any line has, so that each is the sum of what the lines say.
pub(super) fn write_totals(json: &mut Json, claim: &Claim) {
    let sum = claim.sum();
    json.array("total", |list| {
        for category in claim.categories() {
            let is_used = claim.lines.iter().any(|line| (category.amount)(&line.amounts) != Money::ZERO);
            if category.is_always || is_used {
                let fault = if category.code == "submitted" { claim.mismatch } else { Money::ZERO };
                list.item(|item| {
                    item.category(category);
                    item.money("amount", (category.amount)(&sum) + fault);
                });
            }
        }
    });
}
