//! Immunization: US Core.

use crate::chart::Chart;
use crate::date::Moment;
use crate::fhir::{CVX, Code, Profile};
use crate::member::ResourceType;

/// Writes an Immunization that was given.
pub(crate) fn write(chart: &mut Chart, encounter: &str, (code, text): (&'static str, &str), at: Moment) {
    let id = chart.next_id(ResourceType::Immunization);
    let practitioner = chart.practitioner_id(chart.physician);
    let patient = &chart.person.id;
    chart.member.add(ResourceType::Immunization, id, |json| {
        json.meta(at.plus_minutes(60), &[Profile::UsCore("us-core-immunization")]);
        json.string("status", "completed");
        json.concept_text("vaccineCode", Code { system: CVX, code }, text);
        json.reference("patient", "Patient", patient);
        json.reference("encounter", "Encounter", encounter);
        json.plain("occurrenceDateTime", at);
        json.boolean("primarySource", true);
        json.array("performer", |list| {
            list.item(|item| item.reference("actor", "Practitioner", &practitioner))
        });
    });
}
