//! ExplanationOfBenefit: claims as C4BB 2.0.0 carries them.
//!
//! A file a kind decides what was billed and what became of it; [`write`] turns any of them into a resource.

mod adjudication;
mod amounts;
pub(crate) mod inpatient;
pub(crate) mod outpatient;
pub(crate) mod pharmacy;
pub(crate) mod professional;
mod supporting;
mod write;

use crate::chart::Chart;
use crate::codes::{DENIALS, Drug, Stay};
use crate::date::Date;
use crate::fhir::Code;
use crate::member::ResourceType;
use crate::money::Money;

use amounts::Amounts;

/// What only one kind of claim has.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Professional,
    Inpatient(&'static Stay),
    Outpatient,
    Pharmacy(Fill),
}

/// What was dispensed.
#[derive(Clone, Copy, Debug)]
struct Fill {
    drug: &'static Drug,
    days_supply: i64,
    refill_number: i64,
    refills_authorized: i64,
}

/// Where the payer decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Line,
    Header,
}

/// What was billed on a line.
#[derive(Clone, Copy, Debug)]
struct Product {
    /// None: the line has a revenue code only.
    code: Option<Code>,
    revenue: Option<&'static str>,
    text: &'static str,
    modifier: Option<&'static str>,
}

/// Why a line was not paid: X12 or NCPDP code, and what the payer says about it.
#[derive(Clone, Copy, Debug)]
struct Denial {
    code: &'static str,
    note: &'static str,
}

/// A line.
#[derive(Clone, Copy, Debug)]
struct Line {
    product: Product,
    day: Date,
    quantity: i64,
    amounts: Amounts,
    denial: Option<Denial>,
}

/// How this claim stands to another one.
#[derive(Clone, Debug)]
enum Related {
    /// It replaces the claim with this number.
    Prior(String),
    /// It was replaced by the claim with this number.
    ReplacedBy(String),
}

/// A claim and what became of it.
#[derive(Clone, Debug)]
struct Claim {
    kind: Kind,
    id: String,
    number: String,
    is_cancelled: bool,
    related: Option<Related>,
    start: Date,
    end: Date,
    created: Date,
    /// Index of the organization that bills, and of the practitioner in charge.
    provider: usize,
    practitioner: usize,
    diagnoses: Vec<Code>,
    lines: Vec<Line>,
    level: Level,
    is_in_network: bool,
    /// What the total `submitted` says beyond the lines: a fault for audits to find.
    mismatch: Money,
}

impl Claim {
    /// A claim without lines yet, with the next id and number.
    fn new(
        chart: &mut Chart,
        kind: Kind,
        (start, end): (Date, Date),
        provider: usize,
        practitioner: usize,
    ) -> Claim {
        let (id, number) = identity(chart, start);
        let created = end.plus(chart.random.between(6, 24));
        Claim {
            kind,
            id,
            number,
            is_cancelled: false,
            related: None,
            start,
            end,
            created,
            provider,
            practitioner,
            diagnoses: Vec::new(),
            lines: Vec::new(),
            level: Level::Line,
            is_in_network: chart.random.chance(92),
            mismatch: Money::ZERO,
        }
    }

    /// The same claim once more under the next id and number, decided some days later.
    fn again(&self, chart: &mut Chart, days: i64) -> Claim {
        let (id, number) = identity(chart, self.start);
        Claim { id, number, created: self.created.plus(days), ..self.clone() }
    }

    /// The sum of the lines.
    fn sum(&self) -> Amounts {
        let mut sum = Amounts::default();
        self.lines.iter().for_each(|line| sum += line.amounts);
        sum
    }

    fn write(self, chart: &mut Chart) {
        write::write(chart, &self);
    }
}

/// The next id of an ExplanationOfBenefit and the payer's number for it.
fn identity(chart: &mut Chart, day: Date) -> (String, String) {
    let id = chart.next_id(ResourceType::ExplanationOfBenefit);
    let ordinal: u32 = id.rsplit('-').next().and_then(|digits| digits.parse().ok()).unwrap_or_default();
    let number = format!("CLM{}{:07}{ordinal:03}", day.year(), chart.person.serial);
    (id, number)
}

/// Denies a line: everything back to the provider or onto the member.
fn deny(chart: &mut Chart, line: &mut Line) {
    let (code, note, member_owes) = *chart.random.pick(&DENIALS);
    line.amounts = Amounts::denied(line.amounts.submitted, member_owes);
    line.denial = Some(Denial { code, note });
}
