//! Pharmacy claims: a drug dispensed.

use crate::chart::Chart;
use crate::claim::amounts::{Amounts, Sharing};
use crate::claim::{Claim, Denial, Fill, Kind, Line, Product};
use crate::codes::{Drug, REJECTIONS};
use crate::date::Date;
use crate::fhir::{Code, NDC};
use crate::money::Money;

/// Writes the claim for a fill, and whatever becomes of it: a rejection before it, its reversal after it.
pub(crate) fn write(chart: &mut Chart, day: Date, drug: &'static Drug, days_supply: i64, refill_number: i64) {
    let refills_authorized = if days_supply > 30 { 3 } else { 0 };
    let fill = Fill { drug, days_supply, refill_number, refills_authorized };
    let provider = chart.directory.pharmacy(&mut chart.random);
    let practitioner = chart.physician;
    let mut claim = Claim::new(chart, Kind::Pharmacy(fill), (day, day), provider, practitioner);
    claim.created = day;
    let quantity = drug.daily * days_supply;
    let submitted = Money(drug.unit_cents * quantity * 3 / 2 + chart.random.between(0, 499));
    let copay = Money(if drug.is_brand { 4_500 } else { 1_000 });
    let percent = chart.random.between(55, 88);
    // A copay leaves the deductible alone.
    let amounts = Amounts::allowed(submitted, percent, Sharing::Copay(copay), &mut Money::ZERO.clone());
    let code = Some(Code { system: NDC, code: drug.ndc });
    let product = Product { code, revenue: None, text: drug.text, modifier: None };
    claim.lines.push(Line { product, day, quantity, amounts, denial: None });
    if chart.random.chance(3) || std::mem::take(&mut chart.owed.rejected_fill) {
        reject(chart, &claim);
    }
    let is_taken_back = chart.random.chance(2) || std::mem::take(&mut chart.owed.reversed_fill);
    let reversal = is_taken_back.then(|| take_back(chart, &claim));
    claim.write(chart);
    if let Some(reversal) = reversal {
        reversal.write(chart);
    }
}

/// The pharmacy tried before and was refused.
fn reject(chart: &mut Chart, claim: &Claim) {
    let (code, note) = *chart.random.pick(&REJECTIONS);
    let mut rejected = claim.again(chart, 0);
    for line in &mut rejected.lines {
        line.amounts = Amounts::denied(line.amounts.submitted, false);
        line.denial = Some(Denial { code, note });
    }
    rejected.write(chart);
}

/// Nobody came for the drug: a claim of its own with all amounts negative, so that sums over both are zero.
fn take_back(chart: &mut Chart, claim: &Claim) -> Claim {
    let mut reversal = claim.again(chart, 9);
    for line in &mut reversal.lines {
        line.amounts = -line.amounts;
        line.quantity = -line.quantity;
    }
    reversal
}
