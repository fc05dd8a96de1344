//! Encounter: US Core.

use crate::chart::Chart;
use crate::codes::Reason;
use crate::date::Moment;
use crate::fhir::{CPT, Code, PROVIDER_SYSTEM, Profile};
use crate::member::ResourceType;

/// What kind of meeting an encounter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    Office,
    Emergency,
    Inpatient,
}

/// An encounter as it happens.
#[derive(Debug)]
pub(crate) struct Visit<'a> {
    pub(crate) setting: Setting,
    /// CPT code of the visit.
    pub(crate) service: &'static str,
    pub(crate) start: Moment,
    pub(crate) end: Moment,
    pub(crate) reason: &'a Reason,
    pub(crate) organization: usize,
    pub(crate) practitioner: usize,
}

/// Writes the Encounter and gives its id.
pub(crate) fn write(chart: &mut Chart, visit: &Visit) -> String {
    let id = chart.next_id(ResourceType::Encounter);
    let organization = chart.organization_id(visit.organization);
    let practitioner = chart.practitioner_id(visit.practitioner);
    let patient = &chart.person.id;
    let (class, text) = match visit.setting {
        Setting::Office => ("AMB", "Office visit"),
        Setting::Emergency => ("EMER", "Emergency room visit"),
        Setting::Inpatient => ("IMP", "Hospital stay"),
    };
    chart.member.add(ResourceType::Encounter, id.clone(), |json| {
        json.meta(visit.end.plus_minutes(30), &[Profile::UsCore("us-core-encounter")]);
        json.array("identifier", |list| {
            list.item(|item| {
                item.plain("system", format_args!("{PROVIDER_SYSTEM}/encounter"));
                item.plain("value", format_args!("E-{id}"));
            });
        });
        json.string("status", "finished");
        json.object("class", |coding| {
            coding.coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", class)
        });
        json.array("type", |list| {
            list.item(|item| {
                item.codings(CPT, visit.service);
                item.string("text", text);
            });
        });
        json.reference("subject", "Patient", patient);
        json.array("participant", |list| {
            list.item(|item| {
                item.hl7_concepts("type", "v3-ParticipationType", "PPRF");
                item.reference("individual", "Practitioner", &practitioner);
            });
        });
        json.object("period", |period| {
            period.plain("start", visit.start);
            period.plain("end", visit.end);
        });
        json.array("reasonCode", |list| {
            let Code { system, code } = visit.reason.code;
            list.item(|item| {
                item.codings(system, code);
                item.string("text", visit.reason.text);
            });
        });
        if visit.setting == Setting::Inpatient {
            json.object("hospitalization", |hospitalization| {
                hospitalization.concept(
                    "dischargeDisposition",
                    "http://www.nubc.org/patient-discharge",
                    "01",
                );
            });
        }
        json.reference("serviceProvider", "Organization", &organization);
    });
    id
}
