//! Procedure: US Core.

use crate::chart::Chart;
use crate::date::Moment;
use crate::fhir::{Code, Profile};
use crate::member::ResourceType;

/// Writes a Procedure that was completed.
pub(crate) fn write(
    chart: &mut Chart,
    encounter: &str,
    code: Code,
    text: &str,
    at: Moment,
    practitioner: usize,
) {
    let id = chart.next_id(ResourceType::Procedure);
    let practitioner = chart.practitioner_id(practitioner);
    let patient = &chart.person.id;
    chart.member.add(ResourceType::Procedure, id, |json| {
        json.meta(at.plus_minutes(240), &[Profile::UsCore("us-core-procedure")]);
        json.string("status", "completed");
        json.concept_text("code", code, text);
        json.reference("subject", "Patient", patient);
        json.reference("encounter", "Encounter", encounter);
        json.plain("performedDateTime", at);
        json.array("performer", |list| {
            list.item(|item| item.reference("actor", "Practitioner", &practitioner))
        });
    });
}
