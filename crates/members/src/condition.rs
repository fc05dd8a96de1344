//! Condition: US Core problems and encounter diagnoses.

use crate::chart::{Chart, Diagnosed};
use crate::codes::{ILLNESSES, Illness, Reason};
use crate::date::Date;
use crate::fhir::Profile;
use crate::member::ResourceType;

/// The longest problem list: a long one makes many claims, and the record should stay readable.
const MOST: usize = 2;

/// Decides what the member has and writes the problem list.
pub(crate) fn write_problems(chart: &mut Chart) {
    let age = chart.person.age(Date::new(2024, 1, 1));
    let first = chart.random.below(ILLNESSES.len() as u64) as usize;
    // From a place that differs by member, so that none of the list is rare.
    for illness in ILLNESSES[first..].iter().chain(&ILLNESSES[..first]) {
        // Both draws are made for everyone: one illness does not shift the luck of the next.
        let (has_it, since) = (chart.random.chance(illness.percent), chart.random.between(400, 4_000));
        if age >= illness.from_age && has_it && chart.diagnosed.len() < MOST {
            let onset = Date::new(2024, 1, 1).plus(-since).max(chart.person.birth);
            let condition_id = write_problem(chart, illness, onset);
            chart.diagnosed.push(Diagnosed { illness, condition_id });
        }
    }
}

fn write_problem(chart: &mut Chart, illness: &Illness, onset: Date) -> String {
    let id = chart.next_id(ResourceType::Condition);
    let recorder = chart.practitioner_id(chart.physician);
    let patient = &chart.person.id;
    chart.member.add(ResourceType::Condition, id.clone(), |json| {
        json.meta(onset.at(900), &[Profile::UsCore("us-core-condition-problems-health-concerns")]);
        json.hl7_concept("clinicalStatus", "condition-clinical", "active");
        json.hl7_concept("verificationStatus", "condition-ver-status", "confirmed");
        json.hl7_concepts("category", "condition-category", "problem-list-item");
        json.concept_text("code", illness.code, illness.text);
        json.reference("subject", "Patient", patient);
        json.plain("onsetDateTime", onset);
        json.plain("recordedDate", onset);
        json.reference("recorder", "Practitioner", &recorder);
    });
    id
}

/// Writes the diagnosis of an encounter.
pub(crate) fn write_encounter_diagnosis(
    chart: &mut Chart,
    encounter: &str,
    reason: &Reason,
    day: Date,
) -> String {
    let id = chart.next_id(ResourceType::Condition);
    let patient = &chart.person.id;
    chart.member.add(ResourceType::Condition, id.clone(), |json| {
        json.meta(day.at(1_080), &[Profile::UsCore("us-core-condition-encounter-diagnosis")]);
        json.hl7_concept("clinicalStatus", "condition-clinical", "resolved");
        json.hl7_concept("verificationStatus", "condition-ver-status", "confirmed");
        json.hl7_concepts("category", "condition-category", "encounter-diagnosis");
        json.concept_text("code", reason.code, reason.text);
        json.reference("subject", "Patient", patient);
        json.reference("encounter", "Encounter", encounter);
        json.plain("onsetDateTime", day);
        json.plain("abatementDateTime", day.plus(14));
        json.plain("recordedDate", day);
    });
    id
}
