//! Inpatient institutional claims: a stay in hospital.

use crate::chart::Chart;
use crate::claim::amounts::{Amounts, Sharing};
use crate::claim::{Claim, Kind, Level, Line, Product};
use crate::codes::{STAY_LINES, Stay};
use crate::date::Date;
use crate::money::Money;

/// Writes the claim for a stay. Most are paid by the case (DRG), so decided at the header; others line by line. The
/// first one of a member whom the rotation promises a stay is decided at the header.
pub(crate) fn write(chart: &mut Chart, day: Date, stay: &'static Stay, provider: usize, practitioner: usize) {
    let end = day.plus(stay.days);
    let mut claim = Claim::new(chart, Kind::Inpatient(stay), (day, end), provider, practitioner);
    claim.diagnoses.extend([stay.reason.code, stay.other]);
    if chart.random.chance(60) || chart.rotation == 1 {
        claim.level = Level::Header;
    }
    let percent = chart.random.between(41, 63);
    for (index, (revenue, text, cents)) in STAY_LINES.iter().enumerate() {
        let quantity = if index == 0 { stay.days } else { 1 };
        let submitted = Money(cents * quantity);
        let amounts = match chart.plan_year(day) {
            Some(plan) => {
                Amounts::allowed(submitted, percent, Sharing::Coinsurance(10), &mut plan.deductible_left)
            }
            None => Amounts::denied(submitted, true),
        };
        let product = Product { code: None, revenue: Some(revenue), text, modifier: None };
        claim.lines.push(Line { product, day, quantity, amounts, denial: None });
    }
    claim.write(chart);
}
