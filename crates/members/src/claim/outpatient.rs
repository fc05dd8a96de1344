//! Outpatient institutional claims: a hospital's laboratory and its emergency room.

use crate::chart::Chart;
use crate::claim::amounts::{Amounts, Sharing};
use crate::claim::{Claim, Kind, Level, Line, Product, deny};
use crate::codes::{EMERGENCY, LABORATORY, Service};
use crate::date::Date;
use crate::fhir::Code;
use crate::money::Money;

/// Writes the claim of the hospital's laboratory for a check-up.
pub(crate) fn write_laboratory(chart: &mut Chart, day: Date, reason: Code) {
    let provider = chart.directory.hospital(&mut chart.random);
    let practitioner = chart.physician;
    let mut claim = Claim::new(chart, Kind::Outpatient, (day, day), provider, practitioner);
    claim.diagnoses.push(reason);
    let count = 2 + chart.random.below(3) as usize;
    bill(chart, &mut claim, &LABORATORY[..count], Sharing::Nothing);
    claim.write(chart);
}

/// Writes the claim for a visit to the emergency room; one in four is decided at its header.
pub(crate) fn write_emergency(
    chart: &mut Chart,
    day: Date,
    reason: Code,
    provider: usize,
    practitioner: usize,
) {
    let mut claim = Claim::new(chart, Kind::Outpatient, (day, day), provider, practitioner);
    claim.diagnoses.push(reason);
    let count = 2 + chart.random.below(3) as usize;
    bill(chart, &mut claim, &EMERGENCY[..count], Sharing::Coinsurance(20));
    if chart.random.chance(25) {
        claim.level = Level::Header;
    } else if chart.random.chance(15)
        && let Some(line) = claim.lines.last_mut()
    {
        deny(chart, line);
    }
    claim.write(chart);
}

fn bill(chart: &mut Chart, claim: &mut Claim, services: &'static [Service], sharing: Sharing) {
    for service in services {
        let percent = chart.random.between(38, 66);
        let quantity = chart.random.between(1, 2);
        let submitted = Money(service.cents * quantity);
        let amounts = match chart.plan_year(claim.start) {
            Some(plan) => Amounts::allowed(submitted, percent, sharing, &mut plan.deductible_left),
            None => Amounts::denied(submitted, true),
        };
        let (code, revenue) = (Some(service.code), Some(service.revenue));
        let product = Product { code, revenue, text: service.text, modifier: service.modifier };
        claim.lines.push(Line { product, day: claim.start, quantity, amounts, denial: None });
    }
}
