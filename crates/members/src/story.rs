//! Two years of a member's life, in the order of the days.

use crate::chart::Chart;
use crate::claim;
use crate::codes::{AMOXICILLIN, CHECK_UP, Drug, PASSING, Reason, STAYS, Stay, VACCINES};
use crate::condition;
use crate::coverage::{self, YEARS};
use crate::date::{Date, Moment};
use crate::directory::Directory;
use crate::encounter::{self, Setting, Visit};
use crate::immunization;
use crate::medication_request::{self, Prescription};
use crate::member::Member;
use crate::observation::{self, Occasion};
use crate::patient;
use crate::procedure;
use crate::provenance;
use crate::random::Random;

/// Something that happens to a member.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// The yearly check-up; the physician renews every prescription.
    CheckUp,
    /// A visit because of the illness with this index among those diagnosed.
    FollowUp(usize),
    /// A visit for something that passes; with or without an antibiotic.
    Sick(&'static Reason, bool),
    Emergency(&'static Reason),
    Stay(&'static Stay),
    /// A refill: drug, which one of the year.
    Fill(&'static Drug, i64),
}

/// Writes the member with this number.
pub(crate) fn write(seed: u64, directory: &Directory, number: u64, member: &mut Member) {
    let mut chart = Chart::new(seed, directory, number, member);
    patient::write(&mut chart);
    coverage::write(&mut chart);
    condition::write_problems(&mut chart);
    for (day, event) in plan(&mut chart) {
        happen(&mut chart, day, event);
    }
    // The Provenance names payer and clinic: every Coverage has met the one, every check-up the other.
    chart.write_directory();
    provenance::write(&mut chart);
}

/// What happens when; the order of draws does not depend on what is drawn, the order of days is that of the claims.
fn plan(chart: &mut Chart) -> Vec<(Date, Event)> {
    let mut events = Vec::new();
    for year in YEARS {
        let first = Date::new(year, 1, 2);
        let mut on = |random: &mut Random, event| events.push((first.plus(random.between(0, 355)), event));
        let random = &mut chart.random;
        let is_first_year = year == YEARS[0];
        let check_up = first.plus(random.between(0, 40));
        for illness in 0..chart.diagnosed.len() {
            if random.chance(45) {
                on(random, Event::FollowUp(illness));
            }
        }
        let needs_fill = is_first_year && chart.rotation != 0;
        for round in 0..=random.below(2) {
            let wants_antibiotic = random.chance(40);
            let reason = random.pick(&PASSING);
            on(random, Event::Sick(reason, wants_antibiotic || needs_fill && round == 0));
        }
        let (emergency, stay) = (random.chance(14), random.chance(9));
        let (reason, cause) = (random.pick(&PASSING), random.pick(&STAYS));
        if emergency || is_first_year && chart.rotation == 2 {
            on(random, Event::Emergency(reason));
        }
        if stay || is_first_year && chart.rotation == 1 {
            // Appendicitis comes at any age.
            let is_young = chart.person.age(first) < 45;
            on(random, Event::Stay(if is_young { &STAYS[0] } else { cause }));
        }
        events.push((check_up, Event::CheckUp));
        for drug in chart.diagnosed.iter().filter_map(|diagnosed| diagnosed.illness.drug) {
            let start = check_up.plus(1 + random.between(0, 6));
            // Members forget: one refill in four never happens.
            let mut fills: Vec<i64> = (0..4).filter(|fill| *fill == 0 || random.chance(75)).collect();
            fills.retain(|fill| start.plus(fill * 88).year() == year);
            events.extend(fills.iter().map(|fill| (start.plus(fill * 88), Event::Fill(drug, *fill))));
        }
    }
    events.sort_by_key(|(day, _)| *day);
    events
}

fn happen(chart: &mut Chart, day: Date, event: Event) {
    match event {
        Event::CheckUp => check_up(chart, day),
        Event::FollowUp(index) => follow_up(chart, day, index),
        Event::Sick(reason, wants_antibiotic) => sick_visit(chart, day, reason, wants_antibiotic),
        Event::Emergency(reason) => emergency(chart, day, reason),
        Event::Stay(stay) => hospital_stay(chart, day, stay),
        Event::Fill(drug, fill) => claim::pharmacy::write(chart, day, drug, 90, fill),
    }
}

/// An office visit at the home clinic: the Encounter with its vital signs. Gives the encounter's id and its occasion.
fn office_visit(chart: &mut Chart, day: Date, service: &'static str, reason: &Reason) -> (String, Moment) {
    let start = day.at(chart.random.between(8 * 60, 16 * 60));
    let (organization, practitioner) = (chart.clinic, chart.physician);
    let end = start.plus_minutes(30);
    let setting = Setting::Office;
    let id =
        encounter::write(chart, &Visit { setting, service, start, end, reason, organization, practitioner });
    if chart.person.age(day) >= 18 {
        let occasion = Occasion { encounter: &id, at: start, practitioner };
        observation::write_blood_pressure(chart, occasion);
        // A check-up weighs and measures; other visits do not.
        if reason.code.code == CHECK_UP.code.code {
            observation::write_vitals(chart, occasion);
        }
    }
    (id, start)
}

fn check_up(chart: &mut Chart, day: Date) {
    let (encounter, at) = office_visit(chart, day, "99396", &CHECK_UP);
    let occasion = Occasion { encounter: &encounter, at, practitioner: chart.physician };
    observation::YEARLY.iter().for_each(|test| observation::write_test(chart, occasion, test));
    if chart.person.age(day) >= 18 {
        observation::write_smoking_status(chart, occasion);
    }
    let (code, text, from_age) = VACCINES[chart.random.below(VACCINES.len() as u64) as usize];
    let is_vaccinated = chart.person.age(day) >= from_age;
    if is_vaccinated {
        immunization::write(chart, &encounter, (code, text), at);
    }
    for diagnosed in chart.diagnosed.clone() {
        if let Some(drug) = diagnosed.illness.drug {
            let is_active = day.year() == YEARS[YEARS.len() - 1];
            let condition = &diagnosed.condition_id;
            let encounter = &encounter;
            medication_request::write(
                chart,
                Prescription { drug, day, encounter, condition, days_supply: 90, refills: 3, is_active },
            );
        }
    }
    claim::professional::write(chart, day, CHECK_UP.code);
    claim::outpatient::write_laboratory(chart, day.plus(1), CHECK_UP.code);
}

fn follow_up(chart: &mut Chart, day: Date, index: usize) {
    let illness = chart.diagnosed[index].illness;
    let reason = Reason { code: illness.code, text: illness.text };
    let (encounter, at) = office_visit(chart, day, "99213", &reason);
    if illness.code.code == "E11.9" {
        let occasion = Occasion { encounter: &encounter, at, practitioner: chart.physician };
        observation::write_test(chart, occasion, &observation::A1C);
    }
    claim::professional::write(chart, day, illness.code);
}

fn sick_visit(chart: &mut Chart, day: Date, reason: &'static Reason, wants_antibiotic: bool) {
    let (encounter, _) = office_visit(chart, day, "99213", reason);
    let condition = condition::write_encounter_diagnosis(chart, &encounter, reason, day);
    claim::professional::write(chart, day, reason.code);
    if wants_antibiotic {
        let (drug, encounter, condition) = (&AMOXICILLIN, &encounter, &condition);
        medication_request::write(
            chart,
            Prescription { drug, day, encounter, condition, days_supply: 10, refills: 0, is_active: false },
        );
        claim::pharmacy::write(chart, day, drug, 10, 0);
    }
}

fn emergency(chart: &mut Chart, day: Date, reason: &'static Reason) {
    let start = day.at(chart.random.between(0, 20 * 60));
    let organization = chart.directory.hospital(&mut chart.random);
    let practitioner = chart.directory.practitioner(&mut chart.random);
    let (setting, end) = (Setting::Emergency, start.plus_minutes(190));
    let visit = Visit { setting, service: "99284", start, end, reason, organization, practitioner };
    let encounter = encounter::write(chart, &visit);
    condition::write_encounter_diagnosis(chart, &encounter, reason, day);
    claim::outpatient::write_emergency(chart, day, reason.code, organization, practitioner);
}

fn hospital_stay(chart: &mut Chart, day: Date, stay: &'static Stay) {
    let start = day.at(chart.random.between(6 * 60, 20 * 60));
    let organization = chart.directory.hospital(&mut chart.random);
    let practitioner = chart.directory.practitioner(&mut chart.random);
    let end = day.plus(stay.days).at(660);
    let (setting, reason) = (Setting::Inpatient, &stay.reason);
    let visit = Visit { setting, service: "99223", start, end, reason, organization, practitioner };
    let encounter = encounter::write(chart, &visit);
    condition::write_encounter_diagnosis(chart, &encounter, reason, day);
    procedure::write(
        chart,
        &encounter,
        stay.procedure,
        stay.procedure_text,
        start.plus_minutes(90),
        practitioner,
    );
    claim::inpatient::write(chart, day, stay, organization, practitioner);
}
