//! Professional and non-clinician claims: the bill of a practice.

use crate::chart::Chart;
use crate::claim::amounts::{Amounts, Sharing};
use crate::claim::{Claim, Kind, Line, Product, Related, deny};
use crate::codes::{CHECK_UP, OFFICE_EXTRAS, OFFICE_VISITS, Service};
use crate::date::Date;
use crate::fhir::Code;
use crate::money::Money;

/// Writes the claim for an office visit of the home clinic, and whatever becomes of it.
pub(crate) fn write(chart: &mut Chart, day: Date, reason: Code) {
    let (provider, practitioner) = (chart.clinic, chart.physician);
    let mut claim = Claim::new(chart, Kind::Professional, (day, day), provider, practitioner);
    claim.diagnoses.push(reason);
    if let Some(other) =
        chart.diagnosed.iter().map(|diagnosed| diagnosed.illness.code).find(|code| code.code != reason.code)
    {
        claim.diagnoses.push(other);
    }
    let is_check_up = reason.code == CHECK_UP.code.code;
    let visit = if is_check_up { &OFFICE_VISITS[2] } else { &OFFICE_VISITS[chart.random.below(2) as usize] };
    let sharing = if is_check_up { Sharing::Nothing } else { Sharing::Copay(Money(3_000)) };
    let line = line(chart, day, visit, sharing);
    claim.lines.push(line);
    for _ in 0..chart.random.below(4) {
        let extra = chart.random.pick(&OFFICE_EXTRAS);
        if claim.lines.iter().all(|line| line.product.text != extra.text) {
            let line = self::line(chart, day, extra, Sharing::Coinsurance(20));
            claim.lines.push(line);
        }
    }
    match fate(chart) {
        Fate::Paid => (),
        Fate::Denied => claim.lines.iter_mut().for_each(|line| deny(chart, line)),
        Fate::PartlyDenied => claim.lines.iter_mut().skip(1).for_each(|line| deny(chart, line)),
        Fate::LineTakenBack => take_line_back(&mut claim),
        Fate::Mismatched => claim.mismatch = Money(1_000),
        Fate::Replaced => return replace(chart, claim),
    }
    claim.write(chart);
}

/// What becomes of a claim.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Paid,
    Denied,
    PartlyDenied,
    Replaced,
    LineTakenBack,
    Mismatched,
}

/// What the rotation owes comes first, the rest by chance. A member has four office visits at least, so nothing is
/// owed in the end.
fn fate(chart: &mut Chart) -> Fate {
    let owed = &mut chart.owed;
    let is_taken = |flag: &mut bool| std::mem::take(flag);
    if is_taken(&mut owed.denied) {
        return Fate::Denied;
    } else if is_taken(&mut owed.replaced) {
        return Fate::Replaced;
    } else if is_taken(&mut owed.reversed_line) {
        return Fate::LineTakenBack;
    } else if is_taken(&mut owed.mismatch) {
        return Fate::Mismatched;
    }
    match chart.random.below(100) {
        0..4 => Fate::Denied,
        4..9 => Fate::PartlyDenied,
        9..13 => Fate::Replaced,
        13..16 => Fate::LineTakenBack,
        _ => Fate::Paid,
    }
}

fn line(chart: &mut Chart, day: Date, service: &Service, sharing: Sharing) -> Line {
    let percent = chart.random.between(48, 81);
    let submitted = Money(service.cents);
    let amounts = match chart.plan_year(day) {
        Some(plan) => Amounts::allowed(submitted, percent, sharing, &mut plan.deductible_left),
        None => Amounts::denied(submitted, true),
    };
    let product =
        Product { code: Some(service.code), revenue: None, text: service.text, modifier: service.modifier };
    Line { product, day, quantity: 1, amounts, denial: None }
}

/// The practice billed too much: the claim is cancelled, a corrected one takes its place.
fn replace(chart: &mut Chart, mut first: Claim) {
    let mut second = first.again(chart, 21);
    if let Some(line) = second.lines.first_mut() {
        let submitted = line.amounts.submitted - Money(2_475);
        // Decided like the first one, but without a deductible: that was met by the claim that it replaces.
        line.amounts =
            Amounts::allowed(submitted, 70, Sharing::Copay(line.amounts.copay), &mut Money::ZERO.clone());
    }
    second.related = Some(Related::Prior(first.number.clone()));
    first.related = Some(Related::ReplacedBy(second.number.clone()));
    first.is_cancelled = true;
    first.write(chart);
    second.write(chart);
}

/// The last line is taken back by a negative one and billed again at half the price.
fn take_line_back(claim: &mut Claim) {
    if let Some(&line) = claim.lines.last() {
        claim.lines.push(Line { amounts: -line.amounts, quantity: -line.quantity, ..line });
        let submitted = line.amounts.submitted.percent(50);
        let amounts = Amounts::allowed(submitted, 80, Sharing::Coinsurance(20), &mut Money::ZERO.clone());
        claim.lines.push(Line { amounts, ..line });
    }
}
