//! MedicationRequest: US Core.

use crate::chart::Chart;
use crate::codes::Drug;
use crate::date::Date;
use crate::fhir::Profile;
use crate::member::ResourceType;

/// A prescription.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prescription<'a> {
    pub(crate) drug: &'static Drug,
    pub(crate) day: Date,
    pub(crate) encounter: &'a str,
    /// The Condition it is for.
    pub(crate) condition: &'a str,
    pub(crate) days_supply: i64,
    pub(crate) refills: i64,
    pub(crate) is_active: bool,
}

/// Writes the MedicationRequest.
pub(crate) fn write(chart: &mut Chart, prescription: Prescription) {
    let id = chart.next_id(ResourceType::MedicationRequest);
    let practitioner = chart.practitioner_id(chart.physician);
    let patient = &chart.person.id;
    let Prescription { drug, day, days_supply, .. } = prescription;
    chart.member.add(ResourceType::MedicationRequest, id, |json| {
        json.meta(day.at(1_020), &[Profile::UsCore("us-core-medicationrequest")]);
        json.string("status", if prescription.is_active { "active" } else { "completed" });
        json.string("intent", "order");
        json.hl7_concepts("category", "medicationrequest-category", "community");
        json.boolean("reportedBoolean", false);
        json.concept_text("medicationCodeableConcept", drug.rxnorm, drug.text);
        json.reference("subject", "Patient", patient);
        json.reference("encounter", "Encounter", prescription.encounter);
        json.plain("authoredOn", day);
        json.reference("requester", "Practitioner", &practitioner);
        json.references("reasonReference", "Condition", prescription.condition);
        json.array("dosageInstruction", |list| {
            list.item(|item| {
                item.string("text", drug.dosage);
                item.object("timing", |timing| {
                    timing.object("repeat", |repeat| {
                        repeat.number("frequency", drug.daily.min(2));
                        repeat.number("period", 1);
                        repeat.string("periodUnit", "d");
                    });
                });
            });
        });
        json.object("dispenseRequest", |request| {
            request.number("numberOfRepeatsAllowed", prescription.refills);
            request.quantity("quantity", drug.daily * days_supply, drug.unit, drug.unit);
            request.quantity("expectedSupplyDuration", days_supply, "days", "d");
        });
    });
}
